"""What the fields of a configuration file may hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.configuration.fields import (
    Slots,
    parse_selector,
    selector_text,
)


@pytest.mark.parametrize(
    ("text", "octets"),
    [("", b""), ("MTA", b"MTA"), ("0x4d5441", b"MTA"), ("0x", b""), ("0x00ff", b"\x00\xff")],
)
def test_a_selector_is_text_or_hex(text: str, octets: bytes) -> None:
    assert parse_selector(text) == octets


@pytest.mark.parametrize("text", ["0xzz", "0x123", "ä"])
def test_what_is_no_selector_says_what_is_one(text: str) -> None:
    with pytest.raises(ValueError, match="must be ASCII text, or pairs of hex digits after 0x"):
        parse_selector(text)


def test_a_selector_has_at_most_32_octets() -> None:
    assert len(parse_selector("x" * 32)) == 32
    with pytest.raises(ValueError, match="33 octets; at most 32 characters or 64 digits"):
        parse_selector("0x" + "00" * 33)


@given(st.binary(max_size=32))
def test_a_selector_is_read_as_it_was_written(octets: bytes) -> None:
    assert parse_selector(selector_text(octets)) == octets


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
