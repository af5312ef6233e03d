"""The message transfer envelope, X.411 clause 8.2.1.1 and figure 4.

A 1984 envelope is one without extensions (X.411-1984 3.4): both are read alike.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum, IntFlag
from functools import cache, cached_property
from typing import Any

from mta_emu.mts import extension, oraddress
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Criticality, Extension, Extensions, StandardExtension
from mta_emu.mts.kept import Kept, KeptFields, KeptSet, Member
from mta_emu.mts.oraddress import ORAddress, country_to_asn1, domain_to_asn1
from mta_emu.osi import ber

_OCTET_BITS = 8
_OR_NAME = b"\x60"


class ContentType(IntEnum):
    """Built-in content types (X.411 8.2.1.1.1.34)."""

    UNIDENTIFIED = 0
    EXTERNAL = 1
    INTERPERSONAL_MESSAGING_1984 = 2
    INTERPERSONAL_MESSAGING_1988 = 22


#: The content type of Exchange contents: a message in the format of Exchange's own store, MDBEF.
#: Microsoft published neither its object identifier nor its format. Both are stand-ins here: the
#: identifier is one that nobody else has, the content an interpersonal message with all there is.
EXCHANGE_CONTENTS = "2.25.233319193062105279958282614319276143223"


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


class RoutingAction(IntEnum):
    """What a domain or an MTA did with what it got."""

    RELAYED = 0
    REROUTED = 1


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
class MtsIdentifier(Kept):
    """What tells a message, probe or report from every other one."""

    domain: GlobalDomain
    local_identifier: str

    def __str__(self) -> str:
        return f"[{self.domain};{self.local_identifier}]"


@dataclass(frozen=True)
class TraceElement(Kept):
    """A management domain that the message passed; with `mta_name`, an MTA inside it.

    `attempted` is where it was tried in vain before it was rerouted from there; `others` are the
    other members of what the domain or MTA supplied, as BER.
    """

    domain: GlobalDomain
    arrival: datetime
    action: int = RoutingAction.RELAYED
    mta_name: str = ""
    attempted: GlobalDomain | str | None = None
    others: tuple[bytes, ...] = ()

    @property
    def redirected(self) -> bool:
        """Whether it was redirected there to an alternate recipient."""
        return bool(_other_actions(self) & _REDIRECTED)


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


@dataclass(frozen=True)
class Recipient(KeptFields):
    """The per-recipient fields of a message or a probe."""

    address: ORAddress
    number: int = 1
    indicators: Indicators = Indicators()
    explicit_conversion: int | None = None
    extensions: Extensions = ()

    @property
    def responsible(self) -> bool:
        """Whether the MTA that holds this copy has to deliver to this recipient."""
        return self.indicators.responsible


@dataclass(frozen=True)
class Envelope(KeptFields):
    """A message transfer envelope.

    `encoded_information_types` and the elements of `bilateral_information` are BER.
    """

    identifier: MtsIdentifier
    originator: ORAddress
    recipients: tuple[Recipient, ...]
    content_type: int | str = ContentType.INTERPERSONAL_MESSAGING_1988
    priority: Priority = Priority.NORMAL
    content_identifier: str = ""
    trace: tuple[TraceElement, ...] = ()
    extensions: Extensions = ()
    encoded_information_types: bytes = b""
    indicators: PerMessageIndicators = PerMessageIndicators.NONE
    deferred_delivery_time: datetime | None = None
    bilateral_information: tuple[bytes, ...] = ()

    @cached_property
    def criticality(self) -> Criticality:
        """What any of its extensions is critical for."""
        return extension.criticality(self.extensions)

    @cached_property
    def internal_trace(self) -> tuple[TraceElement, ...]:
        """The MTAs that the message passed. Raises ProtocolError."""
        return internal_trace(self.extensions)

    def passed(
        self,
        domain: GlobalDomain,
        mta_name: str,
        arrival: datetime,
        deferred: datetime | None = None,
    ) -> "Envelope":
        """The envelope with this MTA's trace; it was `deferred` here until that time."""
        others = (_deferred_time(deferred),) if deferred else ()
        here = TraceElement(domain, arrival, mta_name=mta_name, others=others)
        trace, extensions = passed(self.trace, self.extensions, here)
        return replace(self, trace=trace, extensions=extensions)

    def redirected(self, domain: GlobalDomain) -> "Envelope":
        """The envelope with the trace of a redirection by the MTA that it passed last."""
        trace, extensions = redirected(self.trace, self.extensions, domain)
        return replace(self, trace=trace, extensions=extensions)

    def for_recipients(self, wanted: set[int]) -> "Envelope":
        """The copy that makes the receiver responsible for the recipients numbered (14.3.1)."""
        return replace(
            self, recipients=tuple(responsible_for(wanted, each) for each in self.recipients)
        )


def responsible_for(wanted: set[int], recipient: Recipient) -> Recipient:
    """The per-recipient fields with the responsibility as `wanted` has the recipient's number."""
    indicators = recipient.indicators.with_responsibility(recipient.number in wanted)
    return replace(recipient, indicators=indicators)


def encode(envelope: Envelope) -> bytes:
    """The BER of an envelope."""
    return _ENVELOPE.encode(envelope)


def decode(octets: bytes) -> Envelope:
    """Read the BER of an envelope. Raises ProtocolError."""
    return _ENVELOPE.decode(octets)


@cache
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


# Trace: of domains in a member of its own, of MTAs in an extension (X.411 14.3)


def passed(
    trace: tuple[TraceElement, ...], extensions: Extensions, here: TraceElement
) -> tuple[tuple[TraceElement, ...], Extensions]:
    """The trace and the extensions with this MTA's: its domain's once, its own each time."""
    if not any(element.domain == here.domain for element in since_redirected(trace)):
        trace = (*trace, replace(here, mta_name=""))
    return trace, _with_internal_trace(extensions, (*internal_trace(extensions), here))


def redirected(
    trace: tuple[TraceElement, ...], extensions: Extensions, domain: GlobalDomain
) -> tuple[tuple[TraceElement, ...], Extensions]:
    """The trace and the extensions of what was redirected by the MTA of a domain it passed last."""
    internal = internal_trace(extensions)
    if internal:
        extensions = _with_internal_trace(extensions, (*internal[:-1], _redirected(internal[-1])))
    place = max(place for place, element in enumerate(trace) if element.domain == domain)
    return (*trace[:place], _redirected(trace[place]), *trace[place + 1 :]), extensions


def since_redirected(trace: tuple[TraceElement, ...]) -> tuple[TraceElement, ...]:
    """The trace from where it was redirected last: it may pass again what it passed before."""
    places = [place for place, element in enumerate(trace) if element.redirected]
    return trace[places[-1] :] if places else trace


def _redirected(element: TraceElement) -> TraceElement:
    actions = ber.tlv(_OTHER_ACTIONS, bytes((_UNUSED_BITS, _other_actions(element) | _REDIRECTED)))
    others = tuple(each for each in element.others if each[:1] != _OTHER_ACTIONS)
    return replace(element, others=(*others, actions))


def _other_actions(element: TraceElement) -> int:
    """The octet of the bits, the first bit highest; none are set where it is absent."""
    found = next((each for each in element.others if each[:1] == _OTHER_ACTIONS), b"")
    return next(iter(ber.contents(found)[1:]), 0) if found else 0


def _deferred_time(time: datetime) -> bytes:
    return ber.retagged(_DEFERRED_TIME, MTS.encode("Time", utc_time(time)))


_DEFERRED_TIME, _OTHER_ACTIONS = b"\x81", b"\x83"
_REDIRECTED, _UNUSED_BITS = 0x80, 6  # of the two bits, redirected and dl-operation


def _with_internal_trace(extensions: Extensions, internal: tuple[TraceElement, ...]) -> Extensions:
    value = ber.tlv(_SEQUENCE, b"".join(map(_encode_trace, internal)))
    was = extension.find(extensions, _INTERNAL_TRACE) or Extension(_INTERNAL_TRACE)
    return extension.with_extension(extensions, replace(was, value=value))


def internal_trace(extensions: Extensions) -> tuple[TraceElement, ...]:
    """The MTAs in the internal trace information. Raises ProtocolError."""
    found = extension.find(extensions, _INTERNAL_TRACE)
    return decode_trace(found.value) if found else ()


def encode_trace(trace: tuple[TraceElement, ...]) -> bytes:
    """The BER of trace information."""
    return ber.tlv(_TRACE_INFORMATION, b"".join(map(_encode_trace, trace)))


def decode_trace(octets: bytes) -> tuple[TraceElement, ...]:
    """Read a SEQUENCE OF trace elements, of domains or of MTAs. Raises ProtocolError."""
    return tuple(_decode_trace(each) for each in ber.elements(ber.contents(octets)))


def latest_delivery_time(extensions: Extensions) -> datetime | None:
    """The time after which it must not be delivered any more. Raises ProtocolError."""
    found = extension.find(extensions, StandardExtension.LATEST_DELIVERY_TIME)
    return moment(MTS.decode("Time", found.value)) if found else None


def latest_delivery(time: datetime) -> Extension:
    """The extension that says after which time a message must not be delivered any more."""
    value = MTS.encode("Time", utc_time(time))
    return Extension(StandardExtension.LATEST_DELIVERY_TIME, value, Criticality.FOR_DELIVERY)


_SEQUENCE, _SET = b"\x30", b"\x31"
_TRACE_INFORMATION = b"\x69"
_INTERNAL_TRACE = StandardExtension.INTERNAL_TRACE_INFORMATION


def _encode_trace(element: TraceElement) -> bytes:
    if element.octets is not None:
        return element.octets
    supplied: dict[str, Any] = {
        "arrival-time": utc_time(element.arrival),
        "routing-action": int(element.action),
    }
    if isinstance(element.attempted, GlobalDomain):
        supplied["attempted-domain"] = _domain_to_asn1(element.attempted)
    elif element.attempted:
        supplied["attempted-mta"] = element.attempted
    fields: dict[str, Any] = {"global-domain-identifier": _domain_to_asn1(element.domain)}
    if element.mta_name:
        fields |= {"mta-name": element.mta_name, "mta-supplied-information": supplied}
        octets = MTS.encode("InternalTraceInformationElement", fields)
    else:
        fields["domain-supplied-information"] = supplied
        octets = MTS.encode("TraceInformationElement", fields)
    *names, information = ber.elements(ber.contents(octets))
    information = ber.tlv(_SET, ber.contents(information) + b"".join(element.others))
    return ber.tlv(_SEQUENCE, b"".join([*names, information]))


def _decode_trace(octets: bytes) -> TraceElement:
    members = ber.elements(ber.contents(octets))
    internal = len(members) == _MEMBERS_OF_INTERNAL
    fields = MTS.decode(
        "InternalTraceInformationElement" if internal else "TraceInformationElement", octets
    )
    supplied = fields["mta-supplied-information" if internal else "domain-supplied-information"]
    domain = supplied.get("attempted-domain")
    return TraceElement(
        _domain(fields["global-domain-identifier"]),
        moment(supplied["arrival-time"]),
        supplied["routing-action"],
        fields.get("mta-name", ""),
        _domain(domain) if domain else supplied.get("attempted-mta"),
        tuple(
            each for each in ber.elements(ber.contents(members[-1])) if each[:1] not in _SUPPLIED
        ),
    ).came_as(octets)


_MEMBERS_OF_INTERNAL = 3
#: Arrival time, routing action, attempted MTA and attempted domain.
_SUPPLIED = (b"\x80", b"\x82", b"\x16", b"\x63")


# What the members of the SETs become


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


def _identifier(octets: bytes) -> MtsIdentifier:
    fields = MTS.decode("MTSIdentifier", octets)
    domain = _domain(fields["global-domain-identifier"])
    return MtsIdentifier(domain, fields["local-identifier"]).came_as(octets)


def utc_time(time: datetime) -> datetime:
    """A moment as asn1tools writes it: UTCTime has no zone here but Z, and no fractions."""
    return time.astimezone(UTC).replace(tzinfo=None, microsecond=0)


def moment(value: datetime) -> datetime:
    """A moment as asn1tools read it, with its zone."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# Members that several SETs have


def identifier_member(attribute: str = "identifier") -> Member:
    """An MTS identifier."""
    return Member(attribute, _identifier, _identifier_to_asn1, whole=True)


def name_member(attribute: str) -> Member:
    """An O/R name, whatever its tag."""

    def read(octets: bytes) -> ORAddress:
        return oraddress.decode(ber.retagged(_OR_NAME, octets))

    def write(address: ORAddress | None) -> dict[str, Any] | None:
        return oraddress.to_asn1(address) if address else None

    return Member(attribute, read, write, whole=True)


def trace_member(attribute: str = "trace") -> Member:
    """Trace information."""

    def write(trace: tuple[TraceElement, ...]) -> list[bytes] | None:
        return [_encode_trace(element) for element in trace] or None

    return Member(attribute, decode_trace, write, whole=True)


def time_member(attribute: str) -> Member:
    """A UTCTime that may be left out."""
    return Member(attribute, moment, lambda time: utc_time(time) if time else None)


def encoded_information_types_member(attribute: str) -> Member:
    """Encoded information types, kept as BER."""

    def write(octets: bytes) -> list[bytes] | None:
        return ber.elements(ber.contents(octets)) if octets else None

    return Member(attribute, write=write, whole=True)


def recipients_member(
    encode_one: Callable[[Any], bytes], decode_one: Callable[[bytes], Any]
) -> Member:
    """The per-recipient fields."""

    def read(octets: bytes) -> tuple[Any, ...]:
        found = tuple(decode_one(each) for each in ber.elements(ber.contents(octets)))
        if not found:
            raise ValueError("no recipient")
        return found

    return Member("recipients", read, lambda all_: [encode_one(each) for each in all_], whole=True)


EXTENSIONS = Member("extensions", extension.decode_all, extension.encode_all, whole=True)
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
    lambda elements: list(elements) or None,
    whole=True,
)

RECIPIENT = KeptSet(
    MTS,
    "PerRecipientMessageTransferFields",
    Recipient,
    {
        "recipient-name": name_member("address"),
        "originally-specified-recipient-number": Member("number", write=int),
        "per-recipient-indicators": INDICATORS,
        "explicit-conversion": Member("explicit_conversion", write=lambda number: number),
        "extensions": EXTENSIONS,
    },
)
RECIPIENTS = recipients_member(RECIPIENT.encode, RECIPIENT.decode)

_ENVELOPE = KeptSet(
    MTS,
    "MessageTransferEnvelope",
    Envelope,
    {
        "message-identifier": identifier_member(),
        "originator-name": name_member("originator"),
        "original-encoded-information-types": encoded_information_types_member(
            "encoded_information_types"
        ),
        "built-in-content-type": BUILT_IN_CONTENT_TYPE,
        "extended-content-type": EXTENDED_CONTENT_TYPE,
        "content-identifier": CONTENT_IDENTIFIER,
        "priority": Member("priority", Priority, lambda priority: int(priority) or None),
        "per-message-indicators": MESSAGE_INDICATORS,
        "deferred-delivery-time": time_member("deferred_delivery_time"),
        "per-domain-bilateral-information": BILATERAL_INFORMATION,
        "trace-information": trace_member(),
        "per-recipient-fields": RECIPIENTS,
        "extensions": EXTENSIONS,
    },
)
