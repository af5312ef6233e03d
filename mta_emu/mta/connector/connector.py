"""A running connector: its queue, its associations, and when it opens one."""

import asyncio
import itertools
import math
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from labkit.reason import Reason
from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.association import Association
from mta_emu.mta.association.incoming import Arrived, IncomingMessage
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.association.opening import NotOpened, open_association, recover_association
from mta_emu.mta.association.outgoing import StoredApdu
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.backlog import ANY_LANE, Backlog, Lane
from mta_emu.mta.connector.shared import Surroundings
from mta_emu.mta.log import winsock
from mta_emu.mta.policy.admission import (
    ASSOCIATION_LIMIT,
    ORDINARY_LIMIT,
    control_blocks_used_up,
)
from mta_emu.mta.policy.alarms import Alarm, QueueAlarm
from mta_emu.mta.policy.names import source_address
from mta_emu.mta.policy.reports import TRANSFER_RETRIES_USED_UP
from mta_emu.mta.policy.schedule import may_initiate, next_change
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.tracking import Action, Failure, TrackingEntry
from mta_emu.mts.fields import Priority
from mta_emu.mts.report import NotDelivered
from mta_emu.osi.rtse.association import RtAssociation

_ALARMS = {Alarm.BACKLOGGED: 659, Alarm.SUBSIDED: 660}
_RECOVERY_INTERVAL = 5.0  # lab seconds between tries to recover an association
_RELEASE_SECONDS = 2.0  # of the wall, that associations have to end in when the MTA stops


class Connector:
    """A connector at work; the user of its associations."""

    def __init__(self, config: ConnectorConfig, around: Surroundings, queued: int) -> None:
        """Start with `queued` messages in the store; `start` begins to work on them."""
        self.config = config
        self._around = around
        self._backlog = Backlog(around.store, config.name, queued)
        registry = around.config.server.registry
        self._alarm = QueueAlarm(
            registry.outbound_queue_alarm_on, registry.outbound_queue_alarm_off
        )
        self._dn = around.config.distinguished_name(config)
        self._associations: set[Association] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: Counter[int] = Counter()  # of transfers, by queue entry
        self._opening: Counter[Lane] = Counter()
        self._at_limit = False  # and it was said
        self._rerouting = 0
        self._calls = itertools.count()
        self._retry: asyncio.Task[None] | None = None
        self._next_try: datetime | None = None  # when that ends
        self._schedule: asyncio.Task[None] | None = None
        self.closing = False  # the MTA stops
        self._ended = asyncio.Event()  # an association, or a try to open one
        self.journal = ConnectorJournal(around.journal, config.name)

    # What others see

    @property
    def state(self) -> str:
        """idle, opening, open, or waiting (for a retry timer)."""
        if self._associations:
            return "open"
        if self._opening.total():
            return "opening"
        return "waiting" if self._retry else "idle"

    @property
    def queued(self) -> int:
        """How many messages are queued."""
        return self._backlog.total

    @property
    def associations(self) -> int:
        """How many are open."""
        return len(self._associations)

    @property
    def waiting(self) -> bool:
        """Whether a retry timer runs."""
        return self._retry is not None

    @property
    def settled(self) -> bool:
        """Whether nothing moves here until a timer runs out or somebody calls."""
        busy = any(each.busy for each in self._associations)
        if busy or self._opening.total() or self._rerouting:
            return False
        return not any(
            self._backlog.waiting((lane,)) and (self._may_open or self._able(lane)) for lane in Lane
        )

    def status(self) -> dict[str, Any]:
        """The connector's line for `mta-emu queue` and the lab."""
        return {
            "name": self.config.name,
            "display_name": self.config.display_name,
            "queued": self.queued,
            "state": self.state,
            "next_try": self._next_try.isoformat() if self._retry and self._next_try else None,
            "associations": self.associations,
            "transfers": [each for one in self._associations for each in one.transfers],
        }

    @property
    def _may_open(self) -> bool:
        return self._active and not self._retry and not self.closing

    @property
    def _active(self) -> bool:
        return may_initiate(self.config.schedule, self._around.clock.now())

    def _able(self, lane: Lane) -> int:
        """How many associations mail of a lane can leave by."""
        return sum(each.can_send and lane in self._lanes(each) for each in self._associations)

    def _lanes(self, association: Association) -> Sequence[Lane]:
        """What an association carries.

        One that the peer opened carries everything, what this side called carries nothing once
        the slot of the week grid is over. Of those one is for urgent mail alone, which goes with
        the other mail only while no association of its own can be had.
        """
        if not association.initiated_locally:
            return ANY_LANE
        if not self._active:
            return ()
        if association.urgent:
            return (Lane.URGENT,)
        own = self._may_open or self._called(Lane.URGENT)
        return (Lane.ORDINARY,) if own else (Lane.ORDINARY, Lane.URGENT)

    def _called(self, lane: Lane) -> int:
        """How many associations this side has for a lane, or is about to have."""
        urgent = lane is Lane.URGENT
        ours = (each for each in self._associations if each.initiated_locally)
        return self._opening[lane] + sum(each.urgent is urgent for each in ours)

    def start(self) -> None:
        """Begin to work on what lies in the queue, and to heed the schedule."""
        self._schedule = self._spawn(self._keep_to_schedule())
        self.wake()

    async def _keep_to_schedule(self) -> None:
        """Call when a slot of the week grid begins; release what was called when it ends."""
        clock = self._around.clock
        while change := next_change(self.config.schedule, clock.now()):
            await clock.sleep((change - clock.now()).total_seconds())
            if self._active:
                self.wake()
            else:
                for association in self._associations:
                    if association.initiated_locally:
                        association.release()

    # The queue

    def enqueued(self, priority: Priority) -> None:
        """Tell that the store has another message for this connector."""
        self._backlog.added(priority)
        self.wake()

    def wake(self) -> None:
        """Send what waits, over associations that are open and, where allowed, over new ones."""
        for association in self._associations:
            association.wake()
        if self._may_open:
            for lane in Lane:
                for _ in range(self._missing(lane)):
                    self._opening[lane] += 1
                    self._spawn(self._open(lane))
        self.changed()

    def _missing(self, lane: Lane) -> int:
        """How many associations are to be opened for a lane.

        Urgent mail has one of its own (Q215472). For the rest there is one for every `threshold`
        messages, up to the limit, of which the peer's calls are a part (Q194589).
        """
        if not self._backlog.waiting((lane,)):
            return 0
        used = self._opening[Lane.ORDINARY] + sum(
            not (each.initiated_locally and each.urgent) for each in self._associations
        )
        if lane is Lane.URGENT:
            return min(1 - self._called(Lane.URGENT), ASSOCIATION_LIMIT - used)
        wanted = math.ceil(self._backlog.queued(lane) / self.config.override.threshold)
        self._mind_limit(wanted)
        return min(wanted - self._able(lane) - self._opening[lane], ORDINARY_LIMIT - used)

    def _mind_limit(self, wanted: int) -> None:
        """Log once that more associations are wanted than there may be (Q194589)."""
        if wanted > ORDINARY_LIMIT and not self._at_limit:
            self._around.log(57, dn=self._dn, limit=ORDINARY_LIMIT)
        self._at_limit = wanted > ORDINARY_LIMIT

    def take_entry(self, association: Association) -> QueueEntry | None:
        """Take the next message in hand that the association may carry; None when none waits."""
        if self.closing:
            return None
        return self._backlog.take(self._lanes(association), self._around.clock.now())

    def has_mail(self, association: Association) -> bool:
        """Tell whether `take_entry` would find a message."""
        return not self.closing and self._backlog.waiting(self._lanes(association)) > 0

    def most_urgent(self, association: Association) -> Priority | None:
        """Give the priority of the message that `take_entry` would find."""
        entry = None if self.closing else self._backlog.next(self._lanes(association))
        return entry.priority if entry else None

    def apdu(self, entry: QueueEntry) -> StoredApdu:
        """The octets of a queued message."""
        return StoredApdu(self._around.store, entry)

    def transferred(self, entry: QueueEntry, association: Association) -> None:
        """Drop a message from the queue: the receiver has secured it."""
        store = self._around.store
        steps = self._steps(entry, association, Action.TRANSFERRED, f"{entry.octets} octets")

        def dequeued() -> None:
            self._backlog.removed(entry)
            self._failures.pop(entry.id, None)
            self.journal.sent(entry, association.number)
            self.changed()

        store.when_possible(lambda: store.dequeue(entry, *steps), dequeued)

    def put_back(self, entry: QueueEntry, association: Association, reason: str) -> None:
        """Let a message wait again: it was not transferred, and not by a fault."""
        self._tell_not_transferred(entry, association, reason)
        self._backlog.put_back(entry)

    def failed(self, entry: QueueEntry, association: Association, reason: str) -> None:
        """Let a message rest for the transfer interval, or give it up: its transfer failed."""
        self._tell_not_transferred(entry, association, reason)
        self._failures[entry.id] += 1
        if self._failures[entry.id] > self.config.override.max_transfer_retries:
            self.give_up(entry, TRANSFER_RETRIES_USED_UP)
        else:
            self._spawn(self._rest(entry))

    async def _rest(self, entry: QueueEntry) -> None:
        await self._around.clock.sleep(self.config.override.transfer_interval)
        self._backlog.put_back(entry)
        self.wake()

    def _tell_not_transferred(
        self, entry: QueueEntry, association: Association, reason: str
    ) -> None:
        store = self._around.store
        steps = self._steps(entry, association, Action.NOT_TRANSFERRED, reason)
        store.when_possible(lambda: store.tracking.add(*steps))

    def holds(self, entry: QueueEntry) -> bool:
        """Whether a message is in hand."""
        return self._backlog.holds(entry)

    def hold(self, entry: QueueEntry) -> None:
        """Take a message in hand, so that no association does, until it is let go."""
        self._backlog.hold(entry, self._around.clock.now())

    def let_go(self, entry: QueueEntry, *, gone: bool) -> None:
        """Let a message wait again, or take note that it is `gone` from the queue."""
        if gone:
            self._failures.pop(entry.id, None)
            self._backlog.removed(entry)
            self.changed()
        else:
            self._backlog.put_back(entry)

    def give_up(self, entry: QueueEntry, why: NotDelivered) -> None:
        """Report a queued message undelivered, and drop it (reports.py has reasons)."""
        self.hold(entry)

        def gone() -> None:
            self.let_go(entry, gone=True)

        self._around.give_up(entry, self.config.name, why, gone)

    def transfer_time(self, entry: QueueEntry) -> float:
        """The wall seconds that a transfer may take, by priority and length (Override page)."""
        override = self.config.override
        seconds = {
            Priority.URGENT: override.transfer_timeout_urgent,
            Priority.NORMAL: override.transfer_timeout_normal,
            Priority.NON_URGENT: override.transfer_timeout_non_urgent,
        }[entry.priority]
        return self._around.clock.wall_seconds(seconds * math.ceil(entry.octets / 1024))

    def _steps(
        self, entry: QueueEntry, association: Association, what: Action, detail: str
    ) -> list[TrackingEntry]:
        """The steps of a transfer that has ended: that it began, and how it ended."""
        return [
            TrackingEntry(
                time,
                entry.mts_identifier,
                each,
                self.config.name,
                association.number,
                detail=text,
            )
            for time, each, text in (
                (self._backlog.held_since(entry), Action.TRIED, ""),
                (self._around.clock.now(), what, detail),
            )
        ]

    def incoming(self, association: Association) -> IncomingMessage:
        """Begin to receive a message."""

        async def accept(arrived: Arrived) -> None:
            name, number = self.config.name, association.number
            await self._around.arrived(replace(arrived, connector=name, association=number))

        return IncomingMessage(self._around.store, accept)

    # Associations

    async def serve(
        self,
        endpoint: Endpoint,
        number: int,
        block: int,
        why: Reason,
        *,
        locally: bool,
        two_way: bool,
        lane: Lane = Lane.ORDINARY,
    ) -> None:
        """Serve an open association to its end.

        `number` is its own, `block` that of its control block, `why` it was accepted, or called
        from the address that it was; `locally` says who opened it, and then `lane` what for.
        """
        around = self._around
        clock, override = around.clock, self.config.override
        association = Association(
            self,
            endpoint,
            number,
            initiated_locally=locally,
            two_way=two_way,
            lifetime=clock.wall_seconds(override.lifetime),
            idle_limit=clock.wall_seconds(around.config.server.transport_stack.idle_limit)
            or float("inf"),
            recovery_timeout=clock.wall_seconds(override.recovery_timeout),
            max_recoveries=1 + override.max_transfer_retries,
            urgent=lane is Lane.URGENT,
        )
        self._associations.add(association)
        self.journal.association(number, "open", endpoint.ends, why, locally=locally)
        self.changed()
        if self.closing:
            association.release()
        try:
            state, reason = await association.run()
            ended = Reason("", reason)
            self.journal.association(number, state, endpoint.ends, ended, locally=locally)
        finally:
            self._associations.discard(association)
            self._around.recovery.forget(association)
            await association.endpoint.close(clock.wall_seconds(override.disconnect))
            self._ended.set()
        if association.endpoint.error:
            error = winsock.number(association.endpoint.error)
            self._around.log(9224, error=error, call="recv", block=block, association=number)
        if state == "aborted":
            self._around.log(1294, dn=self._dn, block=block, association=number)
            self._wait(override.transfer_interval)
        self.wake()

    def connected(self, association: Association) -> None:
        """Note on which connection an association lives, if its peer may recover it on another."""
        if not association.initiated_locally:
            endpoint = association.endpoint
            state = endpoint.connection.association
            self._around.recovery.note(endpoint.ends.peer_address, state, association)

    async def recover(self, association: RtAssociation) -> Endpoint | None:
        """Recover an association of ours on another connection; None: the peer cannot."""
        around = self._around
        while True:
            source = source_address(around.config, self.config, next(self._calls))
            with suppress(NotOpened):
                return await recover_association(
                    around.config, self.config, source.address, around.tap, association
                )
            await around.clock.sleep(_RECOVERY_INTERVAL)

    async def close(self) -> None:
        """Release the associations in good order.

        What is being sent has two seconds to end, and is given up then; what is not released in
        two more is aborted.
        """
        self.closing = True
        for task in (self._retry, self._schedule):
            if task:
                task.cancel()
        for association in tuple(self._associations):
            if association.lost:
                association.abort("the MTA stops")
            else:
                association.release()
        await self._all_ended()
        for association in tuple(self._associations):
            association.give_up_sending()
        await self._all_ended()
        for association in tuple(self._associations):
            association.abort("the MTA stops")
        await self._all_ended()

    async def _all_ended(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_RELEASE_SECONDS):
                while self._associations or self._opening.total():
                    self._ended.clear()
                    await self._ended.wait()

    async def _open(self, lane: Lane) -> None:
        """Open an association and serve it, or log why not and start the retry timer."""
        around = self._around
        number = around.number()
        block = around.blocks.take()
        self.changed()
        try:
            endpoint, why = await self._try_to_open(block, lane)
        except NotOpened as failure:
            self._not_opened(number, block or 0, failure)
            self._ended.set()
        else:
            two_way = self.config.advanced.two_way_alternate
            await self.serve(
                endpoint, number, block or 0, why, locally=True, two_way=two_way, lane=lane
            )
        finally:
            if block is not None:
                around.blocks.give_back(block)

    async def _try_to_open(self, block: int | None, lane: Lane) -> tuple[Endpoint, Reason]:
        around = self._around
        try:
            if block is None:
                count = around.blocks.count
                reason = control_blocks_used_up(around.config.server.registry)
                raise NotOpened("refused", reason, (9156, {"count": count}))
            source, why = source_address(around.config, self.config, next(self._calls))
            return await open_association(around.config, self.config, source, around.tap), why
        finally:
            self._opening[lane] -= 1

    def _not_opened(self, number: int, block: int, failure: NotOpened) -> None:
        ends = failure.ends or (None, str(self.config.stack.address))
        self.journal.association(number, failure.state, ends, failure.reason, locally=True)
        store, now = self._around.store, self._around.clock.now()
        tried = Failure(now, self.config.name, number, failure.state, str(failure))
        store.when_possible(lambda: store.tracking.add_failure(tried))
        known = {"dn": self._dn, "block": block, "association": number}
        for event, values in failure.events:
            self._around.log(event, failure.reason, **known, **values)
        seconds = self.config.override.open_interval
        if self._wait(seconds):
            self._around.log(301, seconds=seconds, **known)
            store.when_possible(lambda: store.groups.note_failed_open(self.config.name))
            self._rerouting += 1
            self._spawn(self._reroute())
        self.wake()  # urgent mail may have to go with the rest

    async def _reroute(self) -> None:
        """Send what waits another way, where there is a better one now."""
        try:
            await self._around.reroute(self.config.name)
        finally:
            self._rerouting -= 1

    def _wait(self, seconds: int) -> bool:
        """Open no association for some lab seconds; False when a timer runs already."""
        if self._retry or self.closing:
            return False
        self._next_try = self._around.clock.now() + timedelta(seconds=seconds)
        self._retry = self._spawn(self._wait_to_retry(seconds))
        return True

    async def _wait_to_retry(self, seconds: int) -> None:
        await self._around.clock.sleep(seconds)
        await self._around.exhausted(self.config.name, self.config.override.max_open_retries)
        self._retry = None
        self.wake()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # What is told

    def changed(self) -> None:
        """Tell when the connector's line has become another one."""
        if alarm := self._alarm.watch(self.queued):
            self._around.log(_ALARMS[alarm], dn=self._dn, count=self.queued)
        self._around.changed(self.config.name, self.queued)
        self.journal.line(self.queued, self.state, len(self._associations))
