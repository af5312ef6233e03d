"""Packets out of a capture file: pcap or pcapng, gzipped or not, read once from start to end.

They are read here and not by scapy, with which the tests write captures: its readers print
warnings of their own, do not say that a file ends within a packet, and cut frames above 64 K. The
formats are those of draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
"""

import gzip
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

_LARGEST = 1 << 24  # octets of a packet; segmentation offload makes some of 1 << 16 and more
_NANOSECONDS = 10**9
_LATEST = 253_402_300_799 * _NANOSECONDS  # the end of the year 9999: no calendar here has more

_GZIP = b"\x1f\x8b"
#: By the first octets of a pcap file: the byte order, and the nanoseconds in a unit of its times.
_PCAP = {
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\x3c\x4d": (">", 1),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
}
_LINK = 0xFFFF  # the bits of a pcap's link type; the others are about frame check sequences

_PCAPNG = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}  # of a section
_INTERFACE, _OBSOLETE_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_TIME_RESOLUTION, _TIME_OFFSET = 9, 14  # options of an interface


class NotACapture(Exception):  # noqa: N818, it is what the file is
    """The file is neither pcap nor pcapng; the text says which file."""


class Packet(NamedTuple):
    """A packet of a capture.

    `time` is in nanoseconds since the epoch, `link` the type of link
    (www.tcpdump.org/linktypes.html), and `length` how many octets it had before the capture cut it.
    """

    time: int
    link: int
    octets: bytes
    length: int


class CutShort(Exception):  # noqa: N818, it is what the file is
    """The file ends before something does; the text says within what."""


def packets(stream: io.BufferedReader, name: str) -> Iterator[Packet]:
    """The packets of a capture in its order; `name` is what errors call it.

    Raises NotACapture when it is none, and CutShort after the last packet of one that is damaged
    or does not end where it should.
    """
    try:
        if stream.peek(2)[:2] == _GZIP:
            stream = io.BufferedReader(gzip.GzipFile(fileobj=stream))
        magic = stream.read(4)
        if magic in _PCAP:
            read = _pcap(stream, *_PCAP[magic])
        elif magic == _PCAPNG:
            read = _pcapng(stream)
        else:
            raise NotACapture(f"{name}: neither pcap nor pcapng")
        yield from read
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CutShort(f"what it is compressed with cannot be read on ({error})") from error


def _take(stream: io.BufferedReader, count: int, what: str) -> bytes:
    """The next `count` octets. Raises CutShort, which says that the file ends within `what`."""
    if not 0 <= count <= _LARGEST:
        raise CutShort(f"{what} would have {count} octets")
    octets = stream.read(count)
    if len(octets) < count:
        raise CutShort(f"it ends within {what}")
    return octets


# pcap


def _pcap(stream: io.BufferedReader, order: str, unit: int) -> Iterator[Packet]:
    *_, link = struct.unpack(f"{order}HHiIII", _take(stream, 20, "its header"))
    header = struct.Struct(f"{order}IIII")
    number = 1
    while stream.peek(1):
        about = _take(stream, header.size, f"packet {number}")
        seconds, fraction, captured, length = header.unpack(about)
        octets = _take(stream, captured, f"packet {number}")
        time = seconds * _NANOSECONDS + fraction * unit
        yield Packet(time, link & _LINK, octets, length)
        number += 1


# pcapng


class _Interface(NamedTuple):
    link: int = 0
    snapshot: int = 0  # octets of a packet that are kept at most, 0: all
    per_second: int = 1_000_000  # of its units of time
    offset: int = 0  # seconds

    def nanoseconds(self, high: int, low: int) -> int:
        """A time of a packet; past the last one that calendars have, that."""
        ticks = high << 32 | low
        return min(ticks * _NANOSECONDS // self.per_second + self.offset * _NANOSECONDS, _LATEST)


class _Section(NamedTuple):
    order: str
    interfaces: list[_Interface]

    def unpack(self, form: str, octets: bytes) -> tuple[int, ...]:
        """Integers in the byte order of the section. Raises struct.error."""
        return struct.unpack_from(self.order + form, octets)

    def interface(self, number: int) -> _Interface:
        """Interface `number`. Raises IndexError."""
        return self.interfaces[number]


def _pcapng(stream: io.BufferedReader) -> Iterator[Packet]:
    section = _section(stream)
    number = 1
    while stream.peek(1):
        kind = _take(stream, 4, f"the block after packet {number - 1}")
        if kind == _PCAPNG:
            section = _section(stream)
            continue
        (block_type,) = section.unpack("I", kind)
        read = _PACKETS.get(block_type)
        what = f"packet {number}" if read else f"the block after packet {number - 1}"
        body = _body(stream, section, what)
        try:
            if block_type == _INTERFACE:
                section.interfaces.append(_interface(section, body))
            elif read:
                yield read(section, body)
                number += 1
        except (struct.error, IndexError) as error:
            raise CutShort(f"{what} is not as it should be") from error


def _section(stream: io.BufferedReader) -> _Section:
    """Read a section header block after its type."""
    length, magic = _take(stream, 4, "a section header"), _take(stream, 4, "a section header")
    if magic not in _BYTE_ORDERS:
        raise CutShort(f"a section with the byte order 0x{magic.hex()}")
    section = _Section(_BYTE_ORDERS[magic], [])
    (octets,) = section.unpack("I", length)
    _take(stream, octets - 12, "a section header")
    return section


def _body(stream: io.BufferedReader, section: _Section, what: str) -> bytes:
    """Read a block after its type: what lies between its two lengths."""
    (length,) = section.unpack("I", _take(stream, 4, what))
    return _take(stream, length + -length % 4 - 8, what)[:-4]


def _interface(section: _Section, body: bytes) -> _Interface:
    link, snapshot = section.unpack("HxxI", body)
    found = _Interface(link, snapshot)
    for code, value in _options(section, body[8:]):
        if code == _TIME_RESOLUTION:
            found = found._replace(per_second=(2 if value[0] & 0x80 else 10) ** (value[0] & 0x7F))
        elif code == _TIME_OFFSET:
            found = found._replace(offset=section.unpack("q", value)[0])
    return found


def _options(section: _Section, octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(octets):
        code, length = section.unpack("HH", octets[at : at + 4])
        if not code:
            return
        yield code, octets[at + 4 : at + 4 + length]
        at += 4 + length + -length % 4


def _enhanced(section: _Section, body: bytes) -> Packet:
    number, high, low, captured, length = section.unpack("IIIII", body)
    interface = section.interface(number)
    octets = body[20 : 20 + captured]
    return Packet(interface.nanoseconds(high, low), interface.link, octets, length)


def _simple(section: _Section, body: bytes) -> Packet:
    (length,) = section.unpack("I", body)
    interface = section.interface(0)
    captured = min(length, interface.snapshot or length)
    return Packet(0, interface.link, body[4 : 4 + captured], length)


def _obsolete(section: _Section, body: bytes) -> Packet:
    number, high, low, captured, length = section.unpack("HxxIIII", body)
    interface = section.interface(number)
    octets = body[20 : 20 + captured]
    return Packet(interface.nanoseconds(high, low), interface.link, octets, length)


_PACKETS: dict[int, Callable[[_Section, bytes], Packet]] = {
    _ENHANCED_PACKET: _enhanced,
    _SIMPLE_PACKET: _simple,
    _OBSOLETE_PACKET: _obsolete,
}
