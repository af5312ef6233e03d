"""What the envelopes of messages, probes and reports hold, ready for JSON (X.411 figure 4)."""

from collections.abc import Iterable
from enum import IntEnum, IntFlag
from typing import Any

from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import Extension
from mta_emu.mts.fields import ReportRequest, content_type_name, read_information_types
from mta_emu.mts.probe import Probe
from mta_emu.mts.report import Delivered, Report, ReportedRecipient
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.mts.trace import TraceElement
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

#: The kinds of value whose contents say all there is: an integer, or text.
_INTEGERS, _TEXTS = (0x02, 0x0A), (0x12, 0x13, 0x16, 0x17)


def of_message(message: Envelope) -> dict[str, Any]:
    """A message transfer envelope. Raises ProtocolError."""
    deferred = message.deferred_delivery_time
    return {
        **_of_subject(message),
        "priority": _name(message.priority),
        "deferred_delivery_time": deferred.isoformat() if deferred else None,
    }


def of_probe(probe: Probe) -> dict[str, Any]:
    """A probe transfer envelope. Raises ProtocolError."""
    return _of_subject(probe) | {"content_length": probe.content_length}


def of_report(report: Report) -> dict[str, Any]:
    """A report: its envelope and its content. Raises ProtocolError."""
    envelope, content = report.envelope, report.content
    content_type = content.content_type
    return {
        "mts_identifier": str(envelope.identifier),
        "destination": str(envelope.destination),
        "subject_identifier": str(content.subject_identifier),
        "content_type": None if content_type is None else content_type_name(content_type),
        "content_identifier": content.content_identifier,
        "encoded_information_types": _information_types(content.encoded_information_types),
        "recipients": [_of_reported(recipient) for recipient in content.recipients],
        "returned_content_octets": (
            None if content.returned_content is None else len(content.returned_content)
        ),
        "trace": _trace(envelope.trace),
        "internal_trace": _trace(envelope.internal_trace),
        "subject_trace": _trace(content.subject_trace),
        "extensions": _extensions(envelope.extensions),
        "content_extensions": _extensions(content.extensions),
    }


def _of_subject(subject: Subject) -> dict[str, Any]:
    """What the envelopes of messages and probes have."""
    return {
        "mts_identifier": str(subject.identifier),
        "originator": str(subject.originator),
        "recipients": [str(recipient.address) for recipient in subject.recipients],
        "per_recipient": [_of_recipient(recipient) for recipient in subject.recipients],
        "content_type": content_type_name(subject.content_type),
        "content_identifier": subject.content_identifier,
        "encoded_information_types": _information_types(subject.encoded_information_types),
        "indicators": _flags(subject.indicators),
        "bilateral_information": [each.hex() for each in subject.bilateral_information],
        "trace": _trace(subject.trace),
        "internal_trace": _trace(subject.internal_trace),
        "extensions": _extensions(subject.extensions),
    }


def _of_recipient(recipient: Recipient) -> dict[str, Any]:
    return {
        "recipient": str(recipient.address),
        "number": recipient.number,
        "responsible": recipient.responsible,
        "originator_report": _name(recipient.indicators.originator_report),
        "mta_report": _name(recipient.indicators.mta_report),
        "explicit_conversion": recipient.explicit_conversion,
        "extensions": _extensions(recipient.extensions),
    }


def _of_reported(recipient: ReportedRecipient) -> dict[str, Any]:
    outcome, intended = recipient.last_trace.outcome, recipient.originally_intended
    converted = recipient.last_trace.converted_encoded_information_types
    found: dict[str, Any] = {
        "recipient": str(recipient.address),
        "number": recipient.number,
        "outcome": str(outcome),
        "arrival": recipient.last_trace.arrival.isoformat(),
    }
    if isinstance(outcome, Delivered):
        found |= {"delivery_time": outcome.time.isoformat(), "user_type": outcome.user_type}
    else:
        found |= {"reason": outcome.reason, "diagnostic": outcome.diagnostic}
    return found | {
        "originally_intended": str(intended) if intended else None,
        "supplementary_information": recipient.supplementary_information,
        "converted_encoded_information_types": _information_types(converted),
        "extensions": _extensions(recipient.extensions),
    }


def _trace(elements: Iterable[TraceElement]) -> list[str]:
    return [
        f"{element.mta_name or element.domain} {element.arrival.isoformat()}"
        for element in elements
    ]


def _name(value: IntEnum | ReportRequest) -> str:
    return value.name.lower().replace("_", "-")


def _flags(flags: IntFlag) -> list[str]:
    return [(flag.name or "").lower().replace("_", "-") for flag in flags]


def _extensions(extensions: Iterable[Extension]) -> list[dict[str, Any]]:
    """Each extension with the BER of its value in hex, and what that says when it is simple."""
    return [
        {
            "type": str(each),
            "critical": _flags(each.criticality),
            "value": _simple(each.value),
            "octets": each.value.hex(),
        }
        for each in extensions
    ]


def _simple(value: bytes) -> int | str | None:
    try:
        tag, contents = value[0], ber.contents(value)
    except (IndexError, ProtocolError):
        return None
    if tag in _INTEGERS:
        return int.from_bytes(contents, "big", signed=True)
    return contents.decode("latin-1") if tag in _TEXTS else None


def _information_types(octets: bytes) -> dict[str, list[str]] | None:
    """Encoded information types by name and by object identifier; None when there are none."""
    if not octets:
        return None
    types = read_information_types(octets)
    return {"built_in": list(types.built_in), "extended": list(types.extended)}
