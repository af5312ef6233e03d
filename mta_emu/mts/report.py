"""Delivery and non-delivery reports, X.411 clause 8.2.1.3 and figure 4.

A 1984 delivery report is one without extensions, content type and encoded information types.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Extensions
from mta_emu.mts.fields import Indicators
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.members import (
    BUILT_IN_CONTENT_TYPE,
    CONTENT_IDENTIFIER,
    EXTENDED_CONTENT_TYPE,
    EXTENSIONS,
    INDICATORS,
    encoded_information_types_member,
    identifier_member,
    name_member,
    recipients_member,
    trace_member,
)
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.preserved import PreservedSet
from mta_emu.mts.sets import Member, SetCodec
from mta_emu.mts.trace import Trace, TraceElement, internal_trace, passed
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder


class NonDeliveryReason(IntEnum):
    """Non-delivery reason codes (X.411 8.3.1.2.1.13)."""

    TRANSFER_FAILURE = 0
    UNABLE_TO_TRANSFER = 1
    CONVERSION_NOT_PERFORMED = 2
    PHYSICAL_RENDITION_NOT_PERFORMED = 3
    PHYSICAL_DELIVERY_NOT_PERFORMED = 4
    RESTRICTED_DELIVERY = 5
    DIRECTORY_OPERATION_UNSUCCESSFUL = 6
    DEFERRED_DELIVERY_NOT_PERFORMED = 7
    TRANSFER_FAILURE_FOR_SECURITY_REASON = 8


class Diagnostic(IntEnum):
    """Non-delivery diagnostic codes (X.411 8.3.1.2.1.14)."""

    UNRECOGNISED_OR_NAME = 0
    AMBIGUOUS_OR_NAME = 1
    MTS_CONGESTION = 2
    LOOP_DETECTED = 3
    RECIPIENT_UNAVAILABLE = 4
    MAXIMUM_TIME_EXPIRED = 5
    ENCODED_INFORMATION_TYPES_UNSUPPORTED = 6
    CONTENT_TOO_LONG = 7
    CONVERSION_IMPRACTICAL = 8
    IMPLICIT_CONVERSION_PROHIBITED = 9
    IMPLICIT_CONVERSION_NOT_SUBSCRIBED = 10
    INVALID_ARGUMENTS = 11
    CONTENT_SYNTAX_ERROR = 12
    SIZE_CONSTRAINT_VIOLATION = 13
    PROTOCOL_VIOLATION = 14
    CONTENT_TYPE_NOT_SUPPORTED = 15
    TOO_MANY_RECIPIENTS = 16
    NO_BILATERAL_AGREEMENT = 17
    UNSUPPORTED_CRITICAL_FUNCTION = 18
    CONVERSION_WITH_LOSS_PROHIBITED = 19
    LINE_TOO_LONG = 20
    PAGE_SPLIT = 21
    PICTORIAL_SYMBOL_LOSS = 22
    PUNCTUATION_SYMBOL_LOSS = 23
    ALPHABETIC_CHARACTER_LOSS = 24
    MULTIPLE_INFORMATION_LOSS = 25
    RECIPIENT_REASSIGNMENT_PROHIBITED = 26
    REDIRECTION_LOOP_DETECTED = 27
    DL_EXPANSION_PROHIBITED = 28
    NO_DL_SUBMIT_PERMISSION = 29
    DL_EXPANSION_FAILURE = 30
    PHYSICAL_RENDITION_ATTRIBUTES_NOT_SUPPORTED = 31
    SECURE_MESSAGING_ERROR = 46
    UNABLE_TO_DOWNGRADE = 47
    UNABLE_TO_COMPLETE_TRANSFER = 48
    TRANSFER_ATTEMPTS_LIMIT_REACHED = 49


class MtsUserType(IntEnum):
    """Types of MTS user that a message may have come to."""

    PUBLIC = 0
    PRIVATE = 1
    MS = 2
    DL = 3
    PDAU = 4
    PHYSICAL_RECIPIENT = 5
    OTHER = 6


def code_name(code: int | None, codes: type[IntEnum]) -> str:
    """A code as the standard spells it, "unable-to-transfer"; its number when it has no name."""
    if code is None:
        return "none"
    try:
        name = codes(code).name.lower().replace("_", "-")
    except ValueError:
        return str(code)
    return name.replace("-or-", "-OR-").replace("-md-", "-MD-")


@dataclass(frozen=True)
class Delivered:
    """The message came to its recipient, or the probe could have."""

    time: datetime
    user_type: int = MtsUserType.PUBLIC

    def __str__(self) -> str:
        return f"delivered {self.time.isoformat()}"


@dataclass(frozen=True)
class NotDelivered:
    """The message did not come to its recipient; `detail` says to people what stood in the way."""

    reason: int
    diagnostic: int | None = None
    detail: str = field(default="", compare=False)

    def __str__(self) -> str:
        codes = [code_name(self.reason, NonDeliveryReason)]
        if self.diagnostic is not None:
            codes.append(code_name(self.diagnostic, Diagnostic))
        return f"not delivered: {', '.join(codes)}"


#: What became of a recipient's copy (report-type in X.411).
ReportType = Delivered | NotDelivered


@dataclass(frozen=True)
class LastTrace(PreservedSet):
    """When the message arrived in the domain that reports, and what became of it there."""

    arrival: datetime
    outcome: ReportType
    converted_encoded_information_types: bytes = b""


@dataclass(frozen=True)
class ReportedRecipient(PreservedSet):
    """The per-recipient fields of a report."""

    address: ORAddress
    number: int
    indicators: Indicators
    last_trace: LastTrace
    originally_intended: ORAddress | None = None
    supplementary_information: str = ""
    extensions: Extensions = ()


@dataclass(frozen=True)
class ReportEnvelope(PreservedSet):
    """A report transfer envelope."""

    identifier: MtsIdentifier
    destination: ORAddress
    trace: Trace = ()
    extensions: Extensions = ()

    @cached_property
    def internal_trace(self) -> Trace:
        """The MTAs that the report passed. Raises ProtocolError."""
        return internal_trace(self.extensions)


@dataclass(frozen=True)
class ReportContent(PreservedSet):
    """A report transfer content; `subject_identifier` is the message's or the probe's."""

    subject_identifier: MtsIdentifier
    recipients: tuple[ReportedRecipient, ...]
    subject_trace: Trace = ()
    encoded_information_types: bytes = b""
    content_type: int | str | None = None
    content_identifier: str = ""
    returned_content: bytes | None = None
    additional_information: bytes = b""
    extensions: Extensions = ()


@dataclass(frozen=True)
class Report:
    """A report: where it goes, and what it says."""

    envelope: ReportEnvelope
    content: ReportContent

    def passed(self, domain: GlobalDomain, mta_name: str, arrival: datetime) -> "Report":
        """The report with this MTA's trace."""
        was, here = self.envelope, TraceElement(domain, arrival, mta_name=mta_name)
        trace, extensions = passed(was.trace, was.extensions, here)
        return replace(self, envelope=replace(was, trace=trace, extensions=extensions))


_REPORT = b"\xa1"


def encode(report: Report) -> bytes:
    """The BER of a report, an MTS-APDU."""
    return ber.tlv(_REPORT, _ENVELOPE.encode(report.envelope) + _CONTENT.encode(report.content))


@decoder
def decode(octets: bytes) -> Report:
    """Read the BER of a report. Raises ProtocolError."""
    parts = ber.elements(ber.contents(octets))
    if octets[:1] != _REPORT or len(parts) != 2:
        raise ProtocolError("not a report: an envelope and a content in [1] are one")
    return Report(_ENVELOPE.decode(parts[0]), _CONTENT.decode(parts[1]))


# What the members of the SETs become


def _outcome(choice: tuple[str, dict[str, Any]]) -> ReportType:
    kind, fields = choice
    if kind == "delivery":
        return Delivered(fields["message-delivery-time"], fields["type-of-MTS-user"])
    return NotDelivered(
        fields["non-delivery-reason-code"], fields.get("non-delivery-diagnostic-code")
    )


def _outcome_to_asn1(outcome: ReportType) -> tuple[str, dict[str, Any]]:
    match outcome:
        case Delivered(time, user_type):
            return "delivery", {
                "message-delivery-time": time,
                "type-of-MTS-user": int(user_type),
            }
        case NotDelivered(reason, diagnostic):
            fields = {"non-delivery-reason-code": int(reason)}
            if diagnostic is not None:
                fields["non-delivery-diagnostic-code"] = int(diagnostic)
            return "non-delivery", fields


_LAST_TRACE = SetCodec(
    MTS,
    "LastTraceInformation",
    LastTrace,
    {
        "arrival-time": Member("arrival"),
        "converted-encoded-information-types": encoded_information_types_member(
            "converted_encoded_information_types"
        ),
        "report-type": Member("outcome", _outcome, _outcome_to_asn1),
    },
)
_RECIPIENT = SetCodec(
    MTS,
    "PerRecipientReportTransferFields",
    ReportedRecipient,
    {
        "actual-recipient-name": name_member("address"),
        "originally-specified-recipient-number": Member("number", write=int),
        "per-recipient-indicators": INDICATORS,
        "last-trace-information": Member(
            "last_trace", _LAST_TRACE.decode, _LAST_TRACE.encode, whole=True
        ),
        "originally-intended-recipient-name": name_member("originally_intended"),
        "supplementary-information": Member("supplementary_information"),
        "extensions": EXTENSIONS,
    },
)
_ENVELOPE = SetCodec(
    MTS,
    "ReportTransferEnvelope",
    ReportEnvelope,
    {
        "report-identifier": identifier_member(),
        "report-destination-name": name_member("destination"),
        "trace-information": trace_member(),
        "extensions": EXTENSIONS,
    },
)
_CONTENT = SetCodec(
    MTS,
    "ReportTransferContent",
    ReportContent,
    {
        "subject-identifier": identifier_member("subject_identifier"),
        "subject-intermediate-trace-information": trace_member("subject_trace"),
        "original-encoded-information-types": encoded_information_types_member(),
        "built-in-content-type": BUILT_IN_CONTENT_TYPE,
        "extended-content-type": EXTENDED_CONTENT_TYPE,
        "content-identifier": CONTENT_IDENTIFIER,
        "returned-content": Member("returned_content", bytes, lambda octets: octets),
        "additional-information": Member("additional_information", bytes),
        "extensions": EXTENSIONS,
        "per-recipient-fields": recipients_member(_RECIPIENT.encode, _RECIPIENT.decode),
    },
)
