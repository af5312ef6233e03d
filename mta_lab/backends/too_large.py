"""Answers packets that are too large, as a router does that must not fragment: a lab's process.

The packets themselves are dropped where they arrive, by a rule of nftables; what the kernel has no
rule for is the answer: ICMP "fragmentation needed" (RFC 1191), or ICMPv6 "packet too big" (RFC
8201), with the size that gets through. It carries the address of the packet's destination, because
no router stands between.
"""

import json
import selectors
import socket
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from labkit.addresses import parse_address
from labkit.output import say
from mta_lab.lab.namespaces import entered

_ALL = 3  # ETH_P_ALL
_ETHERNET = 14
_IPV6_HEADER, _IPV6_MINIMUM = 40, 1280  # octets; the second is what every link passes
_DO_NOT_FRAGMENT = 0x4000
_UNREACHABLE, _FRAGMENTATION_NEEDED = 3, 4  # RFC 792
_PACKET_TOO_BIG = 2  # RFC 4443
_HOPS = 64
_QUOTED = 8  # octets of a packet's payload
_LARGEST_FRAME = 65536


@dataclass(frozen=True)
class SizeLimit:
    """An interface in a namespace, the largest packet that it lets in, and of which service."""

    namespace: str
    interface: str
    largest: int
    service: tuple[str, int] | None = None  # TCP from or to this address and port; None: all


def answer(frame: bytes, place: SizeLimit) -> bytes | None:
    """The frame that answers one that was seen at a place; None for one that is not too large."""
    packet = frame[_ETHERNET:]
    read = _VERSIONS.get(frame[12:_ETHERNET])
    found = read(packet) if read and packet else None
    if found is None or found.length <= place.largest:
        return None
    if place.service and not _is_of(packet, found, place.service):
        return None
    return frame[6:12] + frame[:6] + frame[12:_ETHERNET] + found.answer(place.largest)


@dataclass(frozen=True)
class _Packet:
    """A packet that must not be fragmented, as far as it matters here."""

    octets: bytes
    length: int
    header: int  # octets of the IP header
    protocol: int
    source: bytes
    destination: bytes

    def answer(self, largest: int) -> bytes:
        """The packet that says what size gets through."""
        return _too_big(self, largest) if len(self.source) == 16 else _needed(self, largest)


def _ipv4(packet: bytes) -> _Packet | None:
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    length, flags = struct.unpack_from("!H2xH", packet, 2)
    if not flags & _DO_NOT_FRAGMENT:
        return None
    header = (packet[0] & 0x0F) * 4
    return _Packet(packet, length, header, packet[9], packet[12:16], packet[16:20])


def _ipv6(packet: bytes) -> _Packet | None:
    """No router may fragment IPv6 (RFC 8200 5)."""
    if len(packet) < _IPV6_HEADER or packet[0] >> 4 != 6:
        return None
    length = _IPV6_HEADER + int.from_bytes(packet[4:6], "big")
    return _Packet(packet, length, _IPV6_HEADER, packet[6], packet[8:24], packet[24:40])


#: What reads a packet, by Ethernet type.
_VERSIONS: Mapping[bytes, Callable[[bytes], _Packet | None]] = {
    b"\x08\x00": _ipv4,
    b"\x86\xdd": _ipv6,
}


def _needed(packet: _Packet, largest: int) -> bytes:
    """ICMP "fragmentation needed" (RFC 1191)."""
    quoted = packet.octets[: packet.header + _QUOTED]
    icmp = struct.pack("!BBHHH", _UNREACHABLE, _FRAGMENTATION_NEEDED, 0, 0, largest) + quoted
    icmp = icmp[:2] + _checksum(icmp) + icmp[4:]
    ip = struct.pack("!BBHHHBB2x", 0x45, 0, 20 + len(icmp), 0, 0, _HOPS, socket.IPPROTO_ICMP)
    ip += packet.destination + packet.source
    return ip[:10] + _checksum(ip) + ip[12:] + icmp


def _too_big(packet: _Packet, largest: int) -> bytes:
    """ICMPv6 "packet too big" (RFC 4443 3.2)."""
    icmp = struct.pack("!BBHI", _PACKET_TOO_BIG, 0, 0, largest)
    icmp += packet.octets[: _IPV6_MINIMUM - _IPV6_HEADER - len(icmp)]
    ends = packet.destination + packet.source
    pseudo = ends + struct.pack("!I3xB", len(icmp), socket.IPPROTO_ICMPV6)  # RFC 8200 8.1
    icmp = icmp[:2] + _checksum(pseudo + icmp) + icmp[4:]
    return struct.pack("!IHBB", 6 << 28, len(icmp), socket.IPPROTO_ICMPV6, _HOPS) + ends + icmp


def _is_of(packet: bytes, found: _Packet, service: tuple[str, int]) -> bool:
    address, port = parse_address(service[0]).packed, service[1].to_bytes(2, "big")
    at = found.header
    to_it = found.destination == address and packet[at + 2 : at + 4] == port
    from_it = found.source == address and packet[at : at + 2] == port
    return found.protocol == socket.IPPROTO_TCP and (to_it or from_it)


def _checksum(octets: bytes) -> bytes:
    """The Internet checksum (RFC 1071); that of a whole packet with its own is zero."""
    padded = octets + b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!H", ~total & 0xFFFF)


def main() -> None:
    """Answer at the places that the one argument lists (JSON); say so once that is under way."""
    with selectors.DefaultSelector() as ready:
        for each in json.loads(sys.argv[1]):
            place = SizeLimit(**each)
            with entered(Path(place.namespace)):
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ALL))
                sock.bind((place.interface, _ALL))
            ready.register(sock, selectors.EVENT_READ, (sock, place))
        say("answering")
        while True:
            for key, _ in ready.select():
                sock, place = key.data
                frame, (_, _, kind, *_) = sock.recvfrom(_LARGEST_FRAME)
                if kind != socket.PACKET_OUTGOING and (said := answer(frame, place)):
                    sock.send(said)


if __name__ == "__main__":
    main()
