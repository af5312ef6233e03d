"""Numbers that are given once and never again."""

from pathlib import Path

import pytest

from mta_emu.mta.store.database import Database, UnavailableError
from mta_emu.mta.store.numbers import Numbers
from mta_emu.mta.store.store import Store


def test_numbers_are_never_given_twice(tmp_path: Path) -> None:
    numbers = []
    for _ in range(3):  # without a goodbye
        store = Store.open(tmp_path)
        numbers += [store.numbers.next() for _ in range(1500)]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers)


def test_what_is_given_back_is_given_next(tmp_path: Path) -> None:
    numbers = Store.open(tmp_path).numbers
    first = numbers.next()
    numbers.give_back(first)
    assert [numbers.next(), numbers.next()] == [first, first + 1]


def test_numbers_that_were_given_back_very_often_are_still_given(tmp_path: Path) -> None:
    """As by an MTA that only receives: it takes a number for each report that it need not make."""
    numbers = Store.open(tmp_path).numbers
    for _ in range(300_000):
        numbers.give_back(numbers.next())
    assert [numbers.next() for _ in range(3)] == [1, 2, 3]


def test_no_number_leaves_before_its_reservation_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database.open(tmp_path)
    numbers = Numbers(database)

    def fail() -> None:
        raise UnavailableError("Input/output error")

    monkeypatch.setattr(database, "secure_now", fail)
    with pytest.raises(UnavailableError):
        numbers.next()
    monkeypatch.undo()
    assert numbers.next() == 1001  # those that were reserved in vain stay unused
