"""A running connector: its associations, and when it opens one.

When to call and for what is decided by policy/calling.py. Whatever happens here ends in `wake`,
which asks it and carries out what it says: opens associations, and sets the one timer that brings
the connector back to `wake` when nothing else does.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from labkit.frozen import replace
from labkit.reason import Reason
from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.association import Association, End
from mta_emu.mta.association.incoming import Arrived, IncomingMessage
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.association.keeping import Keeper
from mta_emu.mta.association.opening import NotOpened
from mta_emu.mta.association.recovery import Recoverable
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.opener import CallResult, Opener
from mta_emu.mta.connector.outbox import Outbox
from mta_emu.mta.connector.retry import Retry
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.connector.timer import Timer, Watchdog
from mta_emu.mta.log import winsock
from mta_emu.mta.log.status import ConnectorStatus
from mta_emu.mta.policy.alarms import OUTBOUND_EVENTS, QueueAlarm
from mta_emu.mta.policy.calling import (
    ASSOCIATION_LIMIT,
    ORDINARY_LIMIT,
    Caller,
    Calls,
    Lane,
    LimitWarning,
    Link,
    Standing,
)
from mta_emu.mta.policy.failedcalls import RETRY_TIMER
from mta_emu.mta.policy.schedule import ActivationState, activation_state, initiation
from mta_emu.mta.store.tracking import Failure
from mta_emu.mts.fields import Priority

_RELEASE_SECONDS = 2.0  # of the wall, that associations have to end in when the MTA stops


class Connector:
    """A connector at work; the user of its associations."""

    def __init__(self, config: ConnectorConfig, shared: Shared, queued: int) -> None:
        """Start with `queued` messages in the store; `start` begins to work on them."""
        self.config = config
        self.journal = ConnectorJournal(shared.journal, config.name)
        self.outbox = Outbox(config, shared, queued, left=self.changed, waits=self.wake)
        self.closing = False  # the MTA stops
        self._shared = shared
        registry = shared.config.server.registry
        self._opener = Opener(config, shared)
        self.recover = self._opener.recover
        self.keeper = partial(Keeper, shared.store, config.name)
        self._caller = Caller(config, urgent_when_closed=registry.urgent_mail_when_closed)
        self._alarm = QueueAlarm(
            registry.outbound_queue_alarm_on, registry.outbound_queue_alarm_off
        )
        self._dn = shared.config.distinguished_name(config)
        self._associations: set[Association] = set()
        self._opening: Counter[Lane] = Counter()
        self._tasks: set[asyncio.Task[None]] = set()
        self._limit = LimitWarning()
        self._retry = Retry(config, shared, self.wake)
        self._timer = Timer(shared.clock, self._on_time)
        part = f"connector {config.name}"
        self._watchdog = Watchdog(part, shared.journal, self._stuck, self.wake)
        self._ended = asyncio.Event()  # an association, or a try to open one
        self._waking: asyncio.Handle | None = None  # there is mail that it has not looked at

    # What others see

    @property
    def state(self) -> str:
        """idle, opening, open, or waiting (for a retry timer)."""
        if self._associations:
            return "open"
        if self._opening.total():
            return "opening"
        return "waiting" if self.waiting else "idle"

    @property
    def queued(self) -> int:
        """How many messages are queued."""
        return self.outbox.total

    @property
    def associations(self) -> int:
        """How many are open."""
        return len(self._associations)

    @property
    def waiting(self) -> bool:
        """Whether a retry timer runs."""
        return self._retry.until is not None

    @property
    def settled(self) -> bool:
        """Whether nothing moves here until a timer runs out or somebody calls."""
        busy = any(each.busy for each in self._associations)
        if busy or self._waking or self._opening.total() or not self._retry.settled:
            return False
        return not self._caller.moves(self._standing, self._shared.clock.now())

    def status(self) -> ConnectorStatus:
        """How it stands, for `mta-emu queue` and the lab."""
        calls = self._decide()
        next_try = calls.until if self.queued and not self._associations else self._retry.until
        return ConnectorStatus(
            self.config.name,
            self.config.display_name,
            self.queued,
            self.state,
            next_try.isoformat() if next_try else None,
            str(calls.reason),
            self.associations,
            tuple(each for one in self._associations for each in one.transfers),
        )

    @property
    def _standing(self) -> Standing:
        return Standing(
            {lane: self.outbox.queued(lane) for lane in Lane},
            {lane: self.outbox.waiting((lane,)) for lane in Lane},
            self._opening,
            [each.link for each in self._associations],
            None if self._retry.ending else self._retry.until,
            self._retry.ending,
            self.closing,
        )

    def _decide(self) -> Calls:
        return self._caller.decide(self._standing, self._shared.clock.now())

    # Calling

    def start(self) -> None:
        """Begin to work on what lies in the queue, and to heed the schedule."""
        self._watchdog.start()
        self.wake()

    def enqueued(self, priority: Priority) -> None:
        """Take note that the store has another message for this connector.

        It wakes at the loop's next turn, once for all that come together.
        """
        self.outbox.added(priority)
        self.changed()
        if self._waking is None:
            self._waking = asyncio.get_running_loop().call_soon(self.wake)

    def wake(self) -> None:
        """Send what waits, over associations that are open and, where allowed, over new ones."""
        self._waking = None
        for association in self._associations:
            association.wake()
        calls = self._decide()
        for lane, count in calls.open.items():
            for _ in range(count):
                self._begin_to_open(lane)
        if self._limit.due(calls):
            self._shared.log(57, calls.reason, dn=self._dn, limit=ORDINARY_LIMIT)
        self._timer.set(None if self.closing else calls.until)
        self.changed()

    async def call(self) -> CallResult:
        """Open an association now, whatever the retry timer says, and return the result.

        Raises ValueError when the schedule does not let this side call, or all are open.
        """
        schedule, now = self.config.schedule, self._shared.clock.now()
        if activation_state(schedule, now) is not ActivationState.ACTIVE_NOW:
            raise ValueError(str(initiation(self.config, now)))
        if len(self._associations) + self._opening.total() >= ASSOCIATION_LIMIT:
            raise ValueError(f"all {ASSOCIATION_LIMIT} associations that there may be are open")
        self._retry.skip()
        attempt: asyncio.Future[CallResult] = asyncio.get_running_loop().create_future()
        self._begin_to_open(Lane.ORDINARY, attempt)
        self.wake()
        return await attempt

    def _begin_to_open(self, lane: Lane, attempt: asyncio.Future[CallResult] | None = None) -> None:
        self._opening[lane] += 1
        self.spawn(self._open(lane, attempt))

    def _on_time(self) -> None:
        """The retry timer has run out, or a slot of the week grid begins or ends."""
        self._retry.check()
        for association in self._associations:
            if association.initiated_locally and not self.lanes(association.link):
                association.release()
        self.wake()

    def _stuck(self) -> str:
        """Why mail would wait for ever; empty: it does not."""
        if self.closing or self._shared.store.disk.obstacle:
            return ""
        calls = self._decide()
        if calls.total:
            return f"nobody opened associations that are due: {calls.reason}"
        if calls.until and not self._timer.running:
            return f"no timer brings it back: {calls.reason}"
        return ""

    # Associations

    def lanes(self, link: Link) -> Sequence[Lane]:
        """What mail an association may carry now."""
        return self._caller.lanes(link, self._standing, self._shared.clock.now())

    def incoming(self, association: int) -> IncomingMessage:
        """Begin to receive a message over the association of that number."""

        async def accept(arrived: Arrived) -> None:
            name = self.config.name
            await self._shared.dispatcher.take(
                replace(arrived, connector=name, association=association)
            )

        return IncomingMessage(self._shared.store, accept)

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
        in_hand: Callable[[Association], None] = lambda _: None,
    ) -> None:
        """Serve an open association to its end.

        `number` is its own, `block` that of its control block, `why` it was accepted, or called
        from the address that it was; `locally` says who opened it, and then `lane` what for.
        `in_hand` gives it what it had before.
        """
        clock, override = self._shared.clock, self.config.override
        idle_limit = self._shared.config.server.transport_stack.idle_limit
        association = Association(
            self,
            endpoint,
            number,
            initiated_locally=locally,
            two_way=two_way,
            lifetime=clock.wall_seconds(override.lifetime),
            idle_limit=clock.wall_seconds(idle_limit) or float("inf"),
            recovery_timeout=clock.wall_seconds(override.recovery_timeout),
            max_recoveries=1 + override.max_transfer_retries,
            urgent=lane is Lane.URGENT,
        )
        in_hand(association)
        self._associations.add(association)
        self.journal.association(number, "open", endpoint.ends, why, locally=locally)
        self.changed()
        if self.closing:
            association.release()
        try:
            state, reason = await self._run(association)
            ended = Reason("", reason)
            self.journal.association(number, state, endpoint.ends, ended, locally=locally)
        finally:
            self._associations.discard(association)
            self._shared.recovery.forget(association)
            await association.endpoint.close(clock.wall_seconds(override.disconnect))
            self._ended.set()
        if association.endpoint.error:
            error = winsock.number(association.endpoint.error)
            self._shared.log(9224, ended, error=error, call="recv", block=block, association=number)
        if state == "aborted":
            self._shared.log(1294, ended, dn=self._dn, block=block, association=number)
            if self.queued:  # else no transfer has failed, and the next message may go at once
                self._retry.begin(override.transfer_interval)
        self.wake()

    async def _run(self, association: Association) -> End:
        """Serve an association; a fault of our own ends it, and nothing else."""
        try:
            return await association.run()
        except Exception as error:
            part = f"association {association.number} of {self.config.name}"
            self._shared.journal.failed(part, error)
            association.abort("a fault of this MTA")
            return "aborted", "a fault of this MTA"

    def recoverable(self, endpoint: Endpoint, association: Recoverable) -> None:
        """Note the connection of an association, so that a peer that opened it can recover it."""
        state = endpoint.connection.association
        if not association.initiated_locally:
            self._shared.recovery.note(endpoint.ends.peer_address, state, association)

    async def _open(self, lane: Lane, attempt: asyncio.Future[CallResult] | None) -> None:
        """Open an association and serve it, or log why not and start the retry timer."""
        blocks, number = self._shared.blocks, next(self._shared.numbers)
        block = blocks.take()
        self.changed()
        came = CallResult(number, "aborted", Reason("calling", "the MTA stops"))
        try:
            try:
                endpoint, why = await self._opener.open(block)
            finally:
                self._opening[lane] -= 1
        except NotOpened as failure:
            came = CallResult(number, failure.state, failure.reason)
            self._not_opened(number, block or 0, failure)
        else:
            came = CallResult(number, "open", why)
            came.tell(attempt)
            two_way = self.config.advanced.two_way_alternate
            await self.serve(
                endpoint, number, block or 0, why, locally=True, two_way=two_way, lane=lane
            )
        finally:
            if block is not None:
                blocks.give_back(block)
            came.tell(attempt)
            self._ended.set()

    def _not_opened(self, number: int, block: int, failure: NotOpened) -> None:
        ends = failure.ends or (None, str(self.config.stack.address))
        self.journal.association(number, failure.state, ends, failure.reason, locally=True)
        store, now = self._shared.store, self._shared.clock.now()
        tried = Failure(now, self.config.name, number, failure.state, str(failure))
        store.when_possible(lambda: store.tracking.add_failure(tried))
        known = {"dn": self._dn, "block": block, "association": number}
        for event, values in failure.events:
            self._shared.log(event, failure.reason, **known, **values)
        seconds = self.config.override.open_interval
        if self._retry.begin(seconds):
            self._shared.log(RETRY_TIMER, failure.reason, seconds=seconds, **known)
            store.when_possible(lambda: store.groups.note_failed_open(self.config.name))
            self._retry.reroute()
        self.wake()  # urgent mail may have to go with the rest

    # The end

    async def close(self) -> None:
        """Release the associations in good order.

        What is being sent has two seconds to end, and is given up then; what is not released in
        two more is aborted, and what still stands then is dropped.
        """
        self.closing = True
        self._timer.set(None)
        self._watchdog.stop()
        self._retry.stop()
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
        self.outbox.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _all_ended(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_RELEASE_SECONDS):
                while self._associations or self._opening.total():
                    self._ended.clear()
                    await self._ended.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin work that ends when the connector does."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # What is reported

    def changed(self) -> None:
        """Report when the connector's line has become another one."""
        if alarm := self._alarm.watch(self.queued):
            self._shared.log(OUTBOUND_EVENTS[alarm], dn=self._dn, count=self.queued)
        self._shared.work_queue.changed(self.config.name, self.queued)
        self.journal.line(self.queued, self.state, len(self._associations))
