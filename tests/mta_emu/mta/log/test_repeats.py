"""Events in a flood: ten single ones, then counted."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.log.repeats import Repeats, is_published

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_ten_stand_for_themselves_and_then_repeats_are_counted() -> None:
    repeats = Repeats()
    numbers = [repeats.number((9156, ""), NOON + timedelta(seconds=n)) for n in range(15)]
    assert numbers == [0] * 10 + [1, 2, 3, 4, 5]
    assert repeats.number((9156, "OTHER"), NOON) == 0
    assert repeats.number((51, ""), NOON) == 0


def test_what_comes_from_time_to_time_is_no_flood() -> None:
    """144 tries, one every open interval of 600 s (Q157630)."""
    repeats = Repeats()
    assert {repeats.number((289, "C"), NOON + timedelta(seconds=600 * n)) for n in range(144)} == {
        0
    }


def test_a_flood_that_is_over_is_forgotten() -> None:
    repeats = Repeats()
    for _ in range(100):
        repeats.number((9156, ""), NOON)
    assert repeats.number((9156, ""), NOON + timedelta(seconds=61)) == 0


@given(st.lists(st.integers(0, 120), max_size=60))
def test_in_a_row_the_first_ten_are_single_and_the_others_numbered(gaps: list[int]) -> None:
    repeats, now, place = Repeats(), NOON, 0
    for gap in gaps:
        now += timedelta(seconds=gap)
        place = 1 if gap > 60 else place + 1
        assert repeats.number((1, ""), now) == max(place - 10, 0)


def test_ever_fewer_repeats_are_told() -> None:
    assert [number for number in range(20) if is_published(number)] == [0, 1, 2, 4, 8, 16]
