"""Groups of queue entries that are routed alike: what was tried for them, and where they go."""

from datetime import datetime
from pathlib import Path

import pytest

from mta_emu.mta.store.queuegroups import QueueGroup
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.fields import Priority

NOW = datetime(1999, 4, 26)
CAME = TrackingEntry(NOW, "[C=US;A= ;1]", Action.RECEIVED, "INBOUND")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path, "A")


def queue(store: Store, connector: str) -> None:
    message = store.contents.begin()
    copies = [QueuedCopy(connector, Priority.NORMAL, b"envelope")]
    store.complete(message, CAME, content_length=0, copies=copies, deliveries=[], arrivals=[])


def only_way(store: Store, connector: str) -> QueueGroup:
    (group,) = store.groups.of(connector, after=0, limit=10)
    return group


def entry_of(store: Store, group: QueueGroup) -> QueueEntry:
    (entry,) = store.groups.entries(group, after=0, limit=10)
    return entry


def test_tries_count_from_the_moment_a_message_is_queued(store: Store) -> None:
    store.groups.note_failed_open("ONE")
    queue(store, "ONE")
    store.groups.note_failed_open("ONE")
    store.groups.note_failed_open("ONE")
    group = only_way(store, "ONE")
    assert (group.came_by, dict(group.tries), group.reroutes) == ("INBOUND", {"ONE": 2}, 0)
    assert store.groups.exhausted("ONE", 3, limit=10) == []
    assert store.groups.exhausted("ONE", 2, limit=10) == [entry_of(store, group)]
    assert store.groups.of("ONE", after=group.id, limit=10) == []


def test_tries_travel_with_a_message_that_is_moved(store: Store) -> None:
    store.groups.note_failed_open("TWO")
    queue(store, "ONE")
    store.groups.note_failed_open("ONE")
    group = only_way(store, "ONE")
    moved = [QueuedCopy("TWO", Priority.NORMAL, b"moved")]
    store.move(entry_of(store, group), group, moved, None, [])
    assert store.queues.lengths() == {"TWO": 1}
    store.groups.note_failed_open("TWO")
    there = only_way(store, "TWO")
    entry = entry_of(store, there)
    assert dict(there.tries) == {"ONE": 1, "TWO": 1}
    assert (there.reroutes, there.came_by, entry.envelope) == (1, "INBOUND", b"moved")
    back = [QueuedCopy("ONE", Priority.NORMAL, b"back")]
    rest = QueuedCopy("TWO", Priority.NORMAL, b"rest", routing_facts="fewer")
    store.move(entry, there, back, rest, [])
    assert store.queues.lengths() == {"ONE": 1, "TWO": 1}
    assert dict(only_way(store, "ONE").tries) == {"ONE": 1, "TWO": 1}
    assert next(store.queues.waiting("TWO")).envelope == b"rest"
    left = only_way(store, "TWO")
    assert (left.routing_facts, left.reroutes, dict(left.tries)) == ("fewer", 1, there.tries)


def test_a_way_ends_with_the_last_message_that_goes_it(store: Store) -> None:
    queue(store, "ONE")
    queue(store, "ONE")
    group = only_way(store, "ONE")
    for entry in store.groups.entries(group, after=0, limit=10):
        assert only_way(store, "ONE") == group
        store.dequeue(entry)
    assert store.groups.of("ONE", after=0, limit=10) == []


def test_copies_that_are_routed_alike_are_one_group_and_others_another(store: Store) -> None:
    queue(store, "ONE")
    queue(store, "ONE")
    message = store.contents.keep(b"x")
    store.groups.add(QueuedCopy("ONE", Priority.NORMAL, b"e", routing_facts="f"), message, "")
    alike, other = store.groups.of("ONE", after=0, limit=10)
    assert len(store.groups.entries(alike, after=0, limit=10)) == 2
    assert (other.routing_facts, other.came_by) == ("f", "")
    assert [*store.groups.of("ONE", after=0, limit=1)] == [alike]


def test_what_moves_keeps_its_latest_delivery_time(store: Store) -> None:
    copy = QueuedCopy("ONE", Priority.NORMAL, b"e", expires=NOW)
    store.groups.add(copy, store.contents.keep(b"x"), "")
    group = only_way(store, "ONE")
    moved = QueuedCopy("TWO", Priority.NORMAL, b"e")
    store.groups.move(entry_of(store, group), group, [moved], None)
    assert store.expiring.next_due() == NOW
