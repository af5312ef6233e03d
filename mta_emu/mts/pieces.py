"""Octets in pieces: some are here, others are ranges of a content that lies elsewhere.

What stands around a file in a content can so be written anew, while a file of any size stays where
it is.
"""

from collections.abc import Callable, Iterator, Sequence

from mta_emu.osi import ber

#: Octets that are here, or the offsets of those that lie elsewhere.
Piece = bytes | range
Pieces = tuple[Piece, ...]
#: Octets that are all here, or in pieces.
Octets = bytes | Pieces
#: Reads what lies elsewhere: up to `size` octets from an offset, fewer only at the end.
Read = Callable[[int, int], bytes]


def length(octets: Octets) -> int:
    """How many octets there are in all."""
    return sum(map(len, of(octets)))


def of(octets: Octets) -> Pieces:
    """Octets as pieces."""
    return (octets,) if isinstance(octets, bytes) else octets


def joined(parts: Sequence[Octets]) -> Octets:
    """Octets one after the other; all here when each of them is."""
    here = [part for part in parts if isinstance(part, bytes)]
    if len(here) == len(parts):
        return b"".join(here)
    return tuple(piece for part in parts for piece in of(part))


def tlv(identifier: bytes, *contents: Piece) -> Pieces:
    """A BER value from its identifier octets and contents."""
    return (ber.opening(identifier, length(contents)), *contents)


def cut(pieces: Pieces, offset: int, size: int) -> Iterator[Piece]:
    """Up to `size` octets from `offset`, in pieces; fewer only at the end."""
    for piece in pieces:
        found = piece[offset : offset + size]
        if found:
            yield found
        size -= len(found)
        offset = max(0, offset - len(piece))
