"""Messages whose connector could not be opened: another way, if there is one, or the end.

After each open that failed the way of every message that waits is chosen again, by the criteria of
routing.py: the connector was tried once more, others perhaps less (Q193322). It is chosen once for
all messages that are alike in what it depends on (itinerary.py). What its connector was
tried for as often as its max open retries say, is not delivered (Q157630), and so is what was
rerouted too often (Q164838).
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from labkit.clock import LabClock
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.dispatch.dispatcher import Dispatcher
from mta_emu.mta.dispatch.fates import Fates
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.conversion import Content
from mta_emu.mta.policy.itinerary import Itinerary, responsible_recipients
from mta_emu.mta.store.store import Departure, QueueEntry, Store, Way
from mta_emu.mta.store.tracking import Step, What
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.report import Report

_AT_A_TIME = 100  # messages; others may work in between


class Rerouter:
    """Sends what waits for a connector another way."""

    def __init__(
        self,
        clock: LabClock,
        store: Store,
        journal: Journal,
        dispatcher: Dispatcher,
        fates: Fates,
        connectors: Mapping[str, Connector],
    ) -> None:
        """Let `fates` choose; `dispatcher` tells what a copy loses."""
        self._clock = clock
        self._store = store
        self._journal = journal
        self._dispatcher = dispatcher
        self._fates = fates
        self._connectors = connectors

    async def reroute(self, connector: str) -> None:
        """Choose the way of everything that waits for a connector again."""
        if len(self._connectors) < 2:
            return
        last = 0
        while ways := self._store.ways(connector, after=last, limit=_AT_A_TIME):
            for way in ways:
                await self._reroute(way)
            last = ways[-1].id
            await asyncio.sleep(0)

    async def give_up(self, connector: str, most: int) -> None:
        """Report undelivered what `connector` was tried for `most` times."""
        while entries := self._store.exhausted(connector, most, limit=_AT_A_TIME):
            free = [each for each in entries if not self._connectors[connector].holds(each)]
            for entry in free:
                self._connectors[connector].give_up(entry, reports.OPEN_RETRIES_USED_UP)
            if len(free) < len(entries):
                return  # the rest is being transferred
            await asyncio.sleep(0)

    async def _reroute(self, way: Way) -> None:
        """Choose a way again, for all the copies that go it."""
        queues = self._queues(way)
        too_often = way.reroutes >= reports.MAX_HOPS
        if not too_often and set(queues) == {way.connector}:
            return
        source = self._connectors[way.connector]
        last = 0
        while entries := self._store.going(way, after=last, limit=_AT_A_TIME):
            for entry in entries:
                if source.holds(entry):
                    continue
                if too_often:
                    source.give_up(entry, reports.LOOP)
                else:
                    self._move(entry, way, queues)
            last = entries[-1].id
            await asyncio.sleep(0)

    def _queues(self, way: Way) -> list[str]:
        """The queue to be in now, by destination; the same as before where no other is better."""
        journeys = Itinerary.from_text(way.itinerary).journeys(way.came_by or None, way.tries)
        fates = [self._fates.route(journey) for journey in journeys]
        return [fate if isinstance(fate, str) else way.connector for fate in fates]

    def _move(self, entry: QueueEntry, way: Way, queues: Sequence[str]) -> None:
        """Put an entry into the queues that its destinations are to be in."""
        copies = self._copies(entry, way, queues)
        stays = copies.pop(way.connector, None)
        if not copies:
            return
        departures = list(copies.values())
        source, now = self._connectors[way.connector], self._clock.now()
        source.hold(entry)
        identifier = entry.mts_identifier
        steps = [
            Step(now, identifier, What.QUEUED, queue, detail=f"not by {way.connector}")
            for queue in copies
        ]
        steps += [
            Step(now, identifier, What.DOWNGRADED, each.connector, detail=each.dropped)
            for each in departures
            if each.dropped
        ]
        self._store.when_possible(
            partial(self._store.move, entry, way, departures, stays, steps),
            partial(self._moved, entry, way, departures, stays=stays is not None),
        )

    def _copies(self, entry: QueueEntry, way: Way, queues: Sequence[str]) -> dict[str, Departure]:
        """The copies of an entry by queue; its envelope is read only where they differ from it."""
        queue, *others = dict.fromkeys(queues)
        if not others and self._fates.as_it_is(way.connector, queue):
            return {queue: self._same(entry, way, queue)}
        head, content = decode_head(entry.envelope), self._content(entry, way)
        numbers: dict[str, set[int]] = {}
        for recipient, wanted in zip(responsible_recipients(head), queues, strict=True):
            obstacle = self._fates.obstacle(wanted, head, recipient, content)
            chosen = way.connector if obstacle else wanted
            numbers.setdefault(chosen, set()).add(recipient.number if recipient else 0)
        return {
            queue: self._fates.departure(
                queue,
                entry.priority,
                head if isinstance(head, Report) else head.for_recipients(of),
                content=content,
                redirected=Itinerary.from_text(way.itinerary).redirected,
            )
            for queue, of in numbers.items()
        }

    def _same(self, entry: QueueEntry, way: Way, queue: str) -> Departure:
        """The copy as it is, for another queue."""
        return Departure(
            queue,
            entry.priority,
            entry.envelope,
            itinerary=way.itinerary,
            conversion=entry.conversion,
            content_length=entry.content_length,
        )

    def _content(self, entry: QueueEntry, way: Way) -> Content:
        """What is kept; it is written anew where it was to be for the connector that failed."""
        read = self._store.content_reader(entry.message, entry.kept_length)
        from_here = not way.came_by or entry.conversion is not None
        return Content(entry.kept_length, read, from_here)

    def _moved(
        self, entry: QueueEntry, way: Way, departures: Iterable[Departure], *, stays: bool
    ) -> None:
        self._connectors[way.connector].let_go(entry, gone=not stays)
        for departure in departures:
            self._journal.publish(
                "rerouted",
                mts_identifier=entry.mts_identifier,
                connector=departure.connector,
                instead_of=way.connector,
            )
            self._dispatcher.tell_downgraded(entry.mts_identifier, departure)
            self._connectors[departure.connector].enqueued(entry.priority)
