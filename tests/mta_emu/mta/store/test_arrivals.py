"""Whom each message has come for before."""

from datetime import UTC, datetime
from pathlib import Path

from mta_emu.mta.store.store import Store

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_each_message_is_remembered_with_all_its_recipients(tmp_path: Path) -> None:
    arrivals = Store.open(tmp_path).arrivals
    assert arrivals.seen("A-1") == frozenset()
    arrivals.add(NOW, "A-1", ["Smith", "Jones"])
    arrivals.add(NOW, "A-1", ["Miller"])
    arrivals.add(NOW, "A-2", ["Smith"])
    assert arrivals.seen("A-1") == {"Smith", "Jones", "Miller"}
    again = Store.open(tmp_path).arrivals  # without a goodbye
    assert again.seen("A-2") == {"Smith"}


def test_each_time_that_it_comes_has_a_number(tmp_path: Path) -> None:
    arrivals = Store.open(tmp_path).arrivals
    assert arrivals.last("A-1") == 0
    arrivals.add(NOW, "A-1", ["Smith"])
    first = arrivals.last("A-1")
    arrivals.add(NOW, "A-2", ["Smith"])
    assert arrivals.last("A-1") == first
    arrivals.add(NOW, "A-1", ["Jones"])
    assert arrivals.last("A-1") > first > 0
