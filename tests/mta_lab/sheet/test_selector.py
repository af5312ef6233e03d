"""Text, hex and blank are three things, and left out is a fourth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_lab.sheet.selector import BLANK, Notation, SheetSelector

PRINTABLE = st.characters(min_codepoint=0x20, max_codepoint=0x7E)


@given(st.text(PRINTABLE, min_size=1, max_size=32))
def test_a_text_is_read_as_it_is_written(text: str) -> None:
    found = SheetSelector.parse(f"text:{text}")
    assert found == SheetSelector(Notation.TEXT, text.encode())
    assert str(found) == f"text:{text}"


@given(st.binary(min_size=1, max_size=32))
def test_hex_is_read_as_it_is_written(octets: bytes) -> None:
    found = SheetSelector.parse(f"hex:{octets.hex()}")
    assert found == SheetSelector(Notation.HEX, octets)
    assert str(found) == f"hex:{octets.hex()}"


def test_blank_has_no_octets() -> None:
    assert SheetSelector.parse("blank") == BLANK
    assert (str(BLANK), BLANK.octets) == ("blank", b"")


def test_text_and_hex_of_the_same_octets_are_not_equal_and_have_the_same_octets() -> None:
    text, digits = SheetSelector.parse("text:AB"), SheetSelector.parse("hex:4142")
    assert text != digits
    assert text.octets == digits.octets == b"AB"


def test_a_text_that_looks_like_hex_or_blank_is_text() -> None:
    assert SheetSelector.parse("text:0x41").octets == b"0x41"
    assert SheetSelector.parse("text:blank").octets == b"blank"
    assert SheetSelector.parse("text: ").octets == b" "


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "must be text:ABC"),
        ("ABC", "must be text:ABC"),
        ("0x4142", "must be text:ABC"),
        ("text:", "write blank"),
        ("hex:", "write blank"),
        ("hex:4", "pairs of hex digits, as hex:414243"),
        ("hex:zz", "pairs of hex digits"),
        ("text:é", "printable ASCII"),
        ("text:" + "A" * 33, "33 octets; at most 32"),
    ],
)
def test_what_is_none_of_them_is_refused(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        SheetSelector.parse(written)
