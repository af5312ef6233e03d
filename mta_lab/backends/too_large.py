"""Answers packets that are too large, as a router does that must not fragment: a lab's process.

The packets themselves are dropped where they arrive, by a rule of nftables; what the kernel has no
rule for is the answer: ICMP "fragmentation needed" with the size that gets through (RFC 1191). It
carries the address of the packet's destination, because no router stands between.
"""

import json
import selectors
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from labkit.addresses import parse_address
from labkit.output import say
from mta_lab.lab.namespaces import entered

_ALL = 3  # ETH_P_ALL
_ETHERNET = 14
_IP = b"\x08\x00"
_DO_NOT_FRAGMENT = 0x4000
_UNREACHABLE, _FRAGMENTATION_NEEDED = 3, 4  # RFC 792
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
    if frame[12:_ETHERNET] != _IP or len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    length, flags = struct.unpack_from("!H2xH", packet, 2)
    if length <= place.largest or not flags & _DO_NOT_FRAGMENT:
        return None
    header = (packet[0] & 0x0F) * 4
    if place.service and not _is_of(packet, header, place.service):
        return None
    quoted = packet[: header + _QUOTED]
    icmp = struct.pack("!BBHHH", _UNREACHABLE, _FRAGMENTATION_NEEDED, 0, 0, place.largest) + quoted
    icmp = icmp[:2] + _checksum(icmp) + icmp[4:]
    source, destination = packet[12:16], packet[16:20]
    ip = struct.pack("!BBHHHBB2x", 0x45, 0, 20 + len(icmp), 0, 0, 64, socket.IPPROTO_ICMP)
    ip += destination + source
    ip = ip[:10] + _checksum(ip) + ip[12:]
    return frame[6:12] + frame[:6] + _IP + ip + icmp


def _is_of(packet: bytes, header: int, service: tuple[str, int]) -> bool:
    address, port = parse_address(service[0]).packed, service[1].to_bytes(2, "big")
    to_it = packet[16:20] == address and packet[header + 2 : header + 4] == port
    from_it = packet[12:16] == address and packet[header : header + 2] == port
    return packet[9] == socket.IPPROTO_TCP and (to_it or from_it)


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
