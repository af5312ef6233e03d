"""IP datagrams put together again from their fragments (RFC 791 3.2, RFC 8200 4.5)."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import NamedTuple

_PATIENCE = 60 * 10**9  # nanoseconds that a datagram waits for its rest, as RFC 8200 has it
_MAX_HELD = 1 << 25  # octets of datagrams that wait, and what it takes to keep them
_TO_KEEP_ONE = 256  # octets beside those of a piece
_MAX_DATAGRAM = 0xFFFF


class Name(NamedTuple):
    """What the fragments of one datagram have in common."""

    source: bytes
    destination: bytes
    protocol: int
    identification: int


@dataclass
class _Waiting:
    since: int
    pieces: dict[int, bytes] = field(default_factory=dict)  # by where they begin
    packets: int = 0
    octets: int = 0
    length: int | None = None  # of the whole, once its last piece has come


class Fragments:
    """The fragments of a capture.

    What never becomes whole is given up: after a minute, and the oldest first when too much waits.
    A datagram whose fragments overlap is given up, too (RFC 5722).
    """

    def __init__(self) -> None:
        self.given_up = 0  # packets with fragments of what did not become whole
        self._waiting: OrderedDict[Name, _Waiting] = OrderedDict()
        self._held = 0

    def add(self, name: Name, time: int, offset: int, piece: bytes, *, last: bool) -> bytes | None:
        """The contents of the datagram that `piece`, which begins at `offset`, makes whole."""
        waiting = self._waiting.get(name)
        if waiting and time - waiting.since > _PATIENCE:
            self._give_up(name)
            waiting = None
        if waiting is None:
            waiting = self._waiting[name] = _Waiting(time)
        waiting.packets += 1
        if last:
            waiting.length = offset + len(piece)
        if offset not in waiting.pieces:  # else it was sent or captured twice
            waiting.pieces[offset] = piece
            waiting.octets += len(piece)
            self._held += len(piece) + _TO_KEEP_ONE
        if waiting.length is not None and waiting.octets >= waiting.length:
            return self._whole(name, waiting)
        if waiting.octets > _MAX_DATAGRAM:
            self._give_up(name)
        while self._held > _MAX_HELD:
            self._give_up(next(iter(self._waiting)))
        return None

    def ended(self) -> None:
        """The capture ends: what waits is given up."""
        for name in list(self._waiting):
            self._give_up(name)

    def _whole(self, name: Name, waiting: _Waiting) -> bytes | None:
        pieces = sorted(waiting.pieces.items())
        ends = [offset + len(piece) for offset, piece in pieces]
        if [offset for offset, _ in pieces] != [0, *ends[:-1]]:
            self._give_up(name)
            return None
        self._forget(name)
        return b"".join(piece for _, piece in pieces)

    def _give_up(self, name: Name) -> None:
        self.given_up += self._waiting[name].packets
        self._forget(name)

    def _forget(self, name: Name) -> None:
        waiting = self._waiting.pop(name)
        self._held -= waiting.octets + _TO_KEEP_ONE * len(waiting.pieces)
