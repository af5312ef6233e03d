"""Text of several character sets, ISO 2022."""
# ruff: noqa: RUF001, letters that look alike are meant

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.charactersets import ASCII, LATIN_1, SETS, UNKNOWN
from mta_emu.mts.iso2022 import changes, decode, designation, encode, name_of, names
from tests.scaling import assert_linear


@pytest.mark.parametrize(
    ("octets", "text", "sets"),
    [
        ("1b2d46 cae1ebe7ecddf1e1", "Καλημέρα", "ISO 8859-7"),
        ("1b2d4c bfe0d8d2d5e2", "Привет", "ISO 8859-5"),
        ("1b2d62 31303020a4", "100 €", "ISO 8859-15"),
        ("1b2d52 436166c265", "Café", "ISO 6937"),
        # ESC ( B, LS0 in front, as MAILbus 400 sends it
        ("1b2842 0f 4772fcdf65", "Grüße", "ASCII"),
        # To the left, and back to ASCII
        ("1b2442 467c4b5c 1b2842 61", "日本a", "JIS X 0208, ASCII"),
        # G1 by SO and SI, as in ISO-2022-KR
        ("1b242943 0e 3021 0f 61", "가a", "KS C 5601"),
        ("1b242941 d6d0", "中", "GB 2312"),
        # G2 by LS2R; one character of G2 by SS2
        ("1b2e46 1b7d e1", "α", "ISO 8859-7"),
        ("1b2e46 1b4e 61 61", "αa", "ISO 8859-7"),
        ("1b2e46 8e 61 61", "αa", "ISO 8859-7"),
        ("1b2f46 1b4f 61 61", "αa", "ISO 8859-7"),
        ("1b2d46 1b6e 1b7e e1", "α", "ISO 8859-7"),
        # ESC ( K: German, to the left
        ("1b284b 47727d7e65", "Grüße", "ISO 646 DE"),
        # UTF-8 and back
        ("1b2547 e282ac 1b2540 41", "€A", ""),
        # C0 and C1 sets, and a revision number, say nothing about letters
        ("1b2140 1b2243 1b2640 41", "A", ""),
        # no escape sequences of ISO 2022: kept, they are somebody's text
        ("41 1b5b316d", "A\x1b[1m", ""),
        ("41 1b", "A\x1b", ""),
        ("", "", ""),
    ],
)
def test_reading(octets: str, text: str, sets: str) -> None:
    found = decode(bytes.fromhex(octets))
    assert (found.text, names(found.sets)) == (text, sets)
    assert found.unread == ()


def test_a_set_that_is_not_known_is_named_and_its_octets_are_shown() -> None:
    found = decode(bytes.fromhex("41 1b242947 b0b1 0a 41"))
    assert found.text == "A(0x3031)\nA"
    assert found.unread == ("the set of ESC 24 29 47",)


def test_changes_are_counted() -> None:
    assert changes(bytes.fromhex("41 1b2d46 0e 61 0f 8e 61 8f 61")) == 5


def test_octets_without_a_meaning() -> None:
    assert decode(bytes.fromhex("1b2d46 ff")).text == UNKNOWN


def test_marks_stand_before_their_letter() -> None:
    sets = SETS[102], SETS[103]
    assert decode(b"\xc2e\xc8\xcbc", *sets).text == "é\xe7\u0308"
    assert decode(b"\xc2 \xc8", *sets).text == "´"  # a mark alone, and one without anything
    assert encode("´", *sets).octets == b"\xc2 "


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("Hi", "4869"),
        ("Grüße", "4772fcdf65"),
        ("α", "1b2d46 e1"),
        ("α日é", "1b2d46 e1 1b242942 c6fc 1b2d41 e9"),
    ],
)
def test_writing(text: str, octets: str) -> None:
    assert encode(text, ASCII, LATIN_1, tuple(SETS.values())).octets == bytes.fromhex(octets)


def test_what_no_set_has_is_named() -> None:
    with pytest.raises(UnicodeEncodeError, match=r"'\\u05d0'.* not in ASCII"):
        encode("aא", ASCII, LATIN_1, (SETS[126],))


def test_designations() -> None:
    assert designation(SETS[6]) == b"\x1b(B"
    assert designation(SETS[21]) == b"\x1b(K"
    assert designation(SETS[100]) == b"\x1b-A"
    assert designation(SETS[103]) == b"\x1b)v"
    assert designation(SETS[149]) == b"\x1b$)C"


def test_names() -> None:
    assert name_of(126) == "ISO 8859-7"
    assert name_of(171) == "registered set 171"


LETTERS = "aZ 0\n~{éüßĄŻαΩЖшאش€日本가中ｱ"


@given(st.text(st.sampled_from(LETTERS), max_size=40))
def test_what_is_written_is_read(text: str) -> None:
    written = encode(text, ASCII, LATIN_1, tuple(SETS.values()))
    assert decode(written.octets).text == text


@given(st.binary(max_size=60) | st.lists(st.sampled_from(b"\x1b$()-.~}noNO\x0e\x0fBFAa\xe1")))
def test_anything_is_read(octets: bytes | list[int]) -> None:
    assert isinstance(decode(bytes(octets)).text, str)


@pytest.mark.parametrize(
    "part", ["1b2d46ca", "1b242942c6fc", "c6", "1b242947b0", "c2", "1b4e61", "1b2547e2"]
)
def test_reading_takes_linear_time(part: str) -> None:
    assert_linear(decode, lambda size: bytes.fromhex(part) * size)


@pytest.mark.parametrize("part", ["a\xe9", "\u03b1\xe9", "\u65e5a", "{"])
def test_writing_takes_linear_time(part: str) -> None:
    others = tuple(SETS.values())
    assert_linear(lambda text: encode(text, ASCII, LATIN_1, others), lambda size: part * size)


def test_a_sequence_that_is_too_long_is_text() -> None:
    """What a sequence designates is remembered: it cannot be as long as a peer likes."""
    decoded = decode(b"\x1b" + b"-" * 9 + b"F")
    assert decoded.text.endswith("-" * 9 + "F")
    assert changes(b"\x1b--F") == 1
    assert "ISO 8859-7" not in names(decoded.sets)
