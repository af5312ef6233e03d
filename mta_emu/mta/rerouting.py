"""Messages whose connector could not be opened: another way, if there is one, or the end.

After each open that failed the way of every message that waits is chosen again, by the criteria of
routing.py: the connector was tried once more, others perhaps less (Q193322). What its connector was
tried for as often as its max open retries say, is not delivered (Q157630), and so is what was
rerouted too often (Q164838).
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import partial

from labkit.clock import LabClock
from mta_emu.mta import reports
from mta_emu.mta.connector import Connector
from mta_emu.mta.dispatcher import Dispatcher
from mta_emu.mta.journal import Journal
from mta_emu.mta.routing import Journey
from mta_emu.mta.store import Departure, Store, Tried
from mta_emu.mta.tracking import Step, What
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.envelope import Envelope, GlobalDomain, Recipient
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Report

_AT_A_TIME = 100  # messages; others may work in between


class Rerouter:
    """Sends what waits for a connector another way."""

    def __init__(
        self,
        here: GlobalDomain,
        clock: LabClock,
        store: Store,
        journal: Journal,
        dispatcher: Dispatcher,
        connectors: Mapping[str, Connector],
    ) -> None:
        """Choose ways as `dispatcher` does; `here` is this MTA's own domain."""
        self._here = here
        self._clock = clock
        self._store = store
        self._journal = journal
        self._dispatcher = dispatcher
        self._connectors = connectors

    async def reroute(self, connector: str) -> None:
        """Choose the way of everything that waits for a connector again."""
        if len(self._connectors) < 2:
            return
        last = 0
        while entries := self._store.tried(connector, after=last, limit=_AT_A_TIME):
            for tried in entries:
                if not self._connectors[connector].holds(tried.entry):
                    self._reroute(connector, tried)
            last = entries[-1].entry.id
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

    def _reroute(self, connector: str, tried: Tried) -> None:
        if tried.reroutes >= reports.MAX_HOPS:
            self._connectors[connector].give_up(tried.entry, reports.LOOP)
            return
        head = decode_head(tried.entry.envelope)
        ways = self._ways(connector, tried, head)
        moved = {queue: numbers for queue, numbers in ways.items() if queue != connector}
        if not moved:
            return
        copies = {
            queue: self._dispatcher.departure(
                queue,
                tried.entry.priority,
                head if isinstance(head, Report) else head.for_recipients(set(ways[queue])),
                (),
                partial(self._store.short, tried.entry.message, tried.entry.content_length),
            )
            for queue in ways
        }
        departures = [copies[queue] for queue in moved]
        source, now = self._connectors[connector], self._clock.now()
        source.hold(tried.entry)
        steps = [
            Step(now, tried.entry.mts_identifier, What.QUEUED, queue, detail=f"not by {connector}")
            for queue in moved
        ]
        steps += [
            Step(now, tried.entry.mts_identifier, What.DOWNGRADED, d.connector, detail=d.dropped)
            for d in departures
            if d.dropped
        ]
        stays = copies[connector].envelope if connector in copies else None
        self._store.when_possible(
            partial(self._store.move, tried, departures, stays, steps),
            partial(self._moved, connector, tried, departures, stays=connector in copies),
        )

    def _moved(
        self, connector: str, tried: Tried, departures: Iterable[Departure], *, stays: bool
    ) -> None:
        source = self._connectors[connector]
        source.let_go(tried.entry, gone=not stays)
        for departure in departures:
            self._journal.publish(
                "rerouted",
                mts_identifier=tried.entry.mts_identifier,
                connector=departure.connector,
                instead_of=connector,
            )
            self._dispatcher.tell_downgraded(tried.entry.mts_identifier, departure)
            self._connectors[departure.connector].enqueued(tried.entry.priority)

    def _ways(
        self, connector: str, tried: Tried, head: Envelope | Probe | Report
    ) -> dict[str, list[int]]:
        """The queues that the copy is to be in, and the numbers of the recipients for each."""
        ways: dict[str, list[int]] = {}
        for recipient, journey in self._journeys(tried, head):
            queue = self._dispatcher.route(journey)
            if not isinstance(queue, str) or self._dispatcher.obstacle(queue, head, recipient):
                queue = connector
            ways.setdefault(queue, []).append(recipient.number if recipient else 0)
        return ways

    def _journeys(
        self, tried: Tried, head: Envelope | Probe | Report
    ) -> Iterable[tuple[Recipient | None, Journey]]:
        """Each recipient that this copy is for, of a report None, and the journey to it."""
        came_by, tries = tried.came_by or None, tried.tries
        if isinstance(head, Report):
            domains = self._passed(element.domain for element in head.envelope.trace)
            yield None, Journey(head.envelope.destination, came_by, domains=domains, tries=tries)
            return
        domains = self._passed(element.domain for element in head.trace)
        octets = tried.entry.content_length
        if isinstance(head, Probe):
            octets = head.content_length or 0
        for each in head.recipients:
            if each.responsible:
                yield (
                    each,
                    Journey(each.address, came_by, head.originator, octets, domains, tries),
                )

    def _passed(self, domains: Iterable[GlobalDomain]) -> frozenset[GlobalDomain]:
        return frozenset(domains) - {self._here}
