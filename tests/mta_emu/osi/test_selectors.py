"""Selectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.selectors import Selectors, parse_selector, selector_text


def test_none_is_given_unless_it_is_said() -> None:
    assert Selectors() == Selectors(presentation=b"", session=b"", transport=b"")


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
