"""Connectors' queues: what leaves next, and what of a message is left."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.conversion import Conversion
from mta_emu.mts.fields import Priority

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NORMAL, URGENT, SLOW = Priority.NORMAL, Priority.URGENT, Priority.NON_URGENT


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def put(store: Store, name: str, priority: Priority = NORMAL, connector: str = "C") -> int:
    message = store.contents.keep(b"content")
    store.contents.complete(message, 7, name)
    store.groups.add(QueuedCopy(connector, priority, name.encode()), message, "")
    return message


def waiting(store: Store, *priorities: Priority) -> list[str]:
    chosen = priorities or tuple(Priority)
    return [entry.mts_identifier for entry in store.queues.waiting("C", chosen)]


@given(st.lists(st.sampled_from(Priority), max_size=8))
def test_priority_then_age(
    tmp_path_factory: pytest.TempPathFactory, priorities: list[Priority]
) -> None:
    store = Store.open(tmp_path_factory.mktemp("store"))
    for number, priority in enumerate(priorities):
        put(store, f"{number}", priority)
    in_order = sorted(
        range(len(priorities)), key=lambda number: [URGENT, NORMAL, SLOW].index(priorities[number])
    )
    assert waiting(store) == [f"{number}" for number in in_order]
    assert store.queues.lengths() == ({"C": len(priorities)} if priorities else {})
    assert store.queues.urgent("C") == priorities.count(URGENT)
    store.close()


def test_only_the_priorities_and_the_connector_that_are_asked_for(store: Store) -> None:
    for name, priority in (("slow", SLOW), ("normal", NORMAL), ("urgent", URGENT)):
        put(store, name, priority)
    put(store, "elsewhere", connector="D")
    assert waiting(store, NORMAL, SLOW) == ["normal", "slow"]
    assert waiting(store, URGENT) == ["urgent"]
    assert store.queues.lengths() == {"C": 3, "D": 1}


def test_a_message_is_nobodys_once_its_last_copy_has_left(store: Store) -> None:
    message = put(store, "A-1")
    store.groups.add(QueuedCopy("D", NORMAL, b"e"), message, "IN")
    (here,), (there,) = store.queues.waiting("C"), store.queues.waiting("D")
    assert (store.queues.came_by(here), store.queues.came_by(there)) == ("", "IN")
    assert store.queues.remove(here) is False
    assert store.queues.remove(there) is True
    assert store.queues.lengths() == {}


def test_an_entry_is_as_long_as_what_leaves(store: Store) -> None:
    conversion = Conversion(word_wrap=77)
    message = store.contents.keep(b"content")
    store.contents.complete(message, 7, "A-1")
    copy = QueuedCopy("C", NORMAL, b"envelope", conversion=conversion, content_length=9)
    store.groups.add(copy, message, "")
    (entry,) = store.queues.waiting("C")
    assert entry == QueueEntry(entry.id, message, "A-1", NORMAL, b"envelope", 9, 7, conversion)
    assert entry.octets == len(message_prefix(b"envelope", 9)) + 9
