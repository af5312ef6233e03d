"""The few pcapng blocks that a capture of ours needs, with the options that say where it is from.

scapy's writer knows no section comment and no interface description, and a capture that was built
must say so. Block and option numbers are those of draft-ietf-opsawg-pcapng, clauses 3.5 and 4.
"""

import struct
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

LINKTYPE_ETHERNET = 1
LINKTYPE_RAW = 101  # begins with the IP header

_NANOSECONDS = 10**9

# block types (clause 4)
_SECTION_HEADER = 0x0A0D0D0A
_INTERFACE_DESCRIPTION = 1
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


class PcapngWriter:
    """Writes one section; a context manager that closes the file."""

    def __init__(self, path: Path, comment: str) -> None:
        """Create the file at `path` and write its header.

        `comment` is the section's, shown by Wireshark as the capture file comment. Raises OSError
        when the file cannot be written.
        """
        self.packets = 0
        self._interfaces = 0
        self._stream = path.open("wb")
        self._block(
            _SECTION_HEADER,
            struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1),
            [(_OPT_COMMENT, comment.encode()), (_SHB_USERAPPL, b"mta-lab")],
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
        head = struct.pack("<IIIII", interface, *time, len(octets), len(octets))
        self._block(
            _ENHANCED_PACKET,
            head + _padded(octets),
            [(_OPT_COMMENT, comment.encode())] if comment else [],
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

    def _block(self, kind: int, body: bytes, options: Iterable[tuple[int, bytes]]) -> None:
        written = b"".join(
            struct.pack("<HH", code, len(value)) + _padded(value) for code, value in options
        )
        if written:
            written += struct.pack("<HH", 0, 0)
        length = 12 + len(body) + len(written)
        self._stream.write(
            struct.pack("<II", kind, length) + body + written + struct.pack("<I", length)
        )


def nanoseconds(seconds: float) -> int:
    """Wall seconds since the epoch as a pcapng timestamp of this writer."""
    return round(seconds * _NANOSECONDS)


def _padded(octets: bytes) -> bytes:
    return octets + bytes(-len(octets) % 4)
