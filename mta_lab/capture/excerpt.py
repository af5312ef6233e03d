"""A part of a run's capture, as somebody would have taken it at one place, without our comments.

The packets have the addresses of the topology file and port 102, wherever they were played: the
same exercise has the same addresses on every machine. Checksums are made anew. Captures of loopback
are IPv4 (backends/loopback.py), and so is this.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.addresses import IPAddress
from mta_lab.capture.pcapng import LINKTYPE_ETHERNET, PcapngWriter, read_packets
from mta_lab.capture.scene import X400_PORT
from mta_lab.lab.placement import Placement

_ETHERNET_HEADER = 14
_SOURCE, _DESTINATION = slice(12, 16), slice(16, 20)
_IP_CHECKSUM, _TCP_CHECKSUM = 10, 16
_TCP = 6
_CARRY = 0xFFFF


@dataclass(frozen=True)
class View:
    """What a tap sees: packets of these networks (none named: of all), sent by one host or by all.

    A switch that mirrors only what it receives from a port shows one direction.
    """

    networks: tuple[str, ...] = ()
    sent_by: IPAddress | None = None


def write_excerpt(capture: Path, target: Path, placement: Placement, view: View) -> int:
    """Write the packets of a capture that a view shows to `target`; the number of them.

    Neither comments nor names go with them. Raises OSError.
    """
    addresses = {wire.packed: ours.packed for ours, wire in placement.addresses.items()}
    wanted = view.sent_by.packed if view.sent_by else None
    numbers: dict[str, int] = {}
    with PcapngWriter(target) as writer:
        for packet in read_packets(capture):
            if view.networks and packet.interface not in view.networks:
                continue
            start = _ETHERNET_HEADER if packet.linktype == LINKTYPE_ETHERNET else 0
            datagram = _as_in_file(packet.octets[start:], addresses, placement.port)
            if wanted not in (None, datagram[_SOURCE]):
                continue
            if packet.interface not in numbers:
                numbers[packet.interface] = writer.interface(packet.interface, "", packet.linktype)
            octets = packet.octets[:start] + datagram
            writer.packet(packet.nanoseconds, octets, interface=numbers[packet.interface])
        return writer.packets


def _as_in_file(datagram: bytes, addresses: Mapping[bytes, bytes], port: int) -> bytes:
    """An IPv4 datagram with the addresses of the topology file, and X.400's port for `port`."""
    octets = bytearray(datagram)
    header, length = (octets[0] & 0xF) * 4, struct.unpack_from("!H", octets, 2)[0]
    for end in (_SOURCE, _DESTINATION):
        octets[end] = addresses.get(bytes(octets[end]), bytes(octets[end]))
    struct.pack_into("!H", octets, _IP_CHECKSUM, 0)
    struct.pack_into("!H", octets, _IP_CHECKSUM, _checksum(octets[:header]))
    if octets[9] != _TCP:
        return bytes(octets)
    for place in (header, header + 2):
        if struct.unpack_from("!H", octets, place)[0] == port:
            struct.pack_into("!H", octets, place, X400_PORT)
    struct.pack_into("!H", octets, header + _TCP_CHECKSUM, 0)
    segment = octets[header:length]
    pseudo = octets[12:20] + struct.pack("!BBH", 0, _TCP, len(segment))
    struct.pack_into("!H", octets, header + _TCP_CHECKSUM, _checksum(pseudo + segment))
    return bytes(octets)


def _checksum(octets: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071)."""
    even = bytes(octets) + bytes(len(octets) % 2)
    total: int = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total > _CARRY:
        total = (total & _CARRY) + (total >> 16)
    return ~total & _CARRY
