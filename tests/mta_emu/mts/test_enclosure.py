"""Files as the last body parts of an IPM."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import bodyparts
from mta_emu.mts.bodyparts import File
from mta_emu.mts.enclosure import MAX_FILES, Enclosed, with_files
from mta_emu.mts.pieces import Pieces, length
from mta_emu.osi import ber

HEADING = bytes.fromhex("3105 6b03 130141")  # SET { this-IPM { user-relative-identifier "A" } }
TEXT = bytes.fromhex("8001 78")


def ipm(*parts: bytes) -> bytes:
    return ber.tlv(b"\xa0", HEADING + ber.tlv(b"\x30", b"".join(parts)))


def here(pieces: Pieces) -> bytes:
    return b"".join(piece for piece in pieces if isinstance(piece, bytes))


def test_golden_octets() -> None:
    enclosed = with_files(ipm(TEXT), [Enclosed("F", range(3))])
    assert enclosed[-1] == range(3)
    # file attributes { incomplete pathname { GraphicString "F" }, object size 3 }
    attributes = "a40a a003 190146 ad03 810103"
    # id-ep-file-transfer { parameters }, id-et-file-transfer { { FTAM-3, octet aligned } }
    parameters = f"a016 0604 56010b0c a00e 300c {attributes}"
    data = "2818 0604 5601040c a010 300e 280c 0605 28c27b0503 8103"
    part = f"af32 {parameters} {data}"
    expected = f"a040 {HEADING.hex()} 3037 {TEXT.hex()} {part}"
    assert here(enclosed) == bytes.fromhex(expected)


@given(st.binary(max_size=300), st.lists(st.integers(0, MAX_FILES // 3), max_size=3))
def test_what_stood_there_stays_and_every_length_is_right(text: bytes, lengths: list[int]) -> None:
    part = ber.tlv(b"\x80", text)
    enclosed = with_files(ipm(part), [Enclosed("F", range(each)) for each in lengths])
    octets = here(enclosed)
    _, total, start = ber.header(octets)
    assert total == length(enclosed) - start
    assert octets[start:].startswith(HEADING)
    _, body, begin = ber.header(octets, start + len(HEADING))
    assert body == length(enclosed) - begin
    assert octets[begin:].startswith(part)
    assert [piece for piece in enclosed if isinstance(piece, range)] == list(map(range, lengths))


@given(st.text(st.characters(max_codepoint=255), max_size=20), st.binary(max_size=300))
def test_a_file_that_is_here_is_read_again(name: str, octets: bytes) -> None:
    _, part = ber.elements(ber.contents(here(with_files(ipm(), [Enclosed(name, octets)]))))
    found = bodyparts.decode(ber.contents(part))
    assert isinstance(found, File)
    assert found.octets == octets
    if name.isprintable() and "?" not in name:
        assert found.name == name


def test_files_that_no_length_can_tell_are_refused() -> None:
    half = Enclosed("F", range(MAX_FILES // 2 + 1))
    with pytest.raises(ValueError, match="at most 4292870144"):
        with_files(ipm(), [half, half])
