"""Files that travel with an interpersonal message, as its last body parts (X.420 clause 7.3.12).

They may be of any size: only what stands around their octets is made here.
"""

from collections.abc import Sequence
from typing import NamedTuple

from mta_emu.mts import bodyparts, pieces
from mta_emu.mts.pieces import Piece, Pieces
from mta_emu.osi import ber

_MESSAGE, _SEQUENCE = b"\xa0", b"\x30"
MAX_FILES = (1 << 32) - (1 << 21)  # octets: the lengths around them still have four octets


class Enclosed(NamedTuple):
    """A file that goes along: its name, and its octets or where they lie."""

    name: str
    octets: Piece


def with_files(message: bytes, files: Sequence[Enclosed]) -> Pieces:
    """The BER of an IPM, given without them, that encloses files.

    Raises ProtocolError when `message` is no IPM, and ValueError when the files are too long.
    """
    length = sum(len(file.octets) for file in files)
    if length > MAX_FILES:
        raise ValueError(f"files of {length} octets: at most {MAX_FILES}")
    heading, body = ber.elements(ber.contents(message))
    parts: Pieces = (ber.contents(body),)
    for file in files:
        parts += bodyparts.enclosed(file.name, file.octets)
    return pieces.tlv(_MESSAGE, heading, *pieces.tlv(_SEQUENCE, *parts))
