"""The tracking log: the way of one message, told from what is kept once for all."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, Failure, TrackingEntry, in_short

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    return NOON + timedelta(minutes=minute)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def told(steps: Sequence[TrackingEntry]) -> list[tuple[int, str]]:
    return [((step.time - NOON) // timedelta(minutes=1), step.what) for step in steps]


def fail(store: Store, minute: int, connector: str = "C", state: str = "refused") -> None:
    store.tracking.add_failure(Failure(at(minute), connector, minute, state, "why"))


def test_failures_are_told_with_the_messages_that_waited(store: Store) -> None:
    fail(store, 0)
    store.tracking.add(
        TrackingEntry(at(1), "A-1", Action.SUBMITTED),
        TrackingEntry(at(1), "A-1", Action.QUEUED, "C"),
    )
    fail(store, 2)
    fail(store, 3, "ELSEWHERE")
    fail(store, 4, state="unreachable")
    store.tracking.add(TrackingEntry(at(5), "A-1", Action.TRIED, "C", 7))
    store.tracking.add(TrackingEntry(at(6), "A-1", Action.TRANSFERRED, "C", 7))
    fail(store, 7)
    steps = store.tracking.follow("A-1")
    assert told(steps) == [
        (1, "submitted"),
        (1, "queued"),
        (2, "refused"),
        (4, "unreachable"),
        (5, "tried"),
        (6, "transferred"),
    ]
    assert steps[2] == TrackingEntry(at(2), "A-1", Action.REFUSED, "C", 2, detail="why")


def test_a_message_that_still_waits(store: Store) -> None:
    store.tracking.add(TrackingEntry(at(1), "A-1", Action.QUEUED, "C"))
    fail(store, 2)
    assert told(store.tracking.follow("A-1")) == [(1, "queued"), (2, "refused")]


def test_a_message_nobody_knows(store: Store) -> None:
    assert store.tracking.follow("A-1") == []


def test_identifiers_are_found_by_a_part_of_theirs(store: Store) -> None:
    store.tracking.add(
        *(TrackingEntry(NOON, name, Action.SUBMITTED) for name in ("A-1", "A-12", "B-1"))
    )
    assert store.tracking.find("A-1") == ["A-1"]  # and not the longer one
    assert sorted(store.tracking.find("-1")) == ["A-1", "A-12", "B-1"]
    assert store.tracking.find("12") == ["A-12"]
    assert store.tracking.find("C") == []


def entries(*details: str) -> list[TrackingEntry]:
    return [
        TrackingEntry(NOON, "A-1", Action.REPORTED, recipient=f"U{number}", detail=detail)
        for number, detail in enumerate(details)
    ]


def test_few_recipients_have_an_entry_each() -> None:
    few = entries(*["delivered", "not delivered"] * 25)
    assert [*in_short(few)] == few


def test_of_many_the_rest_have_one_for_each_detail() -> None:
    """Also when the details take turns."""
    many = entries(*["delivered", "not delivered"] * 1000)
    found = [*in_short(many)]
    assert found[:50] == many[:50]
    assert [(each.recipient, each.detail) for each in found[50:]] == [
        ("", "delivered; for 975 more recipients"),
        ("", "not delivered; for 975 more recipients"),
    ]


def test_many_details_have_one_together() -> None:
    many = entries(*(f"to V{number}" for number in range(1000)))
    *alone, rest = in_short(many)
    assert alone == many[:50]
    assert rest.detail == "for 950 more recipients"
