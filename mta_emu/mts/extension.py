"""Extension fields, X.411 figure 2: what the 1988 protocol has beyond that of 1984."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from functools import reduce
from operator import or_
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.preserved import Preserved
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder

_NULL, _SET = b"\x05\x00", b"\x31"
_CRITICALITY_BITS = 3  # of an octet; a peer may set more of them
_OCTET_BITS = 8
_EXPLICIT = "-explicit"  # ends the name of a type's alternative
_NO_TYPE = "without a type"  # that any version has so far


class StandardExtension(IntEnum):
    """The standard extensions that may lie in an envelope or a report (X.411 figure 2)."""

    RECIPIENT_REASSIGNMENT_PROHIBITED = 1
    ORIGINATOR_REQUESTED_ALTERNATE_RECIPIENT = 2
    DL_EXPANSION_PROHIBITED = 3
    CONVERSION_WITH_LOSS_PROHIBITED = 4
    LATEST_DELIVERY_TIME = 5
    REQUESTED_DELIVERY_METHOD = 6
    PHYSICAL_FORWARDING_PROHIBITED = 7
    PHYSICAL_FORWARDING_ADDRESS_REQUEST = 8
    PHYSICAL_DELIVERY_MODES = 9
    REGISTERED_MAIL_TYPE = 10
    RECIPIENT_NUMBER_FOR_ADVICE = 11
    PHYSICAL_RENDITION_ATTRIBUTES = 12
    ORIGINATOR_RETURN_ADDRESS = 13
    PHYSICAL_DELIVERY_REPORT_REQUEST = 14
    ORIGINATOR_CERTIFICATE = 15
    MESSAGE_TOKEN = 16
    CONTENT_CONFIDENTIALITY_ALGORITHM_IDENTIFIER = 17
    CONTENT_INTEGRITY_CHECK = 18
    MESSAGE_ORIGIN_AUTHENTICATION_CHECK = 19
    MESSAGE_SECURITY_LABEL = 20
    PROOF_OF_SUBMISSION_REQUEST = 21
    PROOF_OF_DELIVERY_REQUEST = 22
    CONTENT_CORRELATOR = 23
    PROBE_ORIGIN_AUTHENTICATION_CHECK = 24
    REDIRECTION_HISTORY = 25
    DL_EXPANSION_HISTORY = 26
    PHYSICAL_FORWARDING_ADDRESS = 27
    RECIPIENT_CERTIFICATE = 28
    PROOF_OF_DELIVERY = 29
    ORIGINATOR_AND_DL_EXPANSION_HISTORY = 30
    REPORTING_DL_NAME = 31
    REPORTING_MTA_CERTIFICATE = 32
    REPORT_ORIGIN_AUTHENTICATION_CHECK = 33
    ORIGINATING_MTA_CERTIFICATE = 34
    PROOF_OF_SUBMISSION = 35
    FORWARDING_REQUEST = 36
    TRACE_INFORMATION = 37
    INTERNAL_TRACE_INFORMATION = 38
    REPORTING_MTA_NAME = 39
    MULTIPLE_ORIGINATOR_CERTIFICATES = 40
    BLIND_COPY_RECIPIENTS = 41
    DL_EXEMPTED_RECIPIENTS = 42
    BODY_PART_ENCRYPTION_TOKEN = 43
    FORWARDED_CONTENT_TOKEN = 44
    CERTIFICATE_SELECTORS = 45


class Criticality(IntFlag):
    """For whom an extension is critical; the values are the bits on the wire, first bit highest."""

    NONE = 0
    FOR_SUBMISSION = 0x80
    FOR_TRANSFER = 0x40
    FOR_DELIVERY = 0x20


@dataclass(frozen=True)
class Extension(Preserved):
    """An extension field: a standard extension's number or a private one's identifier.

    `value` is the BER of its value; `explicit` when its type has an EXPLICIT tag, as PP writes it.
    """

    kind: int | str
    value: bytes = _NULL
    criticality: Criticality = Criticality.NONE
    explicit: bool = False

    def __str__(self) -> str:
        if isinstance(self.kind, int) and self.kind in set(StandardExtension):
            return StandardExtension(self.kind).name.lower().replace("_", "-")
        return f"extension {self.kind}"


Extensions = tuple[Extension, ...]


def find(extensions: Iterable[Extension], kind: int | str) -> Extension | None:
    """The extension of a kind, of which there is one at most."""
    return next((each for each in extensions if each.kind == kind), None)


def criticality(extensions: Iterable[Extension]) -> Criticality:
    """What any of the extensions is critical for."""
    return reduce(or_, (each.criticality for each in extensions), Criticality.NONE)


def with_extension(extensions: Extensions, new: Extension) -> Extensions:
    """The extensions with `new` in the place of the one of its kind."""
    if find(extensions, new.kind):
        return tuple(new if each.kind == new.kind else each for each in extensions)
    return (*extensions, new)


def encode_all(extensions: Extensions) -> bytes | None:
    """The BER of a SET OF extension fields; None when there are none."""
    return ber.tlv(_SET, b"".join(map(encode, extensions))) if extensions else None


@decoder
def decode_all(octets: bytes) -> Extensions:
    """Read a SET OF extension fields, under any tag. Raises ProtocolError."""
    return tuple(decode(each) for each in ber.elements(ber.contents(octets)))


def encode(extension: Extension) -> bytes:
    """The BER of an extension field."""
    if extension.octets is not None:
        return extension.octets
    alternative = "private-extension" if isinstance(extension.kind, str) else "standard-extension"
    alternative += _EXPLICIT if extension.explicit else ""
    fields: dict[str, Any] = {
        "type": MTS.encode("ExtensionType", (alternative, extension.kind)),
        "value": extension.value,
    }
    if bits := int(extension.criticality):
        known = not bits & (1 << _OCTET_BITS - _CRITICALITY_BITS) - 1
        fields["criticality"] = (bytes((bits,)), _CRITICALITY_BITS if known else _OCTET_BITS)
    return MTS.encode("ExtensionField", fields)


@decoder
def decode(octets: bytes) -> Extension:
    """Read the BER of an extension field. Raises ProtocolError."""
    fields = MTS.decode("ExtensionField", octets)
    bits = fields.get("criticality", (b"", 0))[0]
    alternative, kind = MTS.decode("ExtensionType", bytes(fields["type"]))
    return Extension(
        kind=_NO_TYPE if kind is None else kind,
        value=bytes(fields.get("value", _NULL)),
        criticality=Criticality(next(iter(bits), 0)),
        explicit=kind is not None and alternative.endswith(_EXPLICIT),
    ).came_as(octets)
