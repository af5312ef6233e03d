"""A connector's queue as its associations see it: what waits in each lane, what is in hand.

Urgent mail has a lane of its own, and reports, which have no priority, are urgent (Q215472).
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime
from functools import partial

from mta_emu.mta.policy.calling import ANY_LANE, Lane
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.fields import Priority


class Backlog:
    """The queue of one connector."""

    def __init__(self, store: Store, connector: str, queued: int) -> None:
        """Begin with the `queued` messages that the store has for `connector`."""
        self._store = store
        self._connector = connector
        urgent = store.queues.urgent(connector) if queued else 0
        self._queued = Counter({Lane.URGENT: urgent, Lane.ORDINARY: queued - urgent})
        self._in_hand: dict[int, tuple[QueueEntry, datetime]] = {}  # and since when
        self._last: set[int] = set()  # entries that go after all others

    @property
    def total(self) -> int:
        """How many messages are queued, in hand or not."""
        return self._queued.total()

    def queued(self, lane: Lane) -> int:
        """How many messages of a lane are queued, in hand or not."""
        return self._queued[lane]

    def waiting(self, lanes: Collection[Lane] = ANY_LANE) -> int:
        """How many messages of these lanes no association has in hand."""
        held = sum(Lane.of(entry.priority) in lanes for entry, _ in self._in_hand.values())
        return sum(self._queued[lane] for lane in lanes) - held

    def added(self, priority: Priority) -> None:
        """Take note of another message in the store."""
        self._queued[Lane.of(priority)] += 1

    def next(self, lanes: Collection[Lane]) -> QueueEntry | None:
        """The next message of these lanes; None when none waits.

        One whose transfer has failed goes after all others, so that it blocks nobody.
        """
        if not self.waiting(lanes):
            return None
        priorities = [priority for lane in lanes for priority in lane.value]
        waiting = partial(self._store.queues.waiting, self._connector, priorities)
        first = next(waiting(self._in_hand.keys() | self._last), None)
        return first or next(waiting(self._in_hand), None)

    def take(self, lanes: Collection[Lane], now: datetime) -> QueueEntry | None:
        """Take the next message of these lanes in hand; None when none waits."""
        entry = self.next(lanes)
        if entry:
            self.hold(entry, now)
        return entry

    def hold(self, entry: QueueEntry, now: datetime) -> None:
        """Take a message in hand."""
        self._in_hand[entry.id] = entry, now

    def holds(self, entry: QueueEntry) -> bool:
        """Whether a message is in hand."""
        return entry.id in self._in_hand

    def held_since(self, entry: QueueEntry) -> datetime:
        """Since when a message is in hand."""
        return self._in_hand[entry.id][1]

    def put_back(self, entry: QueueEntry, *, last: bool = False) -> None:
        """Let a message in hand wait again; `last`: behind all others."""
        del self._in_hand[entry.id]
        if last:
            self._last.add(entry.id)

    def removed(self, entry: QueueEntry) -> None:
        """Take note that a message in hand is no longer in the store."""
        del self._in_hand[entry.id]
        self._last.discard(entry.id)
        self._queued[Lane.of(entry.priority)] -= 1
