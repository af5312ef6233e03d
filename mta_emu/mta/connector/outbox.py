"""What a connector has to send: its queue, what is in hand, what rests after a transfer failed."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection

from mta_emu.mta.association.outgoing import StoredApdu
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.connector.backlog import Backlog
from mta_emu.mta.connector.shared import Shared
from mta_emu.mta.policy.calling import Lane, transfer_seconds
from mta_emu.mta.policy.reports import TRANSFER_RETRIES_USED_UP
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.fields import Priority
from mta_emu.mts.report import NotDelivered


class Outbox:
    """The queue of one connector, as its associations and the dispatcher see it."""

    def __init__(
        self,
        config: ConnectorConfig,
        shared: Shared,
        queued: int,
        *,
        left: Callable[[], None],
        waits: Callable[[], None],
    ) -> None:
        """Begin with `queued` messages in the store.

        `left` is called when a message has left the queue, `waits` when one waits again.
        """
        self._config = config
        self._shared = shared
        self._left = left
        self._waits = waits
        self._backlog = Backlog(shared.store, config.name, queued)
        self._failures: Counter[int] = Counter()  # of transfers, by queue entry
        self._resting: dict[int, asyncio.TimerHandle] = {}

    # How it stands

    @property
    def total(self) -> int:
        """How many messages are queued, in hand or not."""
        return self._backlog.total

    @property
    def resting(self) -> int:
        """How many wait for the transfer interval."""
        return len(self._resting)

    def queued(self, lane: Lane) -> int:
        """How many messages of a lane are queued, in hand or not."""
        return self._backlog.queued(lane)

    def waiting(self, lanes: Collection[Lane]) -> int:
        """How many messages of these lanes nobody has in hand."""
        return self._backlog.waiting(lanes)

    def added(self, priority: Priority) -> None:
        """Take note of another message in the store."""
        self._backlog.added(priority)

    # For an association

    def take(self, lanes: Collection[Lane]) -> QueueEntry | None:
        """Take the next message of these lanes in hand; None when none waits."""
        return self._backlog.take(lanes, self._shared.clock.now())

    def most_urgent(self, lanes: Collection[Lane]) -> Priority | None:
        """The priority of the message that `take` would find."""
        entry = self._backlog.next(lanes)
        return entry.priority if entry else None

    def source(self, entry: QueueEntry) -> StoredApdu:
        """The octets of a message as it travels over this connector. Raises SourceError."""
        return StoredApdu(self._shared.store, entry)

    def transfer_time(self, entry: QueueEntry) -> float:
        """The wall seconds that a transfer may take, by priority and length (Override page)."""
        seconds = transfer_seconds(self._config.override, entry.priority, entry.octets)
        return self._shared.clock.wall_seconds(seconds)

    def transferred(self, entry: QueueEntry, association: int, sent: Callable[[], None]) -> None:
        """Drop a message: the receiver has secured it. `sent` is called when that is kept."""
        store = self._shared.store
        steps = self._steps(entry, association, Action.TRANSFERRED, f"{entry.octets} octets")

        def dequeued() -> None:
            self._backlog.removed(entry)
            self._failures.pop(entry.id, None)
            sent()
            self._left()

        store.soon(lambda: store.dequeue(entry, *steps), dequeued)

    def put_back(self, entry: QueueEntry, association: int, reason: str) -> None:
        """Let a message wait again: it was not transferred, and not by a fault."""
        self._track_failure(entry, association, reason)
        self._backlog.put_back(entry)

    def failed(self, entry: QueueEntry, association: int, reason: str) -> None:
        """Let a message rest for the transfer interval, or give it up: its transfer failed."""
        self._track_failure(entry, association, reason)
        self._failures[entry.id] += 1
        override = self._config.override
        if self._failures[entry.id] > override.max_transfer_retries:
            self.give_up(entry, TRANSFER_RETRIES_USED_UP)
            return
        seconds = self._shared.clock.wall_seconds(override.transfer_interval)
        loop = asyncio.get_running_loop()
        self._resting[entry.id] = loop.call_later(seconds, self._rested, entry)

    def _rested(self, entry: QueueEntry) -> None:
        del self._resting[entry.id]
        self._backlog.put_back(entry, last=True)
        self._waits()

    def _track_failure(self, entry: QueueEntry, association: int, reason: str) -> None:
        store = self._shared.store
        steps = self._steps(entry, association, Action.NOT_TRANSFERRED, reason)
        store.when_possible(lambda: store.tracking.add(*steps))

    def _steps(
        self, entry: QueueEntry, association: int, action: Action, detail: str
    ) -> list[TrackingEntry]:
        """The steps of a transfer that has ended: that it began, and how it ended."""
        name, identifier = self._config.name, entry.mts_identifier
        return [
            TrackingEntry(time, identifier, each, name, association, detail=text)
            for time, each, text in (
                (self._backlog.held_since(entry), Action.TRIED, ""),
                (self._shared.clock.now(), action, detail),
            )
        ]

    # For whoever decides about a message that waits

    def holds(self, entry: QueueEntry) -> bool:
        """Whether a message is in hand."""
        return self._backlog.holds(entry)

    def hold(self, entry: QueueEntry) -> None:
        """Take a message in hand, so that no association does, until it is let go."""
        self._backlog.hold(entry, self._shared.clock.now())

    def let_go(self, entry: QueueEntry, *, gone: bool) -> None:
        """Let a message wait again, or take note that it is `gone` from the queue."""
        if gone:
            self._failures.pop(entry.id, None)
            self._backlog.removed(entry)
            self._left()
        else:
            self._backlog.put_back(entry)
            self._waits()

    def give_up(self, entry: QueueEntry, why: NotDelivered) -> None:
        """Report a queued message undelivered, and drop it (reports.py has reasons)."""
        self.hold(entry)

        def gone() -> None:
            self.let_go(entry, gone=True)

        self._shared.dispatcher.give_up(entry, self._config.name, why, gone)

    def close(self) -> None:
        """Let nothing wait again."""
        for timer in self._resting.values():
            timer.cancel()
        self._resting.clear()
