"""TCP connections put together again from their segments (RFC 9293 3.10).

Each direction becomes a run of octets with the frame that brought them. What was sent twice is
taken once, what came out of order is put in order, and what the capture lacks is reported as a gap:
the receiver acknowledged it, or the direction ended, and still it is not there.
"""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mta_emu.decode.segment import Address, Segment

_MODULUS = 1 << 32
_MAX_WAITING = 1 << 24  # octets out of order that are kept: what a scaled window may have in flight


@dataclass(frozen=True)
class Opened:
    """The sender's SYN."""


@dataclass(frozen=True)
class Octets:
    """Octets that a stream went on with."""

    octets: bytes


@dataclass(frozen=True)
class Gap:
    """Octets of a stream that the capture lacks."""

    count: int


@dataclass(frozen=True)
class Absent:
    """The capture has nothing that the sender said, though the other end acknowledged it."""


@dataclass(frozen=True)
class Finished:
    """The sender closed its direction (FIN), or reset the connection (RST)."""

    reset: bool


Part = Opened | Octets | Gap | Absent | Finished


@dataclass
class Direction:
    """What one end sends."""

    _seen: bool = False
    _opened: bool = False
    _next: int | None = None  # the sequence number that is due
    _waiting: dict[int, bytes] = field(default_factory=dict)  # by distance from `_base`
    _order: list[int] = field(default_factory=list)  # a heap of those distances
    _waiting_octets: int = 0
    _base: int = 0
    _position: int = 0  # distance of what is due from `_base`
    _acknowledged: int = 0  # distance from `_base` up to which the other end has acknowledged
    _unseen: int | None = None  # acknowledged first, before anything was seen here
    _end: int | None = None  # distance of the FIN
    _finished: bool = False

    def sent(self, segment: Segment) -> Iterator[Part]:
        """Take a segment of this direction; what the stream goes on with."""
        self._seen = True
        if segment.syn and not self._opened:
            self._start(segment.sequence + 1)
            self._opened = True
            yield Opened()
        if self._finished:
            return
        if segment.rst:
            yield from self._rest()
            self._finished = True
            yield Finished(reset=True)
            return
        if self._next is None:
            if not (segment.data or segment.fin):
                return
            self._start(segment.sequence)
        at = self._distance(segment.sequence + segment.syn)
        if segment.data:
            self._wait(at, segment.data)
        if segment.fin:
            self._end = at + len(segment.data) + segment.cut
        yield from self._in_order()
        yield from self._gaps()

    def acknowledged(self, number: int) -> Iterator[Part]:
        """The other end acknowledged what comes before sequence number `number`."""
        if self._next is None:
            self._unseen = number if self._unseen is None else self._unseen
            return
        if self._finished:
            return
        self._acknowledged = max(self._acknowledged, self._distance(number))
        yield from self._gaps()

    def acknowledged_up_to(self, number: int) -> int:
        """How many of the octets here the other end has, when it acknowledges `number`."""
        if self._next is not None:
            return self._distance(number)
        return 0 if self._unseen is None else (number - self._unseen) % _MODULUS

    def ended(self) -> Iterator[Part]:
        """The capture ends here."""
        if not self._seen and self._unseen is not None:
            yield Absent()
        elif not self._finished:
            yield from self._rest()
            if self._acknowledged - self._position > _FIN:
                yield from self._skip(self._acknowledged)

    def _start(self, sequence: int) -> None:
        if self._next is None:
            self._next = self._base = sequence % _MODULUS

    def _distance(self, sequence: int) -> int:
        """How far `sequence` is from the beginning; sequence numbers wrap (RFC 9293 3.4)."""
        half = _MODULUS // 2
        return self._position + (sequence - self._base - self._position + half) % _MODULUS - half

    def _wait(self, at: int, data: bytes) -> None:
        """Keep a segment until it is due; of two that begin alike the longer one."""
        known = self._waiting.get(at, b"")
        if at + len(data) > self._position and len(data) > len(known):
            if not known:
                heapq.heappush(self._order, at)
            self._waiting[at] = data
            self._waiting_octets += len(data) - len(known)

    def _in_order(self) -> Iterator[Part]:
        """Whatever has become due, and the end when that has."""
        while self._order and self._order[0] <= self._position:
            first = heapq.heappop(self._order)
            whole = self._waiting.pop(first)
            self._waiting_octets -= len(whole)
            if data := whole[self._position - first :]:
                self._position += len(data)
                yield Octets(data)
        if self._end is not None and self._position >= self._end and not self._finished:
            self._finished = True
            yield Finished(reset=False)

    def _gaps(self) -> Iterator[Part]:
        """Pass over what the other end has and the capture lacks, or waits in vain for."""
        while self._order and not self._finished:
            first = self._order[0]
            if self._acknowledged < first and self._waiting_octets <= _MAX_WAITING:
                return
            yield from self._skip(first)
        if self._end is not None and not self._order and self._acknowledged > self._end:
            yield from self._skip(self._end)  # the other end has even the FIN

    def _rest(self) -> Iterator[Part]:
        """Everything that still waits, with the gaps before it."""
        while self._order:
            yield from self._skip(self._order[0])
        if self._end is not None and not self._finished:
            yield from self._skip(self._end)

    def _skip(self, to: int) -> Iterator[Part]:
        if to > self._position:
            yield Gap(to - self._position)
            self._position = to
        yield from self._in_order()


#: What an acknowledgement may be ahead by all the same: the FIN, which the capture may lack.
_FIN = 1


@dataclass(frozen=True)
class Said:
    """A part of what one end says, and the frame that brought it."""

    sender: Address
    part: Part
    frame: int
    time: int


@dataclass
class Connection:
    """One TCP connection; `calling` is the end that opened it, as far as the capture shows.

    What an end says comes out after all that it had acknowledged by then, because what is still
    missing of that may yet come, or turn out to be a gap.
    """

    calling: Address
    called: Address
    complete: bool  # whether the capture has its beginning
    opened_with: int  # the sequence number of the SYN

    def __post_init__(self) -> None:
        ends = (self.calling, self.called)
        self._directions = {end: Direction() for end in ends}
        self._told = dict.fromkeys(ends, 0)  # how much of each direction has come out
        self._held: dict[Address, deque[tuple[int, Said]]] = {end: deque() for end in ends}

    def feed(self, segment: Segment) -> Iterator[Said]:
        """Everything that a segment brings, or lets come out."""
        here, there = segment.source, segment.destination
        acknowledged = 0
        if segment.acknowledgement is not None:
            acknowledged = self._directions[there].acknowledged_up_to(segment.acknowledgement)
            gaps = self._directions[there].acknowledged(segment.acknowledgement)
            self._hold(there, gaps, 0, segment.frame, segment.time)
        parts = self._directions[here].sent(segment)
        self._hold(here, parts, acknowledged, segment.frame, segment.time)
        yield from self._release()

    def ended(self, frame: int, time: int) -> Iterator[Said]:
        """The capture ends with `frame`: what still waited, first that something is absent."""
        for end, direction in self._directions.items():
            for part in direction.ended():
                if isinstance(part, Absent):
                    yield Said(end, part, frame, time)
                else:
                    self._hold(end, [part], 0, frame, time)
        yield from self._release()
        rest = [said for held in self._held.values() for _, said in held]
        yield from sorted(rest, key=lambda said: said.frame)

    def _hold(
        self, sender: Address, parts: Iterable[Part], acknowledged: int, frame: int, time: int
    ) -> None:
        for part in parts:
            since = 0 if isinstance(part, Gap) else acknowledged  # nobody knows when it was said
            self._held[sender].append((since, Said(sender, part, frame, time)))

    def _release(self) -> Iterator[Said]:
        """Whatever follows all that its sender had acknowledged."""
        released = True
        while released:
            released = False
            for sender, held in self._held.items():
                other = self.called if sender == self.calling else self.calling
                while held and held[0][0] <= self._told[other]:
                    _, said = held.popleft()
                    self._told[sender] += _length(said.part)
                    released = True
                    yield said


def _length(part: Part) -> int:
    """How far a part goes on in its stream; the FIN has a number of its own."""
    match part:
        case Octets(octets):
            return len(octets)
        case Gap(count):
            return count
        case Finished():
            return 1
    return 0


class Connections:
    """Sorts the segments of a capture by connection."""

    def __init__(self, ports: Iterable[int]) -> None:
        """`ports` are those that called sides listen on, for connections without a beginning."""
        self._ports = frozenset(ports)
        self._current: dict[frozenset[Address], Connection] = {}

    def of(self, segment: Segment) -> Connection:
        """The connection that a segment belongs to, a new one when it opens one."""
        ends = frozenset((segment.source, segment.destination))
        known = self._current.get(ends)
        opens = segment.syn and segment.acknowledgement is None
        if known and not (opens and known.opened_with != segment.sequence):
            return known
        calling, called = segment.source, segment.destination
        answers = segment.syn and not opens
        if answers or (not opens and self._listens(calling) and not self._listens(called)):
            calling, called = called, calling
        connection = Connection(calling, called, segment.syn, segment.sequence)
        self._current[ends] = connection
        return connection

    def _listens(self, end: Address) -> bool:
        return end.port in self._ports
