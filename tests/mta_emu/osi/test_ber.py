"""BER: lengths that lie are found before anybody believes them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

primitives = st.binary(max_size=300).map(lambda octets: ber.tlv(b"\x04", octets))
values = st.recursive(
    primitives,
    lambda inner: st.lists(inner, max_size=4).map(lambda v: ber.tlv(b"\x30", b"".join(v))),
    max_leaves=8,
)


def indefinite(value: bytes) -> bytes:
    """The same value with every constructed length in the indefinite form."""
    identifier, length, start = ber.header(value)
    assert length is not None
    if not identifier[0] & 0x20:
        return value
    inner = b"".join(map(indefinite, ber.elements(value[start : start + length])))
    return identifier + b"\x80" + inner + b"\x00\x00"


@given(values)
def test_definite_values_stay_as_they_are(value: bytes) -> None:
    assert ber.definite(value) == value


@given(values)
def test_indefinite_forms_become_definite(value: bytes) -> None:
    assert ber.definite(indefinite(value)) == value


@given(values, st.binary(max_size=5))
def test_first_tells_where_the_value_ends(value: bytes, rest: bytes) -> None:
    assert ber.first(value + rest) == (value, len(value))


@given(values, st.booleans(), st.binary(max_size=5), st.integers(1, 9))
def test_the_end_is_found_while_a_value_comes(
    value: bytes, endless: bool, rest: bytes, size: int
) -> None:
    whole = indefinite(value) if endless else value
    finder = ber.EndFinder()
    for come in range(0, len(whole), size):
        with pytest.raises(ber.Incomplete):
            finder.find(whole[:come])
    assert finder.find(whole + rest) == len(whole)


@given(st.binary(max_size=60))
def test_an_end_is_found_where_there_is_one(octets: bytes) -> None:
    try:
        end = ber.first(octets)[1]
    except ProtocolError:
        with pytest.raises(ProtocolError):
            ber.EndFinder().find(octets)
    else:
        assert ber.EndFinder().find(octets) == end


@given(values, st.booleans())
def test_values_are_taken_apart_as_they_are(value: bytes, endless: bool) -> None:
    whole = ber.tlv(b"\x30", value * 2)
    whole = indefinite(whole) if endless else whole
    parts = ber.elements(ber.contents(whole))
    assert parts == [indefinite(value) if endless else value] * 2


@given(st.binary(max_size=60))
def test_whatever_comes_is_a_value_or_a_protocol_error(octets: bytes) -> None:
    try:
        value = ber.definite(octets)
    except ProtocolError:
        return
    assert ber.definite(value) == value


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("", "cut off"),
        ("04", "cut off"),
        ("0405 0000", "5 octets, 2 are there"),
        ("3003 0405 00", "5 octets, 1 are there"),  # an inner length beyond the outer one
        ("3080 0400", "does not end"),
        ("0480 00", "indefinite length"),  # a primitive without a length
        ("0484 80000000", "octets, 0 are there"),  # 2**31
        ("0488 8000000000000000", "at most 4"),  # 2**63
        ("1f8181818181 00", "tag is longer"),
    ],
)
def test_lies_are_found(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        ber.definite(bytes.fromhex(octets))


def test_long_form_zero_is_a_length() -> None:
    assert ber.definite(bytes.fromhex("048100")) == bytes.fromhex("048100")
    assert ber.header(bytes.fromhex("048500000000 02")) == (b"\x04", 2, 7)


@pytest.mark.parametrize("opening", [b"\x30\x80", b"\x24\x80"])
def test_nesting_ends(opening: bytes) -> None:
    deepest = opening * (ber.MAX_DEPTH - 1) + b"\x04\x00" + b"\x00\x00" * (ber.MAX_DEPTH - 1)
    assert ber.definite(deepest)
    with pytest.raises(ProtocolError, match="nest deeper than 64"):
        ber.definite(opening * 100_000)


def test_what_may_still_come_is_told_from_what_is_wrong() -> None:
    with pytest.raises(ber.Incomplete):
        ber.first(bytes.fromhex("3005 0401"))
    with pytest.raises(ProtocolError) as error:
        ber.first(bytes.fromhex("3003 0405 00"))
    assert not isinstance(error.value, ber.Incomplete)


#: An OCTET STRING of any form: the contents, and the octets.
strings = st.recursive(
    st.binary(max_size=200).map(lambda octets: (octets, ber.tlv(b"\x04", octets))),
    lambda inner: st.tuples(st.lists(inner, max_size=4), st.booleans()).map(
        lambda made: (
            b"".join(contents for contents, _ in made[0]),
            _constructed(b"".join(octets for _, octets in made[0]), definite=made[1]),
        )
    ),
    max_leaves=8,
)


def _constructed(pieces: bytes, *, definite: bool) -> bytes:
    return ber.tlv(b"\x24", pieces) if definite else b"\x24\x80" + pieces + b"\x00\x00"


@given(strings, st.integers(1, 50), st.binary(max_size=5))
def test_a_string_of_any_form_may_come_in_pieces(
    string: tuple[bytes, bytes], size: int, behind: bytes
) -> None:
    contents, octets = string
    reader, found = ber.StringReader(), b""
    for start in range(0, len(octets), size):
        assert not reader.complete
        found += reader.feed(octets[start : start + size])
    assert (found, reader.complete) == (contents, True)
    assert reader.feed(behind) == b""
    assert reader.rest == behind
    whole = ber.StringReader()
    assert whole.feed(octets + behind) == contents
    assert whole.rest == behind


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("0500", "0x05 where an OCTET STRING"),
        ("2403 0402", "goes beyond the value around it"),
        ("2480 0500", "0x05 where an OCTET STRING"),
        ("0000", "0x00 where an OCTET STRING"),
        ("2480" * 70, "nest deeper than 64"),
    ],
)
def test_what_is_no_string(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        ber.StringReader().feed(bytes.fromhex(octets))


@pytest.mark.parametrize(
    ("octets", "retagged"),
    [("30 02 0500", "a0 02 0500"), ("3080 0500 0000", "a0 02 0500"), ("a080 0500 0000", None)],
)
def test_a_value_gets_another_tag_or_stays_as_it_is(octets: str, retagged: str | None) -> None:
    wanted = bytes.fromhex(retagged or octets)
    assert ber.retagged(b"\xa0", bytes.fromhex(octets)) == wanted
