"""The message transfer envelope, X.411 clause 8.2.1.1 and figure 4."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.oraddress import (
    ORAddress,
    country_to_asn1,
    domain_to_asn1,
    from_asn1,
    to_asn1,
)
from mta_emu.osi.errors import ProtocolError

_INTERNAL_TRACE = 38  # standard extension (X.411 figure 2)
_FOR_TRANSFER = (b"\x40", 3)  # criticality bit 1: ignored only by who does not transfer
_RELAYED = 0
_IA5_TEXT = (b"\x20", 3)  # built-in encoded information type 2


class ContentType(IntEnum):
    """Built-in content types (X.411 8.2.1.1.1.34)."""

    UNIDENTIFIED = 0
    EXTERNAL = 1
    INTERPERSONAL_MESSAGING_1984 = 2
    INTERPERSONAL_MESSAGING_1988 = 22


class Priority(IntEnum):
    """Priorities; the values are those on the wire."""

    NORMAL = 0
    NON_URGENT = 1
    URGENT = 2


@dataclass(frozen=True)
class GlobalDomain:
    """A global domain identifier: which management domain something happened in."""

    country: str
    administration_domain: str
    private_domain: str = ""

    def __str__(self) -> str:
        private = f";P={self.private_domain}" if self.private_domain else ""
        return f"C={self.country};A={self.administration_domain}{private}"


@dataclass(frozen=True)
class MtsIdentifier:
    """What tells a message from every other one."""

    domain: GlobalDomain
    local_identifier: str

    def __str__(self) -> str:
        return f"[{self.domain};{self.local_identifier}]"


@dataclass(frozen=True)
class TraceElement:
    """A management domain that the message passed; with `mta_name`, an MTA inside it."""

    domain: GlobalDomain
    arrival: datetime
    action: int = _RELAYED
    mta_name: str = ""


class ReportRequest(IntEnum):
    """Which reports are asked for, two bits of the per-recipient indicators."""

    NONE = 0
    NON_DELIVERY = 1
    DELIVERY = 2
    AUDITED = 3


@dataclass(frozen=True)
class Recipient:
    """The per-recipient fields.

    `responsible` tells whether the MTA that holds this copy has to deliver to this recipient.
    """

    address: ORAddress
    number: int = 1
    responsible: bool = True
    mta_report: ReportRequest = ReportRequest.NON_DELIVERY
    originator_report: ReportRequest = ReportRequest.NON_DELIVERY
    extensions: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class Envelope:
    """A message transfer envelope.

    `extensions` holds the BER of the extension fields that are not written out here.
    """

    identifier: MtsIdentifier
    originator: ORAddress
    recipients: tuple[Recipient, ...]
    content_type: int | str = ContentType.INTERPERSONAL_MESSAGING_1988
    priority: Priority = Priority.NORMAL
    content_identifier: str = ""
    trace: tuple[TraceElement, ...] = ()
    internal_trace: tuple[TraceElement, ...] = ()
    extensions: tuple[bytes, ...] = ()

    def passed(self, domain: GlobalDomain, mta_name: str, arrival: datetime) -> "Envelope":
        """The envelope with this MTA's trace: its domain's once, its own each time (X.411 14.3)."""
        trace = self.trace
        if not any(element.domain == domain for element in trace):
            trace = (*trace, TraceElement(domain, arrival))
        internal = (*self.internal_trace, TraceElement(domain, arrival, mta_name=mta_name))
        return replace(self, trace=trace, internal_trace=internal)


def encode(envelope: Envelope) -> bytes:
    """The BER of an envelope."""
    fields: dict[str, Any] = {
        "message-identifier": _identifier_to_asn1(envelope.identifier),
        "originator-name": to_asn1(envelope.originator),
        "original-encoded-information-types": {"built-in-encoded-information-types": _IA5_TEXT},
        "priority": int(envelope.priority),
        "trace-information": [_trace_to_asn1(element) for element in envelope.trace],
        "per-recipient-fields": [_recipient_to_asn1(each) for each in envelope.recipients],
    }
    if isinstance(envelope.content_type, str):
        fields["extended-content-type"] = envelope.content_type
    else:
        fields["built-in-content-type"] = int(envelope.content_type)
    if envelope.content_identifier:
        fields["content-identifier"] = envelope.content_identifier
    extensions = [MTS.decode("ExtensionField", octets) for octets in envelope.extensions]
    if envelope.internal_trace:
        value = [_internal_trace_to_asn1(element) for element in envelope.internal_trace]
        extensions.append(
            {
                "standard-extension": _INTERNAL_TRACE,
                "criticality": _FOR_TRANSFER,
                "value": MTS.encode("InternalTraceInformation", value),
            }
        )
    if extensions:
        fields["extensions"] = extensions
    return MTS.encode("MessageTransferEnvelope", fields)


def decode(octets: bytes) -> Envelope:
    """Read the BER of an envelope. Raises ProtocolError."""
    fields = MTS.decode("MessageTransferEnvelope", octets)
    try:
        return _decode(fields)
    except (KeyError, ValueError) as error:
        raise ProtocolError(f"message transfer envelope: {error}") from error


def _decode(fields: dict[str, Any]) -> Envelope:
    internal: tuple[TraceElement, ...] = ()
    others = []
    for field in fields.get("extensions", ()):
        if field.get("standard-extension") == _INTERNAL_TRACE:
            elements = MTS.decode("InternalTraceInformation", bytes(field["value"]))
            internal += tuple(_internal_trace(element) for element in elements)
        else:
            others.append(MTS.encode("ExtensionField", field))
    built_in = fields.get("built-in-content-type", ContentType.UNIDENTIFIED)
    return Envelope(
        identifier=_identifier(fields["message-identifier"]),
        originator=from_asn1(fields["originator-name"]),
        recipients=tuple(_recipient(each) for each in fields["per-recipient-fields"]),
        content_type=fields.get("extended-content-type", built_in),
        priority=Priority(fields["priority"]),
        content_identifier=fields.get("content-identifier", ""),
        trace=tuple(_trace(element) for element in fields["trace-information"]),
        internal_trace=internal,
        extensions=tuple(others),
    )


def _domain_to_asn1(domain: GlobalDomain) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "country-name": country_to_asn1(domain.country),
        "administration-domain-name": domain_to_asn1(domain.administration_domain),
    }
    if domain.private_domain:
        fields["private-domain-identifier"] = domain_to_asn1(domain.private_domain)
    return fields


def _domain(fields: dict[str, Any]) -> GlobalDomain:
    private = fields.get("private-domain-identifier", ("", ""))
    country, administration = fields["country-name"], fields["administration-domain-name"]
    return GlobalDomain(country[1], administration[1], private[1])


def _identifier_to_asn1(identifier: MtsIdentifier) -> dict[str, Any]:
    return {
        "global-domain-identifier": _domain_to_asn1(identifier.domain),
        "local-identifier": identifier.local_identifier,
    }


def _identifier(fields: dict[str, Any]) -> MtsIdentifier:
    return MtsIdentifier(_domain(fields["global-domain-identifier"]), fields["local-identifier"])


def _utc_time(moment: datetime) -> datetime:
    """UTCTime has no zone here but Z, and no fractions."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def _moment(value: datetime) -> datetime:
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _trace_to_asn1(element: TraceElement) -> dict[str, Any]:
    return {
        "global-domain-identifier": _domain_to_asn1(element.domain),
        "domain-supplied-information": _supplied(element),
    }


def _internal_trace_to_asn1(element: TraceElement) -> dict[str, Any]:
    return {
        "global-domain-identifier": _domain_to_asn1(element.domain),
        "mta-name": element.mta_name,
        "mta-supplied-information": _supplied(element),
    }


def _supplied(element: TraceElement) -> dict[str, Any]:
    return {"arrival-time": _utc_time(element.arrival), "routing-action": element.action}


def _trace(fields: dict[str, Any]) -> TraceElement:
    supplied = fields["domain-supplied-information"]
    domain = _domain(fields["global-domain-identifier"])
    return TraceElement(domain, _moment(supplied["arrival-time"]), supplied["routing-action"])


def _internal_trace(fields: dict[str, Any]) -> TraceElement:
    supplied = fields["mta-supplied-information"]
    return TraceElement(
        _domain(fields["global-domain-identifier"]),
        _moment(supplied["arrival-time"]),
        supplied["routing-action"],
        fields["mta-name"],
    )


def _recipient_to_asn1(recipient: Recipient) -> dict[str, Any]:
    bits = recipient.responsible << 7 | recipient.mta_report << 5 | recipient.originator_report << 3
    fields: dict[str, Any] = {
        "recipient-name": to_asn1(recipient.address),
        "originally-specified-recipient-number": recipient.number,
        "per-recipient-indicators": (bytes((bits,)), 8),
    }
    if recipient.extensions:
        fields["extensions"] = [
            MTS.decode("ExtensionField", octets) for octets in recipient.extensions
        ]
    return fields


def _recipient(fields: dict[str, Any]) -> Recipient:
    bits = next(iter(fields["per-recipient-indicators"][0]), 0)
    return Recipient(
        address=from_asn1(fields["recipient-name"]),
        number=fields["originally-specified-recipient-number"],
        responsible=bool(bits & 0x80),
        mta_report=ReportRequest(bits >> 5 & 3),
        originator_report=ReportRequest(bits >> 3 & 3),
        extensions=tuple(
            MTS.encode("ExtensionField", field) for field in fields.get("extensions", ())
        ),
    )
