"""What waits in each lane, what is in hand, and who goes last."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from mta_emu.mta.connector.backlog import Backlog
from mta_emu.mta.policy.calling import ANY_LANE, Lane
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.fields import Priority

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URGENT, ORDINARY = Lane.URGENT, Lane.ORDINARY


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path, "A")


def put(store: Store, name: str, priority: Priority = Priority.NORMAL) -> None:
    store.complete(
        store.contents.keep(b"content"),
        TrackingEntry(NOW, name, Action.SUBMITTED),
        content_length=7,
        copies=[QueuedCopy("X", priority, b"envelope", [])],
        deliveries=[],
        arrivals=[],
    )


def backlog(store: Store, *names: str, urgent: tuple[str, ...] = ()) -> Backlog:
    for name in names:
        put(store, name)
    for name in urgent:
        put(store, name, Priority.URGENT)
    return Backlog(store, "X", len(names) + len(urgent))


def test_what_lies_in_the_store_is_counted_by_lane(store: Store) -> None:
    queue = backlog(store, "1", "2", urgent=("3",))
    assert (queue.total, queue.queued(ORDINARY), queue.queued(URGENT)) == (3, 2, 1)
    assert (queue.waiting(), queue.waiting((URGENT,))) == (3, 1)


def test_what_is_in_hand_waits_no_more_until_it_is_put_back(store: Store) -> None:
    queue = backlog(store, "1", "2", urgent=("3",))
    first = queue.take(ANY_LANE, NOW)
    assert first
    assert first.mts_identifier == "3"  # urgent mail leaves first
    assert queue.holds(first)
    assert queue.held_since(first) == NOW
    assert (queue.total, queue.waiting(), queue.waiting((URGENT,))) == (3, 2, 0)
    assert queue.take((URGENT,), NOW) is None
    queue.put_back(first)
    assert queue.waiting((URGENT,)) == 1
    assert queue.next(ANY_LANE) == first


def test_what_is_removed_counts_no_more(store: Store) -> None:
    queue = backlog(store, "1")
    entry = queue.take(ANY_LANE, NOW)
    assert entry
    queue.removed(entry)
    assert (queue.total, queue.waiting()) == (0, 0)


def test_what_failed_goes_behind_all_others(store: Store) -> None:
    """A message that cannot be sent blocks nobody, though it is the oldest."""
    queue = backlog(store, "1", "2")
    head = queue.take(ANY_LANE, NOW)
    assert head
    assert head.mts_identifier == "1"
    queue.put_back(head, last=True)
    second = queue.take(ANY_LANE, NOW)
    assert second
    assert second.mts_identifier == "2"
    again = queue.take(ANY_LANE, NOW)
    assert again == head  # when no other is left


def test_another_message_is_noted(store: Store) -> None:
    queue = backlog(store)
    assert queue.next(ANY_LANE) is None
    put(store, "1")
    queue.added(Priority.NON_URGENT)
    assert queue.waiting((ORDINARY,)) == 1
