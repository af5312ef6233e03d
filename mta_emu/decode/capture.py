"""TCP segments out of a capture file: pcap or pcapng, from whatever kind of link.

The file is read by scapy, which knows both formats, per-interface link types and resolutions. The
few octets of link, IP and TCP header are read here: scapy's own dissection takes a quarter of a
millisecond a packet, which would make twenty seconds of a captured transfer of 100 MB.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from scapy.error import Scapy_Exception
from scapy.utils import RawPcapReader

from mta_emu.decode.segment import Address, Segment

_LARGEST_FRAME = 1 << 20  # above what segmentation offload makes
_NANOSECONDS = 10**9
_LATEST = 253_402_300_799 * _NANOSECONDS  # the end of the year 9999: no calendar here has more

_ETHERNET = 1
_ETHERTYPE_AT = 12
_VLAN_TAGS = (b"\x81\x00", b"\x88\xa8", b"\x91\x00")

#: Link types (www.tcpdump.org/linktypes.html) and how many octets lie before the IP header.
_LINK_HEADERS = {
    0: 4,  # BSD loopback
    _ETHERNET: 14,
    12: 0,  # raw IP, as some systems number it
    101: 0,  # raw IP
    108: 4,  # OpenBSD loopback
    113: 16,  # Linux cooked capture
    228: 0,  # IPv4
    229: 0,  # IPv6
    276: 20,  # Linux cooked capture, version 2
}

_TCP = 6
_IPV6_EXTENSIONS = (0, 43, 60)  # hop-by-hop options, routing, destination options
_MORE_FRAGMENTS_OR_OFFSET = 0x3FFF


class NotACapture(Exception):  # noqa: N818, it is what the file is
    """The file is neither pcap nor pcapng; the text says which file."""


def segments(path: Path) -> Iterator[Segment]:
    """The TCP segments in the file at `path`, in its order.

    Whatever is not TCP over IP, or an IP fragment, is passed over. Raises NotACapture when the
    file is not one, OSError when it cannot be read.
    """
    with path.open("rb") as stream:  # so that the system says what is wrong with the path
        try:
            reader = RawPcapReader(stream)
        except (Scapy_Exception, struct.error) as error:
            raise NotACapture(f"{path}: neither pcap nor pcapng ({error})") from error
        for number, (octets, link, time) in enumerate(_packets(reader), 1):
            packet = _ip_packet(link, octets)
            if packet and (segment := _segment(number, time, packet)):
                yield segment


def _packets(reader: Any) -> Iterator[tuple[bytes, int, int]]:
    """(octets, link type, nanoseconds since the epoch) of each packet."""
    while True:
        try:
            # Not its iterator: that cuts at 65 535 octets, less than a frame on loopback has.
            octets, about = reader._read_packet(size=_LARGEST_FRAME)
        except EOFError:
            return
        if hasattr(about, "tsresol"):
            ticks = (about.tshigh or 0) << 32 | (about.tslow or 0)
            yield octets, about.linktype, min(ticks * _NANOSECONDS // about.tsresol, _LATEST)
        else:
            fraction = about.usec if reader.nano else about.usec * 1000
            yield octets, reader.linktype, about.sec * _NANOSECONDS + fraction


def _ip_packet(link: int, octets: bytes) -> bytes | None:
    start = _LINK_HEADERS.get(link)
    if start is None:
        return None
    if link == _ETHERNET:
        while octets[start - 2 : start] in _VLAN_TAGS:
            start += 4
    return octets[start:]


def _segment(frame: int, time: int, packet: bytes) -> Segment | None:
    """The TCP segment in an IP packet, None when there is none."""
    try:
        version = packet[0] >> 4
        if version == 4:
            start, length, hosts = _ipv4(packet)
        elif version == 6:
            start, length, hosts = _ipv6(packet)
        else:
            return None
        if not start:
            return None
        source, destination, sequence, acknowledgement, offset, flags = struct.unpack_from(
            ">HHIIBB", packet, start
        )
    except (ValueError, IndexError, struct.error):
        return None  # cut off within its headers
    begin = start + (offset >> 4) * 4
    end = max(begin, start + length if length else len(packet))
    data = packet[begin:end]
    return Segment(
        frame,
        time,
        Address(hosts[0], source),
        Address(hosts[1], destination),
        sequence,
        acknowledgement if flags & 0x10 else None,
        syn=bool(flags & 0x02),
        fin=bool(flags & 0x01),
        rst=bool(flags & 0x04),
        data=data,
        cut=end - begin - len(data),
    )


def _ipv4(packet: bytes) -> tuple[int, int, tuple[str, str]]:
    """(where TCP begins, its octets, the hosts); it begins at 0 when the packet is not TCP's.

    The length is 0 when segmentation offload left it out (the packet's end is the segment's).
    """
    header = (packet[0] & 0x0F) * 4
    total, fragment = struct.unpack_from(">2xH2xH", packet)
    if packet[9] != _TCP or fragment & _MORE_FRAGMENTS_OR_OFFSET:
        return 0, 0, ("", "")
    return header, total and total - header, (_host(packet[12:16]), _host(packet[16:20]))


def _ipv6(packet: bytes) -> tuple[int, int, tuple[str, str]]:
    length, following = struct.unpack_from(">4xHB", packet)
    start, end = 40, 40 + length
    while following in _IPV6_EXTENSIONS:
        following, start = packet[start], start + 8 + packet[start + 1] * 8
    if following != _TCP:
        return 0, 0, ("", "")
    return start, length and end - start, (_host(packet[8:24]), _host(packet[24:40]))


@lru_cache(maxsize=1024)
def _host(octets: bytes) -> str:
    return str(ip_address(octets))
