"""Messages whose connector could not be opened: another way, if there is one, or the end.

After each open that failed the way of every message that waits is chosen again, by the criteria of
routing.py: the connector was tried once more, others perhaps less (Q193322). It is chosen once for
all messages that are alike in what it depends on (routingfacts.py). What its connector was
tried for as often as its max open retries say, is not delivered (Q157630), and so is what was
rerouted too often (Q164838).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from labkit.clock import LabClock
from labkit.loop import Breaks, on_thread
from mta_emu.mta.association.incoming import LONG_HEAD
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.dispatch import announcements
from mta_emu.mta.dispatch.announcements import Announcer
from mta_emu.mta.dispatch.choosing import Chooser, ContentSource
from mta_emu.mta.log.records import Rerouted
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.conversion import Content
from mta_emu.mta.policy.routingfacts import RoutingFacts, responsible_recipients
from mta_emu.mta.store.queuegroups import QueueGroup
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.report import Report
from mta_emu.mts.subject import RecipientKey


class Rerouter:
    """Sends what waits for a connector another way."""

    def __init__(
        self,
        clock: LabClock,
        store: Store,
        announcer: Announcer,
        chooser: Callable[[], Chooser],
        connectors: Mapping[str, Connector],
    ) -> None:
        """Let what `chooser` gives decide; it chooses for a moment."""
        self._clock = clock
        self._store = store
        self._announcer = announcer
        self._chooser = chooser
        self._connectors = connectors

    async def reroute(self, connector: str) -> None:
        """Choose the way of everything that waits for a connector again."""
        if len(self._connectors) < 2:
            return
        breaks = Breaks()
        for group in self._store.groups.of(connector):
            await self._reroute(group, breaks)
            await breaks.take()

    async def give_up(self, connector: str, most: int) -> None:
        """Report undelivered what `connector` was tried for `most` times.

        What is being transferred then has another chance.
        """
        breaks = Breaks()
        for group in self._store.groups.of(connector):
            if group.tries[connector] >= most:
                for entry in self._store.groups.entries(group):
                    outbox = self._connectors[connector].outbox
                    if not outbox.holds(entry):
                        outbox.give_up(entry, reports.OPEN_RETRIES_USED_UP)
                    await breaks.take()
            await breaks.take()

    async def _reroute(self, group: QueueGroup, breaks: Breaks) -> None:
        """Choose a route again, for all the copies of a group."""
        long = len(group.routing_facts) > LONG_HEAD
        chooser = self._chooser()
        queues = await on_thread(queues_now, chooser, group) if long else queues_now(chooser, group)
        too_often = group.reroutes >= reports.MAX_HOPS
        if not too_often and set(queues) == {group.connector}:
            return
        source = self._connectors[group.connector]
        for entry in self._store.groups.entries(group):
            if source.outbox.holds(entry):
                continue
            if too_often:
                source.outbox.give_up(entry, reports.LOOP)
            else:
                await self._move(entry, group, queues)
            await breaks.take()

    async def _move(self, entry: QueueEntry, group: QueueGroup, queues: Sequence[str]) -> None:
        """Put an entry into the queues that its destinations are to be in."""
        source = self._connectors[group.connector]
        source.outbox.hold(entry)
        chooser, store = self._chooser(), self._store

        def work() -> dict[str, QueuedCopy]:
            with store.reading() as reader:
                return copies_now(chooser, reader.contents, entry, group, queues)

        if len(entry.envelope) > LONG_HEAD:
            by_queue = await on_thread(work)
        else:
            by_queue = copies_now(chooser, store.contents, entry, group, queues)
        stays = by_queue.pop(group.connector, None)
        copies = list(by_queue.values())
        if not copies:
            source.outbox.let_go(entry, gone=False)
            return
        now, identifier = self._clock.now(), entry.mts_identifier
        reasons = [
            TrackingEntry(now, identifier, Action.QUEUED, queue, detail=f"not by {group.connector}")
            for queue in by_queue
        ]
        reasons += [
            TrackingEntry(now, identifier, Action.DOWNGRADED, each.connector, detail=each.dropped)
            for each in copies
            if each.dropped
        ]
        store.when_possible(
            partial(store.move, entry, group, copies, stays, reasons),
            partial(self._moved, entry, group, copies, stays=stays is not None),
        )

    def _moved(
        self, entry: QueueEntry, group: QueueGroup, copies: Iterable[QueuedCopy], *, stays: bool
    ) -> None:
        self._connectors[group.connector].outbox.let_go(entry, gone=not stays)
        identifier = entry.mts_identifier
        for copy in copies:
            self._announcer.make_one(Rerouted(identifier, copy.connector, group.connector))
            for each in announcements.downgrade(identifier, copy):
                self._announcer.make_one(each)
            self._announcer.make_one(announcements.Enqueued(copy.connector, entry.priority))


def queues_now(chooser: Chooser, group: QueueGroup) -> list[str]:
    """The queue to be in now, by destination; the same as before where no other is better."""
    facts = RoutingFacts.from_text(group.routing_facts)
    questions = facts.questions(group.came_by or None, group.tries)
    chosen = [chooser.route(question) for question in questions]
    return [each if isinstance(each, str) else group.connector for each in chosen]


def copies_now(
    chooser: Chooser,
    contents: ContentSource,
    entry: QueueEntry,
    group: QueueGroup,
    queues: Sequence[str],
) -> dict[str, QueuedCopy]:
    """The copies of an entry by queue; its envelope is read only where they differ from it."""
    queue, *others = dict.fromkeys(queues)
    if not others and chooser.as_it_is(group.connector, queue):
        return {queue: _same(entry, group, queue)}
    head = chooser.queued_head(entry, group.connector)
    content = _content(contents, entry, group)
    keys: dict[str, set[RecipientKey]] = {}
    for recipient, wanted in zip(responsible_recipients(head), queues, strict=True):
        obstacle = chooser.obstacle(wanted, head, recipient, content)
        chosen = group.connector if obstacle else wanted
        keys.setdefault(chosen, set()).update([recipient.key] if recipient else [])
    return {
        queue: chooser.copy(
            queue,
            entry.priority,
            head if isinstance(head, Report) else head.for_recipients(of),
            content=content,
            readdressed=RoutingFacts.from_text(group.routing_facts).readdressed,
        )
        for queue, of in keys.items()
    }


def _same(entry: QueueEntry, group: QueueGroup, queue: str) -> QueuedCopy:
    """The copy as it is, for another queue."""
    return QueuedCopy(
        queue,
        entry.priority,
        entry.envelope,
        routing_facts=group.routing_facts,
        conversion=entry.conversion,
        content_length=entry.content_length,
    )


def _content(contents: ContentSource, entry: QueueEntry, group: QueueGroup) -> Content:
    """What is kept; it is written anew where it was to be for the connector that failed."""
    read = contents.reader(entry.message, entry.kept_length)
    from_here = not group.came_by or entry.conversion is not None
    return Content(entry.kept_length, read, from_here)
