"""The dispatcher: takes the responsibility for what comes, and for what connectors give up.

What becomes of it is decided in distributing.py, and is kept in one transaction with it (X.411 14.3
and 14.4); then it is announced (announcements.py). A decision about much, many recipients or a long
content, is made on a thread, so that nobody waits for it.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from labkit.loop import free_on_thread, on_thread
from mta_emu.mta.association.incoming import LONG_HEAD, Arrived
from mta_emu.mta.dispatch.announcements import Announcer
from mta_emu.mta.dispatch.choosing import Chooser
from mta_emu.mta.dispatch.distributing import Distributor
from mta_emu.mta.dispatch.distribution import Distribution
from mta_emu.mta.log import records
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.store.arrivals import Arrivals
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.apdu import decode_head
from mta_emu.mts.identifiers import MtsIdentifier, local_identifier
from mta_emu.mts.report import NotDelivered, Report

_MANY = 50  # recipients
_LONG = 64 << 10  # octets of a message with its content
_AT_ONCE = 100  # announcements

Decide = Callable[[Distributor, Arrivals], Distribution]


class Dispatcher:
    """Takes messages, probes and reports."""

    def __init__(
        self,
        store: Store,
        chooser: Callable[[], Chooser],
        announcer: Announcer,
        this_mta: ThisMta,
    ) -> None:
        """Be `this_mta`; `chooser` gives one for this moment."""
        self._store = store
        self._chooser = chooser
        self._announcer = announcer
        self._this_mta = this_mta
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def settled(self) -> bool:
        """Whether nothing is being decided or announced that nobody else waits for."""
        return not self._tasks

    def close(self) -> None:
        """Decide and announce no more: what was not kept is with its sender or in its queue."""
        for task in self._tasks:
            task.cancel()

    def new_identifier(self) -> MtsIdentifier:
        """An identifier for a message or a probe that begins here. Raises UnavailableError."""
        return self._identifier(self._chooser(), self._store.numbers.next())

    def _identifier(self, chooser: Chooser, number: int, part: int = 1) -> MtsIdentifier:
        local = local_identifier(self._this_mta.mta_name, chooser.now, number, part)
        return MtsIdentifier(self._this_mta.domain, local)

    # What comes

    async def take(self, arrived: Arrived) -> None:
        """Take the responsibility for what has come.

        A recipient that has got the same before is passed over. Raises UnavailableError, and
        ProtocolError when an extension is not what it says.
        """
        arrivals = self._store.arrivals
        while True:
            last = arrivals.last(arrived.identifier)
            distribution = await self._distribute(arrived, self._store.numbers.next(), last)
            if await self._store.keep(partial(self._keep_if_last, distribution, last)):
                break
        if arrived.connector:  # whose remote MTA waits for the disk
            self._store.begin_to_secure()
        if arrived.message is not None:
            self._store.contents.let_go(arrived.message)
        await self._announcer.make(distribution.all_announcements())
        if _is_much(arrived):
            parts: list[object] = [distribution]
            del distribution
            free_on_thread(parts)

    async def release(self, deferred: Deferred) -> None:
        """Let a message go on whose deferred delivery time has come, once the disk has space.

        It stays deferred when the same has come meanwhile, and is to be released again.
        """
        long = len(deferred.head) > LONG_HEAD
        head = await on_thread(decode_head, deferred.head) if long else decode_head(deferred.head)
        arrived = Arrived.released(deferred, head)
        arrivals = self._store.arrivals
        last = arrivals.last(arrived.identifier)
        distribution = await self._distribute(arrived, await self._number(), last)
        kept = False

        def keep() -> None:
            nonlocal kept
            came_again = arrivals.come_since(last, arrived.identifier)
            kept = not came_again and self._store.deferred.remove(deferred)
            if kept:
                self._keep(distribution)

        def announce() -> None:
            if kept:
                self._announce(distribution)

        self._store.when_possible(keep, announce)

    def cancel(self, mts_identifier: str) -> None:
        """Drop a message that was submitted here and is deferred (X.411 8.2.1.3).

        Raises ValueError when it is not, DiskFullError.
        """
        deferred = self._store.deferred.find(mts_identifier)
        if deferred is None:
            raise ValueError(
                f"no message {mts_identifier} is deferred: it has gone on, or never was"
            )
        if deferred.connector:
            raise ValueError(f"{mts_identifier} was not submitted here, but came by a connector")
        with self._store.transaction():
            self._store.deferred.remove(deferred)
            self._store.contents.forget(deferred.message)
            entry = TrackingEntry(self._chooser().now, mts_identifier, Action.CANCELLED)
            self._store.tracking.add(entry)
        self._announcer.make_one(records.Cancelled(mts_identifier))

    # What is given up

    def give_up(
        self, entry: QueueEntry, connector: str, why: NotDelivered, done: Callable[[], None]
    ) -> None:
        """Drop a queue entry and report it undelivered, in one transaction; then call `done`.

        The transaction waits for space when the disk is full. There is no report on a report.
        """
        came_by = self._store.queues.came_by(entry)

        def decide(distributor: Distributor, _: Arrivals) -> Distribution:
            return distributor.given_up(entry, came_by, connector, why)

        if len(entry.envelope) > LONG_HEAD:
            self._spawn(self._give_up_much(entry, decide, done))
            return
        decided: list[Distribution] = []

        def keep() -> None:
            decided[:] = [self._decide_now(decide, self._store.numbers.next())]
            self._keep_given_up(entry, decided[0])

        def announce() -> None:
            done()
            self._announce(decided[0])

        self._store.when_possible(keep, announce)

    async def _give_up_much(
        self, entry: QueueEntry, decide: Decide, done: Callable[[], None]
    ) -> None:
        distribution = await self._decide(decide, await self._number(), much=True)

        def announce() -> None:
            done()
            self._announce(distribution)

        self._store.when_possible(partial(self._keep_given_up, entry, distribution), announce)

    # Deciding

    async def _distribute(self, arrived: Arrived, number: int, last: int) -> Distribution:
        """What becomes of something that has come, and had come before if there was a `last` time.

        For whom that was may be long to read.
        """

        def decide(distributor: Distributor, arrivals: Arrivals) -> Distribution:
            seen = arrivals.seen(arrived.identifier) if last else frozenset[str]()
            return distributor.arrived(arrived, seen)

        much = bool(last) or _is_much(arrived)
        if much and arrived.message is not None:
            self._store.contents.write_held(arrived.message)
        return await self._decide(decide, number, much=much)

    async def _decide(self, decide: Decide, number: int, *, much: bool) -> Distribution:
        """What becomes of something; a report on it has the identifier of that number."""
        if not much:
            return self._decide_now(decide, number)
        chooser, spare = self._chooser(), _Number(number)

        def work() -> Distribution:
            with self._store.reading() as reader:
                chooser.contents = reader.contents
                distributor = Distributor(chooser, lambda: self._identifier(chooser, *spare.use()))
                return decide(distributor, reader.arrivals)

        try:
            return await on_thread(work)
        finally:
            self._give_back(spare)

    def _decide_now(self, decide: Decide, number: int) -> Distribution:
        chooser, spare = self._chooser(), _Number(number)
        try:
            distributor = Distributor(chooser, lambda: self._identifier(chooser, *spare.use()))
            return decide(distributor, self._store.arrivals)
        finally:
            self._give_back(spare)

    def _give_back(self, number: "_Number") -> None:
        if not number.used:
            self._store.numbers.give_back(number.value)

    async def _number(self) -> int:
        """A number for an identifier, once the disk has space."""
        numbers: asyncio.Queue[int] = asyncio.Queue()
        self._store.when_possible(lambda: numbers.put_nowait(self._store.numbers.next()))
        return await numbers.get()

    # Keeping, in a transaction

    def _keep_if_last(self, distribution: Distribution, last: int) -> bool:
        """Keep what becomes of something, unless the same has come since the `last` time."""
        if self._store.arrivals.come_since(last, distribution.arrived.identifier):
            return False
        self._keep(distribution)
        return True

    def _keep(self, distribution: Distribution) -> None:
        """Keep what becomes of something that has come."""
        message = distribution.arrived.message
        self._keep_parts(distribution)
        if message is not None and not distribution.kept:
            self._store.contents.forget(message)

    def _keep_given_up(self, entry: QueueEntry, distribution: Distribution) -> None:
        """Keep what becomes of a queue entry; others may have its message too."""
        self._keep_parts(distribution)
        self._store.dequeue(entry)

    def _keep_parts(self, distribution: Distribution) -> None:
        store, arrived, came = self._store, distribution.arrived, distribution.came
        if distribution.deferred:
            store.deferred.add(distribution.deferred)
        if came and (distribution.copies or distribution.deliveries):
            store.complete(
                store.contents.begin() if arrived.message is None else arrived.message,
                came,
                came_by=arrived.connector,
                content_length=arrived.content_length,
                copies=distribution.copies,
                deliveries=distribution.deliveries,
                arrivals=distribution.arrivals,
                changes=distribution.changes,
            )
        elif came:
            store.arrivals.add(came.time, came.mts_identifier, distribution.arrivals)
            store.tracking.add(came, *distribution.changes)
        store.tracking.add(*distribution.reported)
        store.reports.add(distribution.received)
        for each in distribution.reports:
            self._keep_parts(each)

    # Announcing

    def _announce(self, distribution: Distribution) -> None:
        """Announce what was kept: now when it is little, else soon."""
        announcements = list(distribution.all_announcements())
        if len(announcements) > _AT_ONCE:
            self._spawn(self._announcer.make(announcements))
            return
        for each in announcements:
            self._announcer.make_one(each)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Number:
    """A number for identifiers, which may be of no use: a list's members have their own report."""

    def __init__(self, value: int) -> None:
        self.value = value
        self.used = 0  # how often

    def use(self) -> tuple[int, int]:
        """The number, and the part of it that nothing else has."""
        self.used += 1
        return self.value, self.used


def _is_much(arrived: Arrived) -> bool:
    """Whether it takes long to decide about it."""
    head = arrived.head
    recipients = head.content.recipients if isinstance(head, Report) else head.recipients
    return len(recipients) > _MANY or max(arrived.octets, arrived.content_length) > _LONG
