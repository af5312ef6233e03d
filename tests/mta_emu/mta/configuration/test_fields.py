"""What the fields of a configuration file may hold."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.configuration.fields import (
    Slots,
    Text,
    parse_host,
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


def test_a_host_is_an_address_or_a_name() -> None:
    assert parse_host("192.0.2.1") == IPv4Address("192.0.2.1")
    assert parse_host("mail.example") == "mail.example"


@pytest.mark.parametrize("text", ["300.1.1.1", "1.2.3", "..."])
def test_digits_and_dots_are_meant_as_an_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be an IPv4 address, as 192\.0\.2\.1"):
        parse_host(text)


@pytest.mark.parametrize("text", ["a b", "-x", "x-", "", "ä.example"])
def test_what_is_no_host_name(text: str) -> None:
    with pytest.raises(ValueError, match="must be a host name"):
        parse_host(text)


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


def test_text_is_bounded_and_says_what_is_allowed() -> None:
    text = Text(r"[a-z]+", "small letters", 3)
    assert text.check("abc") == "abc"
    with pytest.raises(ValueError, match="has 4 characters; at most 3"):
        text.check("abcd")
    with pytest.raises(ValueError, match="must be small letters"):
        text.check("A")
