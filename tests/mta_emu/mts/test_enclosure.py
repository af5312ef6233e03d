"""A file as the last body part of an IPM."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.enclosure import MAX_FILE, before_file
from mta_emu.osi import ber

HEADING = bytes.fromhex("3105 6b03 130141")  # SET { this-IPM { user-relative-identifier "A" } }


def ipm(*parts: bytes) -> bytes:
    return ber.tlv(b"\xa0", HEADING + ber.tlv(b"\x30", b"".join(parts)))


def test_golden_octets() -> None:
    # [0] { heading, SEQUENCE OF { [14] bilaterally defined, three octets } }
    assert before_file(ipm(), 3) + b"xyz" == b"\xa0\x0e" + HEADING + b"\x30\x05\x8e\x03xyz"


@given(st.binary(max_size=300), st.integers(0, MAX_FILE))
def test_what_stood_there_stays_and_every_length_is_right(text: bytes, length: int) -> None:
    part = ber.tlv(b"\xa0", text)
    opening = before_file(ipm(part), length)
    _, total, start = ber.header(opening)
    assert total == len(opening) - start + length
    assert opening[start:].startswith(HEADING)
    _, body, begin = ber.header(opening, start + len(HEADING))
    assert body == len(opening) - begin + length
    assert opening[begin:].startswith(part)
    tag, own, end = ber.header(opening, begin + len(part))
    assert (tag, own, end) == (b"\x8e", length, len(opening))


def test_a_file_that_no_length_can_tell_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 4292870144"):
        before_file(ipm(), MAX_FILE + 1)
