"""What the fields of a configuration file may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.configuration.fields import Slots


def test_slots_of_a_day() -> None:
    assert Slots.parse("08:00-12:15") == Slots(480, 735)
    assert str(Slots.parse("00:00-24:00")) == "00:00-24:00"


@pytest.mark.parametrize(
    "text", ["8:00-9:00", "08:00", "09:00-08:00", "08:00-08:00", "08:60-09:00", "23:00-24:15"]
)
def test_what_are_no_slots(text: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Slots.parse(text)


@given(st.integers(0, 1439), st.integers(1, 1440))
def test_slots_are_read_as_they_were_written(start: int, end: int) -> None:
    if start < end:
        assert Slots.parse(str(Slots(start, end))) == Slots(start, end)
