"""What waits for a time: deferred messages, and queue entries that will expire."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.mta.log.status import DeferredStatus
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.store import Store
from mta_emu.mts.fields import Priority

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def defer(store: Store, name: str, until: datetime) -> Deferred:
    message = store.contents.keep(b"content")
    deferred = Deferred(message, b"head", 11, 7, "C", 3, NOON, until, name)
    store.deferred.add(deferred)
    return deferred


def test_the_longest_due_goes_on_first_and_what_is_not_due_waits(store: Store) -> None:
    late, early = defer(store, "late", NOON + 2 * HOUR), defer(store, "early", NOON + HOUR)
    defer(store, "never", NOON + 9 * HOUR)
    assert store.deferred.next_due() == NOON + HOUR
    assert store.deferred.due(NOON + HOUR) is None  # until then, not at then
    assert store.deferred.due(NOON + 3 * HOUR) == early
    store.deferred.remove(early)
    assert store.deferred.due(NOON + 3 * HOUR) == late


def test_each_is_let_go_of_once(store: Store) -> None:
    deferred = defer(store, "A-1", NOON + HOUR)
    assert store.deferred.status() == DeferredStatus(1, "2026-01-01T13:00:00+00:00")
    assert store.deferred.find("A-1") == deferred
    assert store.deferred.remove(deferred) is True
    assert store.deferred.remove(deferred) is False
    assert store.deferred.find("A-1") is None
    assert store.deferred.status() == DeferredStatus(0, None)


def test_a_deferred_message_has_come_whole(tmp_path: Path) -> None:
    deferred = defer(Store.open(tmp_path), "A-1", NOON + HOUR)
    again = Store.open(tmp_path)  # without a goodbye
    assert again.deferred.find("A-1") == deferred
    assert again.contents.read(deferred.message, 0, 9) == b"content"


def test_entries_expire_in_whatever_queue_they_are(store: Store) -> None:
    assert store.expiring.next_due() is None
    for connector, expires in (("C", NOON + HOUR), ("D", NOON), ("E", None)):
        copy = QueuedCopy(connector, Priority.NORMAL, b"e", expires=expires)
        store.groups.add(copy, store.contents.keep(b"x"), "")
    assert store.expiring.next_due() == NOON
    assert list(store.expiring.due(NOON)) == []
    ((connector, entry),) = store.expiring.due(NOON + HOUR)
    assert (connector, [entry]) == ("D", [*store.queues.waiting("D")])
    assert [name for name, _ in store.expiring.due(NOON + 2 * HOUR)] == ["D", "C"]


def test_entries_may_go_while_those_that_expired_are_read(store: Store) -> None:
    """Also those that expire at the same time."""
    for number in range(6):
        copy = QueuedCopy("C", Priority.NORMAL, b"%d" % number, expires=NOON + HOUR * (number // 3))
        store.groups.add(copy, store.contents.keep(b"x"), "")
    read = []
    for _, entry in store.expiring.due(NOON + 9 * HOUR):
        read.append(entry.envelope)
        store.queues.remove(entry)
    assert read == [b"0", b"1", b"2", b"3", b"4", b"5"]
