"""From P1 of 1988 to P1 of 1984: what 1984 cannot carry is dropped, or stands in the way; and back.

X.419 Annex B. The encodings are the same as far as the protocols are (X.411-1984 3.4), so a message
that is downgraded is one like any other. Everything that was dropped is named, for the log.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple, TypeVar

from mta_emu.mts import bilateral, motis
from mta_emu.mts.apdu import Head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Criticality, Extensions, StandardExtension, criticality
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.preserved import PreservedSet
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import (
    Diagnostic,
    NonDeliveryReason,
    NotDelivered,
    Report,
    ReportedRecipient,
    ReportEnvelope,
)
from mta_emu.mts.subject import Recipient
from mta_emu.mts.trace import Trace, TraceElement, with_internal_trace
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder

_CRITICAL = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNSUPPORTED_CRITICAL_FUNCTION
)
_CONTENT_TYPE = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.CONTENT_TYPE_NOT_SUPPORTED
)
_UNABLE = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNABLE_TO_DOWNGRADE)

_INTERNAL_TRACE = StandardExtension.INTERNAL_TRACE_INFORMATION
#: The domain-defined attribute that stands for a common name (X.419 Annex B, RFC 1328 3.2).
_COMMON = "common"
_MAX_DOMAIN_DEFINED = 4  # ub-domain-defined-attributes


def obstacle(
    subject: Envelope | Probe, recipient: Recipient, content_type: int | str
) -> NotDelivered | None:
    """Why a message or probe cannot go to a recipient by P1 of 1984; None when it can.

    `content_type` is that of the content as it leaves.
    """
    critical = Criticality.FOR_TRANSFER | Criticality.FOR_DELIVERY
    if (subject.criticality | criticality(recipient.extensions)) & critical:
        return _CRITICAL
    if isinstance(content_type, str):
        return _CONTENT_TYPE
    if not (_can_be_named(subject.originator) and _can_be_named(recipient.address)):
        return _UNABLE
    return None


def obstacle_to_report(report: Report) -> NotDelivered | None:
    """Why a report cannot go on by P1 of 1984; None when it can."""
    return None if _can_be_named(report.envelope.destination) else _UNABLE


class Downgraded(NamedTuple):
    """What goes on by P1 of 1984, and what was dropped from it."""

    head: Head
    dropped: tuple[str, ...]


def downgrade(head: Head, *, internal_trace: bool = True) -> Downgraded:
    """What 1984 can carry of a message, probe or report that has no obstacle.

    Recipients for which the receiver is not responsible are left out when 1984 cannot name them.
    The trace of MTAs goes in the form that MOTIS has for it, unless it is not to.
    """
    dropped: list[str] = []
    if isinstance(head, Report):
        return Downgraded(_report(head, dropped, internal_trace), tuple(dropped))
    return Downgraded(_subject(head, dropped, internal_trace), tuple(dropped))


def _subject(
    subject: Envelope | Probe, dropped: list[str], internal_trace: bool
) -> Envelope | Probe:
    motis_trace = _motis(subject.internal_trace if internal_trace else ())
    _tell_dropped(subject, _without_trace(subject.extensions, motis_trace), "", dropped)
    return replace(
        subject,
        originator=_name(subject.originator, dropped),
        recipients=tuple(_recipients(subject, dropped)),
        trace=tuple(_trace(element, dropped) for element in subject.trace),
        extensions=(),
        encoded_information_types=_information_types(subject.encoded_information_types, dropped),
        bilateral_information=_bilateral(subject, dropped),
        unknown=motis_trace,
    )


def _recipients(subject: Envelope | Probe, dropped: list[str]) -> Iterator[Recipient]:
    for recipient in subject.recipients:
        whose = f" of recipient {recipient.number}"
        if not _can_be_named(recipient.address):
            dropped.append(f"recipient {recipient.number}")
            continue
        _tell_dropped(recipient, recipient.extensions, whose, dropped)
        address = _name(recipient.address, dropped)
        yield replace(recipient, address=address, extensions=(), unknown=())


def _report(report: Report, dropped: list[str], internal_trace: bool) -> Report:
    envelope, content = report.envelope, report.content
    motis_trace = _motis(envelope.internal_trace if internal_trace else ())
    _tell_dropped(envelope, _without_trace(envelope.extensions, motis_trace), "", dropped)
    _tell_dropped(content, content.extensions, "", dropped)
    if content.content_type is not None:
        dropped.append("content type")
    if content.encoded_information_types:
        dropped.append("encoded information types")
    return Report(
        replace(
            envelope,
            destination=_name(envelope.destination, dropped),
            trace=tuple(_trace(element, dropped) for element in envelope.trace),
            extensions=(),
            unknown=motis_trace,
        ),
        replace(
            content,
            recipients=tuple(_reported(each, dropped) for each in content.recipients),
            subject_trace=tuple(_trace(element, dropped) for element in content.subject_trace),
            encoded_information_types=b"",
            content_type=None,
            extensions=(),
            unknown=(),
        ),
    )


def _reported(recipient: ReportedRecipient, dropped: list[str]) -> ReportedRecipient:
    _tell_dropped(recipient, recipient.extensions, f" of recipient {recipient.number}", dropped)
    trace, intended = recipient.last_trace, recipient.originally_intended
    types = _information_types(trace.converted_encoded_information_types, dropped)
    return replace(
        recipient,
        address=_name(recipient.address, dropped),
        last_trace=replace(trace, converted_encoded_information_types=types, unknown=()),
        originally_intended=_name(intended, dropped) if intended else None,
        extensions=(),
        unknown=(),
    )


def _tell_dropped(
    value: PreservedSet, extensions: Extensions, whose: str, dropped: list[str]
) -> None:
    dropped += [f"{each}{whose}" for each in extensions]
    dropped += [f"unknown member 0x{ber.header(each)[0].hex()}{whose}" for each in value.unknown]


@decoder
def upgrade(head: Head, here: GlobalDomain, mta_name: str) -> Head:
    """What came by P1 of 1984 to an MTA, in 1988's terms.

    Common names, that 1984 has no attribute for, are found again by answers and reports (RFC 1328
    3.2). The trace of MTAs is where 1988 has it: 1984 does not say their domains, so that this MTA
    is taken to be in its own, and others in the one that it came from. Raises ProtocolError.
    """
    if isinstance(head, Report):
        envelope = replace(head.envelope, destination=_with_common_name(head.envelope.destination))
        recipients = tuple(
            replace(each, address=_with_common_name(each.address))
            for each in head.content.recipients
        )
        return Report(
            _with_trace(envelope, here, mta_name), replace(head.content, recipients=recipients)
        )
    recipients_with_names = tuple(
        replace(each, address=_with_common_name(each.address)) for each in head.recipients
    )
    originator = _with_common_name(head.originator)
    subject = replace(head, originator=originator, recipients=recipients_with_names)
    return _with_trace(subject, here, mta_name)


# The trace of MTAs

E = TypeVar("E", bound=Envelope | Probe | ReportEnvelope)


def _motis(internal: Trace) -> tuple[bytes, ...]:
    return (motis.encode(internal),) if internal else ()


def _without_trace(extensions: Extensions, motis_trace: tuple[bytes, ...]) -> Extensions:
    """The extensions that are dropped, when there is this instead of one."""
    return tuple(each for each in extensions if not motis_trace or each.kind != _INTERNAL_TRACE)


def _with_trace(envelope: E, here: GlobalDomain, mta_name: str) -> E:
    """An envelope with the trace of MTAs where 1988 has it."""

    sender = envelope.trace[-1].domain if envelope.trace else here

    def domain_of(name: str) -> GlobalDomain:
        return here if name == motis.printable(mta_name) else sender

    member = next(filter(motis.is_trace, envelope.unknown), None)
    if member is None or envelope.internal_trace:
        return envelope
    extensions = with_internal_trace(envelope.extensions, motis.decode(member, domain_of))
    others = tuple(each for each in envelope.unknown if not motis.is_trace(each))
    return replace(envelope, extensions=extensions, unknown=others)


# O/R names


def _with_common_name(address: ORAddress) -> ORAddress:
    common = [each for each in address.domain_defined if each[0].lower() == _COMMON]
    if len(common) != 1 or address.common_name:
        return address
    others = tuple(each for each in address.domain_defined if each not in common)
    return replace(address, common_name=common[0][1], domain_defined=others)


def _can_be_named(address: ORAddress) -> bool:
    """Whether 1984 has all that an address is known by; a report's recipient may lose some."""
    room = len(address.domain_defined) + bool(address.common_name) <= _MAX_DOMAIN_DEFINED
    return room and not address.needs_1988


def _name(address: ORAddress, dropped: list[str]) -> ORAddress:
    """The name in 1984's terms: the common name as a domain-defined attribute."""
    if address.directory_name:
        dropped.append(f"directory name of {address}")
    if address.extension_attributes:
        dropped.append(f"extension attributes of {address}")
    common = ((_COMMON, address.common_name),) if address.common_name else ()
    return replace(
        address,
        common_name="",
        domain_defined=(*address.domain_defined, *common)[:_MAX_DOMAIN_DEFINED],
        extension_attributes=(),
        directory_name=b"",
    )


# Members that 1984 has less of


def _trace(element: TraceElement, dropped: list[str]) -> TraceElement:
    kept = tuple(each for each in element.others if each[:1] != _OTHER_ACTIONS)
    if kept != element.others:
        dropped.append(f"other actions of {element.domain}")
    return replace(element, others=kept)


def _information_types(octets: bytes, dropped: list[str]) -> bytes:
    if not octets:
        return octets
    members = ber.elements(ber.contents(octets))
    kept = [each for each in members if each[:1] != _EXTENDED_TYPES]
    if kept == members:
        return octets
    dropped.append("extended encoded information types")
    bits = next((bytearray(ber.contents(each)) for each in kept if each[:1] == _BUILT_IN), None)
    bits = bits or bytearray(_NO_TYPES)
    bits[1] |= _UNDEFINED
    others = [each for each in kept if each[:1] != _BUILT_IN]
    return ber.tlv(octets[:1], b"".join([ber.tlv(_BUILT_IN, bytes(bits)), *others]))


def _bilateral(subject: Envelope | Probe, dropped: list[str]) -> tuple[bytes, ...]:
    """1984 has it for administration domains only.

    The sites of the domain that hands it on are no loss: its own MTAs look at them, nobody else.
    """
    elements = subject.bilateral_information
    private = [each for each in elements if _is_private(each)]
    here = subject.trace[-1].domain if subject.trace else None
    if any(here is None or not bilateral.names_site(each, here) for each in private):
        dropped.append("bilateral information of private domains")
    return tuple(each for each in elements if not _is_private(each))


def _is_private(element: bytes) -> bool:
    return any(each[:1] == _SEQUENCE for each in ber.elements(ber.contents(element))[1:2])


_SEQUENCE = b"\x30"
_OTHER_ACTIONS = b"\x83"
_BUILT_IN, _EXTENDED_TYPES = b"\x80", b"\xa4"
_NO_TYPES = b"\x07\x00"  # a BIT STRING of one bit
_UNDEFINED = 0x80  # that bit: in 1988 "unknown"
