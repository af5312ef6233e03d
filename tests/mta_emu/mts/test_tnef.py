"""Rich text in TNEF; tnefparse, which mail clients use to read it, is the judge."""

from hypothesis import given
from hypothesis import strategies as st
from tnefparse import TNEF

from mta_emu.mts import tnef

RTF = rb"{\rtf1\ansi {\b Bold}}"


def test_golden_octets() -> None:
    stream = tnef.encode(RTF)
    assert stream[:4] == bytes.fromhex("789f3e22")
    assert stream[6:21] == bytes.fromhex("01 06900800 04000000 00000100 0100")
    assert stream.count(b"MELA") == 1


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=4).map(str.encode))
def test_another_reader_shows_the_text(rtf: bytes) -> None:
    assert TNEF(tnef.encode(rtf), do_checksum=True).rtfbody == rtf


def test_is_tnef() -> None:
    assert tnef.is_tnef(tnef.encode(RTF)[:4])
    assert not tnef.is_tnef(RTF)
