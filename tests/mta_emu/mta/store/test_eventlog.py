"""The event log: what is kept of it, and what of it is read."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.mta.log.events import EventFilter, event
from mta_emu.mta.store.eventlog import EventLog
from mta_emu.mta.store.store import Store

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> EventLog:
    return Store.open(tmp_path).events


def test_a_line_comes_back_as_it_was_added(log: EventLog) -> None:
    logged = replace(event(289, dn="X"), reason="because")
    assert log.add(logged, NOON, "C") == 1
    (line,) = log.read()
    assert (line.number, line.time, line.event, line.connector) == (1, NOON, logged, "C")


def test_only_what_is_wanted_is_read_oldest_first(log: EventLog) -> None:
    for minute, number in enumerate((289, 9156, 289)):
        log.add(event(number, dn="X", count=1), NOON + timedelta(minutes=minute), f"C{minute}")
    wanted = EventFilter(ids=frozenset({289}))
    assert [line.connector for line in log.read(wanted)] == ["C0", "C2"]
    assert [line.connector for line in log.read(wanted, after=1)] == ["C2"]


def test_a_repeat_takes_the_place_of_its_line(log: EventLog) -> None:
    number = log.add(event(289, dn="X"), NOON)
    again = replace(event(289, dn="Y"), repeats=12)
    assert log.repeat(number, again, NOON + timedelta(1))
    (line,) = log.read()
    assert (line.number, line.event, line.time) == (number, again, NOON + timedelta(1))
    assert not log.repeat(number + 1, again, NOON)


def test_the_oldest_events_are_overwritten_as_needed(tmp_path: Path) -> None:
    store = Store.open(tmp_path, "A", 10 << 10)
    for number in range(1000):
        store.events.add(event(9156, count=number), NOON, "C")
    left = list(store.events.read())
    assert "count is 999." in left[-1].event.text
    assert [each.number for each in left] == list(range(1001 - len(left), 1001))
    texts = [map(str, (*vars(each.event).values(),)[1:-1]) for each in left]
    octets = sum(56 + sum(map(len, each)) + 1 for each in texts)
    assert 10 << 10 <= octets < (10 << 10) + 400
    store.close()
    again = Store.open(tmp_path, "A", 1 << 10)  # somebody made it smaller
    again.events.add(event(9156, count=1), NOON, "C")
    assert 2 <= len(list(again.events.read())) <= 5
    assert list(again.events.read(after=1000))  # numbers go on
