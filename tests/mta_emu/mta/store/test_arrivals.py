"""Whom each message has come for before."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mta_emu.mta.store import arrivals as arrivals_module
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


def test_what_was_undone_has_not_come_since(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    arrivals = store.arrivals
    before = arrivals.last("A-1")
    assert not arrivals.come_since(before, "A-1")
    with suppress(ZeroDivisionError), store.transaction():
        arrivals.add(NOW, "A-1", ["Smith"])
        assert arrivals.come_since(before, "A-1")
        raise ZeroDivisionError
    assert not arrivals.come_since(before, "A-1")
    arrivals.add(NOW, "A-1", ["Smith"])
    assert arrivals.come_since(before, "A-1")
    assert not arrivals.come_since(arrivals.last("A-1"), "A-1")


def test_it_is_found_out_also_when_many_others_were_asked_about_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals_module, "_MOST_ASKED", 2)
    arrivals = Store.open(tmp_path).arrivals
    before = arrivals.last("A-1")
    for other in ("A-2", "A-3", "A-4"):
        arrivals.last(other)
    assert not arrivals.come_since(before, "A-1")
    arrivals.add(NOW, "A-1", ["Smith"])
    assert arrivals.come_since(before, "A-1")
