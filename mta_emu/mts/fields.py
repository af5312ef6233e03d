"""Fields that envelopes of messages, probes and reports hold (X.411 8.2.1.1.1)."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import lru_cache
from typing import Any, NamedTuple

from labkit.frozen import replace
from mta_emu.mts.asn1 import MTS
from mta_emu.osi.errors import decoder
from mta_emu.osi.remembered import remembered

_OCTET_BITS = 8


class ContentType(IntEnum):
    """Built-in content types (X.411 8.2.1.1.1.34)."""

    UNIDENTIFIED = 0
    EXTERNAL = 1
    INTERPERSONAL_MESSAGING_1984 = 2
    INTERPERSONAL_MESSAGING_1988 = 22


#: The content type of Exchange contents, MDBEF: the format of Exchange's own store [Q162430].
#: Microsoft did not publish the format: what is written here is an interpersonal message with all
#: that there is, and what Exchange wrote is carried and delivered as it is.
EXCHANGE_CONTENTS = "1.2.840.113556.5.1"


class Priority(IntEnum):
    """Priorities; the values are those on the wire."""

    NORMAL = 0
    NON_URGENT = 1
    URGENT = 2


class ReportRequest(IntEnum):
    """Which reports are asked for, two bits of the per-recipient indicators."""

    NONE = 0
    NON_DELIVERY = 1
    DELIVERY = 2
    AUDITED = 3


class PerMessageIndicators(IntFlag):
    """What the originator wants; the values are the bits on the wire, first bit highest."""

    NONE = 0
    DISCLOSURE_OF_OTHER_RECIPIENTS = 0x80
    IMPLICIT_CONVERSION_PROHIBITED = 0x40
    ALTERNATE_RECIPIENT_ALLOWED = 0x20
    CONTENT_RETURN_REQUEST = 0x10


class EncodedInformationType(IntEnum):
    """Built-in encoded information types; the values are the bits on the wire."""

    UNKNOWN = 0
    TELEX = 1
    IA5_TEXT = 2
    G3_FACSIMILE = 3
    TELETEX = 5


@lru_cache(maxsize=256)
def encoded_information_types(*built_in: int, extended: tuple[str, ...] = ()) -> bytes:
    """The BER of encoded information types, by the bits and the object identifiers given."""
    octets = bytearray(2)
    for bit in built_in:
        octets[bit // 8] |= 0x80 >> bit % 8
    fields: dict[str, Any] = {
        "built-in-encoded-information-types": (bytes(octets), len(octets) * 8)
    }
    if extended:
        fields["extended-encoded-information-types"] = list(extended)
    return MTS.encode("EncodedInformationTypes", fields)


_NAMES_OF_TYPES = {
    int(each): each.name.lower().replace("_", "-") for each in EncodedInformationType
}
_NAMES_OF_TYPES |= {4: "g4-class-1", 6: "videotex", 7: "voice", 8: "sfd", 9: "mixed-mode"}
_NAMES_OF_CONTENTS: dict[int | str, str] = {
    ContentType.UNIDENTIFIED: "unidentified content",
    ContentType.EXTERNAL: "external content",
    ContentType.INTERPERSONAL_MESSAGING_1984: "P2",
    ContentType.INTERPERSONAL_MESSAGING_1988: "P22",
    EXCHANGE_CONTENTS: "Exchange contents",
}


#: The names that `content_type_name` and `read_information_types` give.
CONTENT_TYPE_NAMES = tuple(_NAMES_OF_CONTENTS.values())
INFORMATION_TYPE_NAMES = tuple(_NAMES_OF_TYPES.values())


class InformationTypes(NamedTuple):
    """Encoded information types: the built-in ones by name, the others by object identifier."""

    built_in: tuple[str, ...] = ()
    extended: tuple[str, ...] = ()


@remembered
@decoder
def read_information_types(octets: bytes) -> InformationTypes:
    """The names in the BER of encoded information types; empty: none. Raises ProtocolError."""
    if not octets:
        return InformationTypes()
    types = MTS.decode("EncodedInformationTypes", octets)
    bits, count = types.get("built-in-encoded-information-types") or (b"", 0)
    set_bits = [bit for bit in range(min(count, 8 * len(bits))) if bits[bit // 8] << bit % 8 & 0x80]
    return InformationTypes(
        tuple(_NAMES_OF_TYPES.get(bit, f"bit {bit}") for bit in set_bits),
        tuple(types.get("extended-encoded-information-types") or ()),
    )


def content_type_name(content_type: int | str) -> str:
    """A content type as people call it; else its number or object identifier."""
    return _NAMES_OF_CONTENTS.get(content_type, str(content_type))


@dataclass(frozen=True)
class Indicators:
    """The per-recipient indicators, a string of at least eight bits.

    As new: responsible, and non-delivery reports for the originator and its MTA.
    """

    octets: bytes = b"\xa8"
    bits: int = _OCTET_BITS

    @classmethod
    def asking(cls, originator: ReportRequest, mta: ReportRequest) -> "Indicators":
        """Responsible, and these reports asked for."""
        return cls(bytes((0x80 | mta << 5 | originator << 3,)))

    @property
    def responsible(self) -> bool:
        """Whether the MTA that holds this copy has to deliver to this recipient."""
        return bool(self.octets[0] & 0x80)

    @property
    def mta_report(self) -> ReportRequest:
        """Which reports the originating MTA asks for."""
        return ReportRequest(self.octets[0] >> 5 & 3)

    @property
    def originator_report(self) -> ReportRequest:
        """Which reports the originator asks for."""
        return ReportRequest(self.octets[0] >> 3 & 3)

    def with_responsibility(self, responsible: bool) -> "Indicators":
        """The same with the responsibility laid on the receiver, or not."""
        first = self.octets[0] & 0x7F | responsible << 7
        return replace(self, octets=bytes((first,)) + self.octets[1:])
