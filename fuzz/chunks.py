"""How an input of the fuzzer is cut: chunks, each with its length and three bits before it."""

from collections.abc import Iterator

from mta_emu.osi.tpkt import frame
from mta_emu.osi.transport.tpdu import DT

LONGEST = 0x1FFF  # octets of a chunk
RAW = 4  # of the three bits: octets of the stream, and not a TSDU
_DT, _DT_MORE = bytes((2, DT, 0x80)), bytes((2, DT, 0))


def chunks(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """What arrives: each chunk has its length before it, and three bits that a target reads.

    With a stream of octets alone the fuzzer would have to find out three framings first.
    """
    while len(octets) >= 2:
        head = int.from_bytes(octets[:2], "big")
        length = head & LONGEST
        yield head >> 13, octets[2 : 2 + length]
        octets = octets[2 + length :]


def chunk(octets: bytes, bits: int = 0) -> bytes:
    """A chunk; one that is too long for its length becomes several."""
    pieces = [octets[start : start + LONGEST] for start in range(0, len(octets), LONGEST)]
    return b"".join((len(each) | bits << 13).to_bytes(2, "big") + each for each in pieces)


def framed(tsdu: bytes, size: int = LONGEST) -> bytes:
    """The TPKTs of a TSDU, in TPDUs with no more than `size` octets of it."""
    pieces = [tsdu[start : start + size] for start in range(0, len(tsdu), size)] or [b""]
    *before, last = pieces
    return b"".join(frame(_DT_MORE + each) for each in before) + frame(_DT + last)
