"""BER values of a content where it lies."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import values
from mta_emu.mts.values import Value, Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

#: [0] { SET { 5, OCTET STRING in two segments }, NULL }; the second time in indefinite form
DEFINITE = bytes.fromhex("a00f 310b 020105 2406 040161 040162 0500")
LOOSE = bytes.fromhex("a080 3180 020105 2480 040161 040162 0000 0000 0500 0000")


@pytest.mark.parametrize("octets", [DEFINITE, LOOSE])
def test_values_are_found(octets: bytes) -> None:
    found = Values.of(octets)
    whole = found.whole()
    assert whole.whole == range(len(octets))
    first, second = found.inside(whole)
    assert (first.identifier, second.identifier) == (b"\x31", b"\x05")
    number, string = found.inside(first)
    assert found.octets(number) == bytes.fromhex("020105")
    assert found.read(number.contents) == b"\5"
    assert found.string(string) == found.short_string(string) == b"ab"
    assert found.find(whole, b"\x31", b"\x24") == string
    assert found.find(whole, b"\x31", b"\x24", b"\x05") is None
    assert found.find(whole, b"\x30", b"\x05") is None
    assert (number.constructed, string.constructed) == (False, True)


def test_the_octets_of_what_lies_elsewhere_stay_there() -> None:
    found = Values(lambda at, size: DEFINITE[at : at + size], len(DEFINITE))
    string = found.find(found.whole(), b"\x31", b"\x24")
    assert string
    assert found.string(string) == (range(11, 12), range(14, 15))


@pytest.mark.parametrize(
    ("octets", "complaint"),
    [
        ("", "cut off"),
        ("30", "cut off"),
        ("3001", "goes beyond"),
        ("3003 0402 00", "goes beyond"),
        ("3080 0500", "does not end"),
        ("3080", "does not end"),
    ],
)
def test_what_is_wrong_is_told(octets: str, complaint: str) -> None:
    found = Values.of(bytes.fromhex(octets))
    with pytest.raises(ProtocolError, match=complaint):
        list(found.inside(found.whole()))


def test_no_more_headers_are_read_than_the_bound() -> None:
    found = Values.of(ber.tlv(b"\x30", b"\5\0" * values.MAX_HEADERS))
    with pytest.raises(ProtocolError, match="more than 25000 values"):
        list(found.inside(found.whole()))


def test_of_what_lies_elsewhere_no_long_value_is_read() -> None:
    long = ber.tlv(b"\x04", bytes(values.MAX_OCTETS))
    assert Values.of(long).octets(Values.of(long).whole()) == long  # it is here already
    found = Values(lambda at, size: long[at : at + size], len(long))
    with pytest.raises(ProtocolError, match="more than 8388608 octets are not looked into"):
        found.octets(found.whole())


def test_strings_do_not_nest_for_ever() -> None:
    octets = b"\4\0"
    for _ in range(200):
        octets = ber.tlv(b"\x24", octets)
    found = Values.of(octets)
    with pytest.raises(ProtocolError, match="nests deeper"):
        found.string(found.whole())


def walk(found: Values, value: Value) -> None:
    if value.constructed:
        for each in found.inside(value):
            walk(found, each)


@given(st.binary(max_size=60))
def test_whatever_comes_has_values_or_is_wrong(octets: bytes) -> None:
    for content in (octets, b"\x30\x80" + octets, ber.tlv(b"\x30", octets)):
        found = Values.of(content)
        with suppress(ProtocolError):
            walk(found, found.whole())
