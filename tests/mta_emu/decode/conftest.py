"""Captures made in memory: a wire that two stacks, or a test's own octets, speak over."""

import struct
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.packet import Packet
from scapy.utils import PcapWriter

from mta_emu.decode.steps import Side
from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtPrimitive,
    RtTransfer,
    RtTransferEnd,
    RtTransferSecured,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.spdu import Unit, encode_tsdu
from mta_emu.osi.tpkt import frame

ENDS = {Side.CALLING: ("203.0.113.10", 40000), Side.CALLED: ("198.51.100.10", 102)}

_ETHERNET = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")


class Wire:
    """One TCP connection, packet by packet; every segment is acknowledged at once."""

    def __init__(self, *, port: int = 102, isn: int = 1000) -> None:
        self.packets: list[Packet] = []
        self._ends = {**ENDS, Side.CALLED: (ENDS[Side.CALLED][0], port)}
        self._next = dict.fromkeys(Side, isn)

    def open(self) -> "Wire":
        self._packet(Side.CALLING, "S")
        self._packet(Side.CALLED, "SA")
        self._packet(Side.CALLING, "A")
        return self

    def say(self, sender: Side, octets: bytes, size: int = 1460) -> "Wire":
        for start in range(0, len(octets), size):
            self._packet(sender, "PA", octets[start : start + size])
            self._packet(sender.other, "A")
        return self

    def tsdu(self, sender: Side, tsdu: bytes | Unit) -> "Wire":
        """Say one TSDU in one DT."""
        octets = tsdu if isinstance(tsdu, bytes) else encode_tsdu(tsdu)
        return self.say(sender, frame(b"\x02\xf0\x80" + octets))

    def close(self, sender: Side, flags: str = "FA") -> "Wire":
        self._packet(sender, flags)
        return self

    def _packet(self, sender: Side, flags: str, data: bytes = b"") -> None:
        (source, sport), (destination, dport) = self._ends[sender], self._ends[sender.other]
        tcp = TCP(
            sport=sport,
            dport=dport,
            flags=flags,
            seq=self._next[sender] % 2**32,
            ack=self._next[sender.other] % 2**32 if "A" in flags else 0,
        )
        packet = _ETHERNET / IP(src=source, dst=destination) / tcp / data
        packet.time = 1_000_000_000 + len(self.packets) / 8  # exact as a float
        self.packets.append(packet)
        self._next[sender] += len(data) + ("S" in flags) + ("F" in flags)


class Talk:
    """Two stacks that talk over a wire."""

    def __init__(
        self,
        wire: Wire,
        *,
        dialogue_mode: DialogueMode = DialogueMode.TWO_WAY_ALTERNATE,
        checkpoint_size: int = 1,
        window_size: int = 3,
        mode: Mode = Mode.NORMAL_1988,
    ) -> None:
        self.wire = wire
        self.stacks = {
            Side.CALLING: RtseConnection(initiator=True),
            Side.CALLED: RtseConnection(initiator=False),
        }
        self._opening = RtOpen(
            Selectors(),
            Selectors(),
            bind.encode_argument(Credentials("EXTERNAL", b"secret"), mode),
            dialogue_mode=dialogue_mode,
            checkpoint_size=checkpoint_size,
            window_size=window_size,
            mode=mode,
        )

    def open(self) -> "Talk":
        self.wire.open()
        self.request(Side.CALLING, self._opening)
        result = bind.encode_result(Credentials("INTERNAL", b"secret"), self._opening.mode)
        self.request(Side.CALLED, RtOpenAccept(result, checkpoint_size=1, window_size=3))
        return self

    def transfer(self, sender: Side, apdu: bytes) -> "Talk":
        self.request(sender, RtTransfer(Octets(apdu)))
        return self

    def close(self) -> "Talk":
        self.request(Side.CALLING, RtClose())
        self.request(Side.CALLED, RtCloseAccept())
        self.wire.close(Side.CALLING)
        self.wire.close(Side.CALLED)
        return self

    def request(self, side: Side, primitive: RtPrimitive) -> None:
        self.stacks[side].request(primitive)
        self.run()

    def run(self) -> None:
        """Carry octets over the wire until both are silent; transfers are secured as they come."""
        while any(self._carry(side) for side in Side):
            pass

    def _carry(self, sender: Side) -> bool:
        octets = self.stacks[sender].data_to_send()
        if octets:
            self.wire.say(sender, octets)
            receiver = self.stacks[sender.other]
            for heard in receiver.receive_data(octets):
                match heard:
                    case RtCheckpoint(serial):
                        receiver.request(RtCheckpointSecured(serial))
                    case RtTransferEnd():
                        receiver.request(RtTransferSecured())
        return bool(octets)


@pytest.fixture
def make_wire() -> Callable[..., Wire]:
    return Wire


@pytest.fixture
def make_talk() -> Callable[..., Talk]:
    return lambda wire=None, **options: Talk(wire or Wire(), **options)


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Write packets into a file that `mta-emu decode` reads."""

    def write(packets: list[Packet] | Wire | Talk, name: str = "capture.pcap") -> Path:
        match packets:
            case Talk():
                packets = packets.wire.packets
            case Wire():
                packets = packets.packets
        path = tmp_path / name
        with PcapWriter(str(path), linktype=1, nano=True) as writer:
            for packet in packets:
                writer.write(packet)
        return path

    return write


TIME = 1_700_000_000_123_456_789  # of every packet in such a file


@pytest.fixture
def write_pcap(tmp_path: Path) -> Callable[..., Path]:
    """Write packets into a pcap file, octet for octet."""

    def write(
        packets: Iterable[Packet | bytes],
        linktype: int = 1,
        *,
        nano: bool = True,
        order: str = "<",
        times: Iterable[int] | None = None,
    ) -> Path:
        magic, unit = (0xA1B23C4D, 1) if nano else (0xA1B2C3D4, 1000)
        octets = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 1 << 20, linktype)
        packets = list(map(bytes, packets))
        for packet, time in zip(packets, times or [TIME] * len(packets), strict=True):
            fraction = time % 10**9 // unit
            length = len(packet)
            octets += struct.pack(f"{order}IIII", time // 10**9, fraction, length, length) + packet
        path = tmp_path / "file"
        path.write_bytes(octets)
        return path

    return write
