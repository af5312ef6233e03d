"""TNEF, in which MAPI properties travel beside a message: Exchange's winmail.dat ([MS-OXTNEF]).

Only what rich text needs: a stream with the message class and the text as RTF.
"""

import struct
from collections.abc import Iterable

SIGNATURE = struct.pack("<I", 0x223E9F78)
FILE_NAME = "winmail.dat"

_KEY = 0x0001  # relates attachments to the stream's own; there are none
_MESSAGE_LEVEL = 1
#: Attributes: a type in the upper half, an identifier in the lower.
_VERSION, _CODE_PAGE = 0x00089006, 0x00069007
_MESSAGE_CLASS, _MAPI_PROPERTIES = 0x00078008, 0x00069003
_WINDOWS_1252 = 1252
_NOTE = b"IPM.Microsoft Mail.Note\0"

_BINARY, _BOOLEAN = 0x0102, 0x000B  # property types
_RTF_COMPRESSED, _RTF_IN_SYNC = 0x1009, 0x0E1F
_UNCOMPRESSED = b"MELA"
_AFTER_SIZE = 12  # octets of the RTF header that its size counts


def is_tnef(octets: bytes) -> bool:
    """Whether a file that begins so is a TNEF stream."""
    return octets.startswith(SIGNATURE)


def encode(rtf: bytes) -> bytes:
    """The TNEF stream of a message whose rich text is this RTF, which is stored uncompressed."""
    header = struct.pack("<II4sI", len(rtf) + _AFTER_SIZE, len(rtf), _UNCOMPRESSED, 0)
    properties = (
        _property(_BINARY, _RTF_COMPRESSED, header + rtf),
        struct.pack("<HHI", _BOOLEAN, _RTF_IN_SYNC, True),
    )
    attributes = (
        (_VERSION, struct.pack("<I", 0x00010000)),
        (_CODE_PAGE, struct.pack("<II", _WINDOWS_1252, 0)),
        (_MESSAGE_CLASS, _NOTE),
        (_MAPI_PROPERTIES, struct.pack("<I", len(properties)) + b"".join(properties)),
    )
    return SIGNATURE + struct.pack("<H", _KEY) + b"".join(_attributes(attributes))


def _property(kind: int, identifier: int, value: bytes) -> bytes:
    """A property of variable length, which has one value, padded to four octets."""
    return struct.pack("<HHII", kind, identifier, 1, len(value)) + value + bytes(-len(value) % 4)


def _attributes(attributes: Iterable[tuple[int, bytes]]) -> Iterable[bytes]:
    for identifier, value in attributes:
        yield struct.pack("<BII", _MESSAGE_LEVEL, identifier, len(value))
        yield value + struct.pack("<H", sum(value) & 0xFFFF)
