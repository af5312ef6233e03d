"""The few pcapng blocks that a capture of ours needs, with the options that say what it is.

scapy's writer knows no section comment, no interface description, no statistics and no names.
Block and option numbers are those of draft-ietf-opsawg-pcapng, clauses 3.5 and 4.
"""

import os
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, NamedTuple

from labkit.addresses import IPAddress

LINKTYPE_ETHERNET = 1
LINKTYPE_RAW = 101  # begins with the IP header

_NANOSECONDS = 10**9

# block types (clause 4)
_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE_DESCRIPTION = 1
_NAME_RESOLUTION = 4
_INTERFACE_STATISTICS = 5
_ENHANCED_PACKET = 6

# options of any block, of the section header, of the interface description and statistics
_OPT_COMMENT = 1
_SHB_USERAPPL = 4
_IF_NAME = 2
_IF_DESCRIPTION = 3
_IF_TSRESOL = 9
_ISB_IFRECV = 4
_ISB_IFDROP = 5

_NRB_RECORDS = {4: 1, 6: 2}  # by version of IP
_END = struct.pack("<HH", 0, 0)  # of options, and of a name resolution block's records

_BLOCK_HEAD = 8  # type and length
_PACKET_HEAD = struct.Struct("<IIIII")  # interface, time twice, captured and original length


class PcapngWriter:
    """Writes one section; a context manager that closes the file."""

    def __init__(self, path: Path, comment: str = "") -> None:
        """Create the file at `path` and write its header.

        `comment` is the section's, shown by Wireshark as the capture file comment; empty: none.
        Raises OSError when the file cannot be written.
        """
        self.packets = 0
        self._interfaces = 0
        self._stream = path.open("wb")
        self._block(
            _SECTION_HEADER,
            struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1),
            [*_comments(filter(None, [comment])), (_SHB_USERAPPL, b"mta-lab")],
        )

    def interface(self, name: str, description: str, linktype: int) -> int:
        """Describe an interface; the number by which its packets name it."""
        self._block(
            _INTERFACE_DESCRIPTION,
            struct.pack("<HHI", linktype, 0, 0),
            [
                (_IF_NAME, name.encode()),
                (_IF_DESCRIPTION, description.encode()),
                (_IF_TSRESOL, bytes([9])),
            ],
        )
        self._interfaces += 1
        return self._interfaces - 1

    def names(self, names: Mapping[IPAddress, Sequence[str]]) -> None:
        """Say what addresses are called, so that a reader need not ask a name server (4.5)."""
        records = b""
        for address, called in names.items():
            value = address.packed + b"".join(name.encode() + b"\0" for name in called)
            records += struct.pack("<HH", _NRB_RECORDS[address.version], len(value)) + _padded(
                value
            )
        self._block(_NAME_RESOLUTION, records + _END, [])

    def __enter__(self) -> "PcapngWriter":
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stream.close()

    def packet(
        self, nanoseconds: int, octets: bytes, comment: str = "", interface: int = 0
    ) -> None:
        """Write a packet seen `nanoseconds` after the epoch."""
        self.packets += 1
        time = nanoseconds >> 32, nanoseconds & 0xFFFFFFFF
        head = _PACKET_HEAD.pack(interface, *time, len(octets), len(octets))
        self._block(
            _ENHANCED_PACKET,
            head + _padded(octets),
            _comments(filter(None, [comment])),
        )

    def statistics(self, nanoseconds: int, received: int, dropped: int, interface: int = 0) -> None:
        """Write how many packets the kernel passed its filter, and how many of them it lost."""
        self._block(
            _INTERFACE_STATISTICS,
            struct.pack("<III", interface, nanoseconds >> 32, nanoseconds & 0xFFFFFFFF),
            [
                (_ISB_IFRECV, struct.pack("<Q", received)),
                (_ISB_IFDROP, struct.pack("<Q", dropped)),
            ],
        )

    def fileno(self) -> int:
        """The file's descriptor, to be polled."""
        return self._stream.fileno()

    def flush(self) -> None:
        """Let a reader of the file see all that was written."""
        self._stream.flush()

    def _block(self, kind: int, body: bytes, options: Iterable[tuple[int, bytes]]) -> None:
        written = _options(options)
        self._stream.write(_framed(kind, body + written + (_END if written else b"")))


def comment_packets(path: Path, comments: Mapping[int, Sequence[str]]) -> None:
    """Give packets of a file that `PcapngWriter` wrote more comments, by number from 1.

    The file is written anew beside itself and takes its own place when it is whole. Raises OSError.
    """
    new = path.with_name(f"{path.name}.new")
    with path.open("rb") as source, new.open("wb") as target:
        number = 0
        for kind, body in _blocks(source):
            number += kind == _ENHANCED_PACKET
            texts = comments.get(number, ()) if kind == _ENHANCED_PACKET else ()
            target.write(_framed(kind, _with_comments(body, texts) if texts else body))
    os.replace(new, path)


class Packet(NamedTuple):
    """A packet of a file, and the interface that it was seen at; the time is since the epoch."""

    interface: str
    linktype: int
    nanoseconds: int
    octets: bytes


def read_packets(path: Path) -> Iterator[Packet]:
    """The packets of a file that `PcapngWriter` wrote. Raises OSError."""
    interfaces: list[tuple[str, int]] = []
    with path.open("rb") as stream:
        for kind, body in _blocks(stream):
            if kind == _INTERFACE_DESCRIPTION:
                linktype, _, _, option, length = struct.unpack_from("<HHIHH", body)
                name = body[12 : 12 + length].decode() if option == _IF_NAME else ""
                interfaces.append((name, linktype))
            elif kind == _ENHANCED_PACKET:
                interface, high, low, captured, _ = _PACKET_HEAD.unpack_from(body)
                octets = body[_PACKET_HEAD.size : _PACKET_HEAD.size + captured]
                name, linktype = interfaces[interface]
                yield Packet(name, linktype, high << 32 | low, octets)


def _blocks(stream: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each block's type and what is in it."""
    while head := stream.read(_BLOCK_HEAD):
        kind, length = struct.unpack("<II", head)
        yield kind, stream.read(length - _BLOCK_HEAD)[:-4]


def _with_comments(packet: bytes, texts: Iterable[str]) -> bytes:
    """An enhanced packet block's body with comments after the options that it has."""
    captured = _PACKET_HEAD.unpack_from(packet)[3]
    has_options = len(packet) > _PACKET_HEAD.size + captured + -captured % 4
    before = packet.removesuffix(_END) if has_options else packet
    return before + _options(_comments(texts)) + _END


def _comments(texts: Iterable[str]) -> Iterator[tuple[int, bytes]]:
    return ((_OPT_COMMENT, text.encode()) for text in texts)


def _framed(kind: int, body: bytes) -> bytes:
    length = len(body) + 12
    return struct.pack("<II", kind, length) + body + struct.pack("<I", length)


def _options(options: Iterable[tuple[int, bytes]]) -> bytes:
    return b"".join(
        struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options
    )


def nanoseconds(seconds: float) -> int:
    """Wall seconds since the epoch as a pcapng timestamp of this writer."""
    return round(seconds * _NANOSECONDS)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
