"""Text in body parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.ipm import text
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText


@pytest.mark.parametrize(
    ("characters", "octets", "numbers", "kind"),
    [
        ("\xe9", "1b2d41 e9", (1, 6, 100), "ISO 8859-1 text"),
        ("100 \u20ac", "1b2d62 31303020 a4", (1, 6, 203), "ISO 8859-15 text"),
        ("\u039a\u03b1", "1b2d46 cae1", (1, 6, 126), "ISO 8859-7 text"),
        ("\u041f", "1b2d4c bf", (1, 6, 144), "ISO 8859-5 text"),
        ("\u0165", "1b2d42 bb", (1, 6, 101), "ISO 8859-2 text"),
        ("\u65e5\n", "1b242942 c6fc 0d0a", (1, 6, 87), "JIS X 0208 text"),
        ("\uac00", "1b242943 b0a1", (1, 6, 149), "KS C 5601 text"),
        # no one set has both: Latin-1 first, and Greek where it is needed
        ("\xe9\u03b1", "1b2d41 e9 1b2d46 e1", (1, 6, 100, 126), "ISO 8859-1, ISO 8859-7 text"),
    ],
)
def test_general_text(characters: str, octets: str, numbers: tuple[int, ...], kind: str) -> None:
    part = GeneralText(characters)
    assert text.encode(part) == bytes.fromhex(octets)
    assert text.numbers_of(characters) == numbers
    assert part.kind == kind
    read = text.decode_general(bytes.fromhex(octets), numbers)
    assert (read, read.kind) == (part, kind)
    assert text.information_types(characters) == tuple(
        f"1.0.10021.7.1.0.{number}" for number in numbers
    )


def test_the_parameters_say_what_stands_to_the_right() -> None:
    assert text.decode_general(b"\xe1", (1, 6, 126)).text == "\u03b1"
    assert text.decode_general(b"\xe1").text == "\xe1"


def test_what_is_not_read_is_named() -> None:
    read = text.decode_general(bytes.fromhex("1b242947 b0b1"), (1, 6, 171))
    assert read.text == "(0x3031)"
    assert read.kind == "registered set 171 text; the set of ESC 24 29 47 is not read here"


@pytest.mark.parametrize(
    ("part", "octets"),
    [(IA5Text("a\nb\r\n"), "61 0d0a 62 0d0a"), (TeletexText("\xe9\f#"), "c265 0c a6")],
)
def test_other_text(part: IA5Text | TeletexText, octets: str) -> None:
    assert text.encode(part) == bytes.fromhex(octets)


def test_reading_other_text() -> None:
    assert text.decode_ia5(b"a\r\nb\xe9") == IA5Text("a\nb\xe9")
    assert text.decode_ia5(b"\x1b$BF|\x1b(B") == IA5Text("\u65e5")  # as some in Japan write it
    assert text.decode_teletex([b"\xc2e", b"\xa6"]) == TeletexText("\xe9\f#")


@pytest.mark.parametrize(
    ("characters", "kind"),
    [("plain", IA5Text), ("Gr\xfc\xdfe", GeneralText), ("\u65e5", GeneralText)],
)
def test_the_best_part(characters: str, kind: type) -> None:
    assert text.best(characters) == kind(characters)


def test_a_character_without_a_set_is_named() -> None:
    with pytest.raises(ValueError, match=r"text: '.' \(U\+1F600\) is not in any registered set"):
        text.best("x\U0001f600")
    with pytest.raises(ValueError, match=r"U\+00E9\) is not in IA5"):
        text.encode(IA5Text("\xe9"))


def test_what_a_part_lacks() -> None:
    assert text.lacks(TeletexText, "a\xa9{") == {"\xa9", "{"}
    assert text.lacks(IA5Text, "a\xa9{") == {"\xa9"}
    assert text.lacks(GeneralText, "a\xa9{\u03b1") == set()


@given(st.text(st.sampled_from("aZ 0\n\xe9\u0104\u03b1\u0436\u05d0\u0e01\u20ac\u65e5\uac00")))
def test_general_text_survives_the_wire(characters: str) -> None:
    octets = text.encode(GeneralText(characters))
    assert text.decode_general(octets, text.numbers_of(characters)).text == characters
