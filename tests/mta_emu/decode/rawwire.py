"""Captures made octet for octet: thousands of packets in no time, unlike with scapy."""

import struct
from pathlib import Path

from mta_emu.decode.steps import Side

_ADDRESSES = {Side.CALLING: bytes((192, 0, 2, 1)), Side.CALLED: bytes((192, 0, 2, 2))}
_RAW_IP = 101
_SYN, _ACK, _PSH = 0x02, 0x10, 0x08


class RawWire:
    """One TCP connection; `packets` can be put into any order, or left out, before `save`."""

    def __init__(self, *, calling_port: int = 40000, port: int = 102) -> None:
        self.packets: list[bytes] = []
        self._ports = {Side.CALLING: calling_port, Side.CALLED: port}
        self._sequence = {Side.CALLING: 1000, Side.CALLED: 5000}

    def open(self) -> "RawWire":
        self.packet(Side.CALLING, _SYN)
        self.packet(Side.CALLED, _SYN | _ACK)
        return self

    def say(self, sender: Side, octets: bytes, size: int = 1 << 14) -> "RawWire":
        for start in range(0, len(octets), size):
            self.packet(sender, _PSH | _ACK, octets[start : start + size])
        return self

    def packet(self, sender: Side, flags: int, data: bytes = b"") -> None:
        ports = self._ports[sender], self._ports[sender.other]
        acknowledged = self._sequence[sender.other] if flags & _ACK else 0
        numbers = self._sequence[sender], acknowledged
        tcp = struct.pack(">HHIIBBHHH", *ports, *numbers, 0x50, flags, 9, 0, 0) + data
        self.packets.append(datagram(sender, tcp))
        self._sequence[sender] += len(data) + bool(flags & _SYN)


def datagram(sender: Side, contents: bytes, *, identifier: int = 0, fragment: int = 0) -> bytes:
    """An IPv4 datagram of TCP; `fragment` holds its flags and offset."""
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(contents), identifier, fragment, 64, 6, 0)
    return header + _ADDRESSES[sender] + _ADDRESSES[sender.other] + contents


def save(path: Path, packets: list[bytes]) -> Path:
    """Write packets into a pcap file."""
    octets = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16, _RAW_IP)
    records = (struct.pack("<IIII", 0, 0, len(each), len(each)) + each for each in packets)
    path.write_bytes(octets + b"".join(records))
    return path
