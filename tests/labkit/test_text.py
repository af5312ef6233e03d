"""Text of others is shown, and does nothing."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.text import _UNSAFE, visible

ANY_TEXT = st.text(st.characters(codec=None))
BIDIRECTIONAL = {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]0;owned\x07\x1b[2JX", r"\x1b]0;owned\x07\x1b[2JX"),
        ("one\ntwo\r\nthree\tfour", r"one\ntwo\r\nthree\tfour"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u202ecba", r"a\u202ecba"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("\uffff", r"\uffff"),
        ("[/x] [bold] :smile: ä 文 \u200d", "[/x] [bold] :smile: ä 文 \u200d"),
    ],
)
def test_what_cannot_be_printed_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_lines_and_tabs_of_a_text_stay() -> None:
    assert visible("one\r\ntwo\tx\nthree\rfour\x01", lines=True) == "one\ntwo\tx\nthree\\rfour\\x01"


@given(ANY_TEXT)
def test_nothing_is_left_that_a_terminal_obeys(text: str) -> None:
    for character in visible(text):
        assert unicodedata.category(character) not in ("Cc", "Zl", "Zp", "Cs")
        assert unicodedata.bidirectional(character) not in BIDIRECTIONAL


@given(ANY_TEXT)
def test_with_lines_only_line_feeds_and_tabs_are_left(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", visible(text, lines=True))


@given(ANY_TEXT)
def test_what_was_made_visible_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT)
def test_what_xml_has_no_characters_for_is_written_out(text: str) -> None:
    legal = "[\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*"
    assert re.fullmatch(legal, visible(text))


def test_what_is_printable_holds_nothing_that_is_to_be_written_out() -> None:
    printable = "".join(filter(str.isprintable, map(chr, range(0x110000))))
    assert not _UNSAFE.search(printable)
    assert visible(printable) == printable
