"""How the members that several envelopes have become attributes, and back (sets.py)."""

from collections.abc import Callable
from typing import Any

from mta_emu.mts import extension, identifiers, oraddress, trace
from mta_emu.mts.fields import Indicators, PerMessageIndicators
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.sets import Member
from mta_emu.mts.trace import Trace
from mta_emu.osi import ber

#: Upper bounds of X.411 Annex B: ub-extension-types, ub-recipients.
EXTENSION_TYPES, RECIPIENTS = 256, 32767
_OCTET_BITS = 8
_OR_NAME, _SEQUENCE = b"\x60", b"\x30"


def identifier_member(attribute: str = "identifier") -> Member:
    """An MTS identifier."""
    return Member(attribute, identifiers.decode, identifiers.encode, whole=True)


def name_member(attribute: str) -> Member:
    """An O/R name, whatever its tag."""

    def read(octets: bytes) -> ORAddress:
        return oraddress.decode(ber.retagged(_OR_NAME, octets))

    def write(address: ORAddress | None) -> bytes | None:
        return oraddress.encode(address) if address else None

    return Member(attribute, read, write, whole=True)


def trace_member(attribute: str = "trace") -> Member:
    """Trace information."""

    def write(elements: Trace) -> bytes | None:
        return trace.encode(elements) if elements else None

    return Member(attribute, trace.decode, write, whole=True)


def encoded_information_types_member(attribute: str = "encoded_information_types") -> Member:
    """Encoded information types, kept as BER."""
    return Member(attribute, whole=True)


def recipients_member(
    encode_one: Callable[[Any], bytes], decode_one: Callable[[bytes], Any]
) -> Member:
    """The per-recipient fields."""

    def read(octets: bytes) -> tuple[Any, ...]:
        all_ = ber.elements(ber.contents(octets), RECIPIENTS + 1)
        if not 1 <= len(all_) <= RECIPIENTS:
            raise ValueError(f"no recipient, or more than {RECIPIENTS}")
        return tuple(decode_one(each) for each in all_)

    def write(all_: tuple[Any, ...]) -> bytes:
        return ber.tlv(_SEQUENCE, b"".join(map(encode_one, all_)))

    return Member("recipients", read, write, whole=True)


EXTENSIONS = Member(
    "extensions", extension.decode_all, extension.encode_all, whole=True, most=EXTENSION_TYPES
)
INDICATORS = Member(
    "indicators",
    lambda bits: Indicators(bits[0] or b"\x00", bits[1]),
    lambda indicators: (indicators.octets, indicators.bits),
)
MESSAGE_INDICATORS = Member(
    "indicators",
    lambda bits: PerMessageIndicators(next(iter(bits[0]), 0)),
    lambda flags: (bytes((flags,)), _OCTET_BITS) if flags else None,
)
BUILT_IN_CONTENT_TYPE = Member(
    "content_type", write=lambda kind: int(kind) if isinstance(kind, int) else None
)
EXTENDED_CONTENT_TYPE = Member(
    "content_type", write=lambda kind: kind if isinstance(kind, str) and kind else None
)
CONTENT_IDENTIFIER = Member("content_identifier")
BILATERAL_INFORMATION = Member(
    "bilateral_information",
    lambda octets: tuple(ber.elements(ber.contents(octets))),
    lambda elements: ber.tlv(_SEQUENCE, b"".join(elements)) if elements else None,
    whole=True,
    most=trace.MAX_ELEMENTS,
)
