"""A capture built from what sockets sent and received, where the kernel lets nobody look.

An MTA's tap records when each of its connections opened, what went and came, and how it ended
(docs/architecture.md). From that a TCP conversation is written with the real addresses, ports,
octets and times; sequence numbers, acknowledgements and segment borders are made up, and every
such file says so.
"""

import base64
import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import ClassVar
from zlib import crc32

from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet as Header

from labkit.addresses import End, IPAddress
from mta_lab.capture.pcapng import LINKTYPE_RAW, PcapngWriter, nanoseconds
from mta_lab.capture.scene import Scene

_MSS = {4: 1460, 6: 1440}  # by version of IP, of Ethernet's 1500 octets
_WINDOW = 65535
_SEGMENTS_AN_ACKNOWLEDGEMENT = 2  # RFC 9293 3.8.6.3
_STEP = 1000  # nanoseconds between packets that one happening gives
_MODULUS = 2**32

COMMENT = (
    "Built by mta-lab from what the MTAs' sockets sent and received; not captured. Addresses, "
    "ports, octets and times are real; sequence numbers, acknowledgements and segment borders "
    "are not."
)
_BEGINNINGS = ("open", "accept")
_PRESUMED = "presumed: the tapped socket was closed before it could see this"


@dataclass(frozen=True)
class Happening:
    """One line of a tap."""

    time: int  # nanoseconds since the epoch
    local: str
    remote: str
    what: str
    data: bytes

    @classmethod
    def parse(cls, line: str) -> "Happening":
        """Read a line of a tap file."""
        fields = json.loads(line)
        return cls(
            nanoseconds(fields["time"]),
            fields["local"],
            fields["remote"],
            fields["what"],
            base64.b64decode(fields.get("data", "")),
        )


@dataclass(frozen=True)
class Packet:
    """An IP packet to be written."""

    time: int  # nanoseconds since the epoch
    interface: int
    octets: bytes
    comment: str


def write_conversations(file: Path, scene: Scene, taps: Iterable[Path]) -> int:
    """Write a pcapng with the conversations that `taps` recorded; the number of its packets.

    A connection with a tap at both ends is written once, as the end that opened it saw it.
    """
    chosen: dict[tuple[frozenset[str], int], list[Happening]] = {}
    for tap in taps:
        for key, connection in _connections(tap).items():
            if key not in chosen or connection[0].what == "open":
                chosen[key] = connection
    with PcapngWriter(file, COMMENT) as writer:
        numbers = {
            name: writer.interface(
                name, f"{network}, built from sockets, not captured", LINKTYPE_RAW
            )
            for name, network in scene.networks.items()
        }
        writer.names(scene.names)
        streams = [
            _Conversation(connection, numbers[scene.network_of(_called(connection))]).packets()
            for connection in chosen.values()
        ]
        for packet in heapq.merge(*streams, key=attrgetter("time")):
            writer.packet(packet.time, packet.octets, packet.comment, packet.interface)
        return writer.packets


def _called(connection: list[Happening]) -> IPAddress:
    """The address that the connection was opened to."""
    first = connection[0]
    end = first.local if first.what == "accept" else first.remote
    return End.parse(end).address


def _connections(tap: Path) -> dict[tuple[frozenset[str], int], list[Happening]]:
    """The happenings of each connection in a tap, by its ends and how often these were used."""
    connections: dict[tuple[frozenset[str], int], list[Happening]] = {}
    uses: Counter[frozenset[str]] = Counter()
    with tap.open(encoding="ascii") as stream:
        for line in stream:
            if not line.endswith("\n"):  # the process was killed while it wrote
                break
            happening = Happening.parse(line)
            ends = frozenset((happening.local, happening.remote))
            uses[ends] += happening.what in _BEGINNINGS
            connections.setdefault((ends, uses[ends]), []).append(happening)
    return connections


class _Conversation:
    """Plays one connection's happenings as TCP packets (RFC 9293)."""

    def __init__(self, happenings: list[Happening], interface: int) -> None:
        self._happenings = happenings
        self._interface = interface
        self._local = local = happenings[0].local
        self._remote = remote = happenings[0].remote
        self._next = {end: crc32(f"{end} {local} {remote}".encode()) for end in (local, remote)}
        self._mss = _MSS[End.parse(local).address.version]
        self._finished: set[str] = set()
        self._reset = False
        self._time = 0

    def packets(self) -> Iterator[Packet]:
        """The packets in order, each later than the one before."""
        for happening in self._happenings:
            if self._reset:  # what the process wrote from here on never left
                return
            self._time = max(self._time, happening.time)
            yield from self._HANDLERS[happening.what](self, happening.data)

    def _opened(self, _: bytes) -> Iterator[Packet]:
        yield from self._handshake(self._local)

    def _accepted(self, _: bytes) -> Iterator[Packet]:
        yield from self._handshake(self._remote)

    def _sent(self, data: bytes) -> Iterator[Packet]:
        yield from self._data(self._local, data)

    def _received(self, data: bytes) -> Iterator[Packet]:
        yield from self._data(self._remote, data)

    def _nothing(self, _: bytes) -> Iterator[Packet]:
        yield from ()

    def _ended(self, _: bytes) -> Iterator[Packet]:
        yield from self._finish(self._remote)

    def _was_reset(self, _: bytes) -> Iterator[Packet]:
        self._reset = True
        yield self._packet(self._remote, "RA")

    def _closed(self, _: bytes) -> Iterator[Packet]:
        yield from self._finish(self._local)
        if self._remote not in self._finished:
            yield from self._finish(self._remote, _PRESUMED)

    _HANDLERS: ClassVar[dict[str, Callable[["_Conversation", bytes], Iterator[Packet]]]] = {
        "open": _opened,
        "accept": _accepted,
        "sent": _sent,
        "received": _received,
        "given up": _nothing,
        "eof": _ended,
        "reset": _was_reset,
        "close": _closed,
    }

    def _handshake(self, opener: str) -> Iterator[Packet]:
        yield self._packet(opener, "S")
        yield self._packet(self._other(opener), "SA")
        yield self._packet(opener, "A")

    def _data(self, sender: str, data: bytes) -> Iterator[Packet]:
        size = self._mss
        segments = [data[start : start + size] for start in range(0, len(data), size)]
        for number, segment in enumerate(segments, 1):
            last = number == len(segments)
            yield self._packet(sender, "PA" if last else "A", segment)
            if last or number % _SEGMENTS_AN_ACKNOWLEDGEMENT == 0:
                yield self._packet(self._other(sender), "A")

    def _finish(self, end: str, comment: str = "") -> Iterator[Packet]:
        self._finished.add(end)
        yield self._packet(end, "FA", comment=comment)
        yield self._packet(self._other(end), "A", comment=comment)

    def _other(self, end: str) -> str:
        return self._remote if end == self._local else self._local

    def _packet(self, sender: str, flags: str, data: bytes = b"", comment: str = "") -> Packet:
        receiver = self._other(sender)
        source, destination = End.parse(sender), End.parse(receiver)
        octets = bytes(
            _network_header(source.address, destination.address)
            / TCP(
                sport=source.port,
                dport=destination.port,
                seq=self._next[sender],
                ack=self._next[receiver] if "A" in flags else 0,
                flags=flags,
                window=_WINDOW,
                options=[("MSS", self._mss)] if "S" in flags else [],
            )
            / data
        )
        advance = len(data) + ("S" in flags) + ("F" in flags)
        self._next[sender] = (self._next[sender] + advance) % _MODULUS
        packet = Packet(self._time, self._interface, octets, comment)
        self._time += _STEP
        return packet


def _network_header(source: IPAddress, destination: IPAddress) -> Header:
    """The header of a packet that must not be fragmented, as those of TCP are."""
    if source.version == 4:
        return IP(src=str(source), dst=str(destination), flags="DF")
    return IPv6(src=str(source), dst=str(destination))
