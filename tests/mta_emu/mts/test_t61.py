"""The characters of T.61; glibc knows them as well."""

import shutil
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import t61


def encodable(text: str) -> bool:
    try:
        t61.encode_plain(text)
    except UnicodeEncodeError:
        return False
    return True


LATIN = "".join(map(chr, range(0x20, 0x180)))
CHARACTERS = "".join(filter(encodable, LATIN))


def test_golden_octets() -> None:
    assert t61.encode("caf\xe9 \xa7 $#") == b"caf\xc2e \xa7 \xa4\xa6"
    assert t61.encode("Gr\xfc\xdfe").hex(" ") == "47 72 c8 75 fb 65"
    assert t61.decode(bytes.fromhex("43 61 66 c2 65 20 c8 55 62 65")) == "Caf\xe9 \xdcbe"
    assert t61.decode(b"\xc8u\xfb\xe9") == "\xfc\xdf\xd8"


@given(st.text(st.sampled_from(CHARACTERS)))
def test_what_is_written_is_read(text: str) -> None:
    assert t61.decode(t61.encode(text)) == text


@given(st.binary())
def test_anything_can_be_read(octets: bytes) -> None:
    assert len(t61.decode(octets)) <= len(octets)


@pytest.mark.parametrize("lacking", [*"\\^`{}~", "\u20ac", "\xa9"])
def test_what_it_lacks(lacking: str) -> None:
    with pytest.raises(UnicodeEncodeError, match=r"not in T\.61"):
        t61.encode_plain(f"x{lacking}")


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ("a{b", "61 1b2842 7b 62"),  # ESC ( B: ASCII to the left
        ("\N{GREEK SMALL LETTER ALPHA}\xfc", "1b2d46 e1 1b2976 c875"),  # ESC - F, ESC ) v: back
        ("\u65e5a", "1b242942 c6fc 61"),  # ESC $ ) B: JIS X 0208 to the right
    ],
)
def test_other_sets_are_brought_in(text: str, octets: str) -> None:
    assert t61.encode(text).hex() == octets.replace(" ", "")
    assert t61.decode(bytes.fromhex(octets)) == text


def test_what_no_set_of_teletex_strings_has_is_named() -> None:
    with pytest.raises(UnicodeEncodeError, match=r"'\\u20ac' .* not in T\.61"):
        t61.encode("x\N{EURO SIGN}")


def test_it_is_a_codec_of_python() -> None:
    assert "\xfc".encode(t61.NAME) == b"\xc8u"
    assert b"\xc8u".decode(t61.NAME) == "\xfc"
    with pytest.raises(LookupError):
        "x".encode("t62")


def test_ascii_that_should_not_be_there_is_read_all_the_same() -> None:
    assert t61.decode(b"{\\}") == "{\\}"


@pytest.mark.skipif(not shutil.which("iconv"), reason="iconv is not installed")
def test_glibc_writes_the_same() -> None:
    lacking = "\u0114\u0115\u012c\u012d\u014e\u014f"  # the breve on E, I and O
    letters = "".join(each for each in CHARACTERS if ord(each) >= 0xA0 and each not in lacking)
    done = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "T.61-8BIT"],
        input=letters.encode(),
        capture_output=True,
        check=True,
    )
    assert t61.encode_plain(letters) == done.stdout
