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
    (group,) = store.groups.of(connector)
    return group


def entry_of(store: Store, group: QueueGroup) -> QueueEntry:
    (entry,) = store.groups.entries(group)
    return entry


def test_tries_count_from_the_moment_a_message_is_queued(store: Store) -> None:
    store.groups.note_failed_open("ONE")
    queue(store, "ONE")
    store.groups.note_failed_open("ONE")
    store.groups.note_failed_open("ONE")
    group = only_way(store, "ONE")
    assert (group.came_by, dict(group.tries), group.reroutes) == ("INBOUND", {"ONE": 2}, 0)


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
    for entry in store.groups.entries(group):
        assert only_way(store, "ONE") == group
        store.dequeue(entry)
    assert list(store.groups.of("ONE")) == []


def test_copies_that_are_routed_alike_are_one_group_and_others_another(store: Store) -> None:
    queue(store, "ONE")
    queue(store, "ONE")
    message = store.contents.keep(b"x")
    store.groups.add(QueuedCopy("ONE", Priority.NORMAL, b"e", routing_facts="f"), message, "")
    alike, other = store.groups.of("ONE")
    assert len([*store.groups.entries(alike)]) == 2
    assert (other.routing_facts, other.came_by) == ("f", "")


def test_what_moves_keeps_its_latest_delivery_time(store: Store) -> None:
    copy = QueuedCopy("ONE", Priority.NORMAL, b"e", expires=NOW)
    store.groups.add(copy, store.contents.keep(b"x"), "")
    group = only_way(store, "ONE")
    moved = QueuedCopy("TWO", Priority.NORMAL, b"e")
    store.groups.move(entry_of(store, group), group, [moved], None)
    assert store.expiring.next_due() == NOW


def test_groups_and_entries_may_go_while_they_are_read(store: Store) -> None:
    for facts in ("f", "f", "g"):
        message = store.contents.keep(b"x")
        store.groups.add(QueuedCopy("ONE", Priority.NORMAL, b"e", routing_facts=facts), message, "")
    read = []
    for group in store.groups.of("ONE"):
        for entry in store.groups.entries(group):
            read.append(group.routing_facts)
            store.dequeue(entry)
    assert read == ["f", "f", "g"]
