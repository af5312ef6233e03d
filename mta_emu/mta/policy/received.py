"""A report as its originator reads it: for each recipient what became of the message, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mta_emu.mts.report import (
    Delivered,
    Diagnostic,
    NonDeliveryReason,
    NotDelivered,
    ReportType,
    code_name,
)
from mta_emu.mts.strings import PRINTABLE

_MAX_SUPPLEMENT = 256  # ub-supplementary-info-length


@dataclass(frozen=True)
class ReceivedReport:
    """What a report says to a user here about one recipient of a message or probe of theirs."""

    time: datetime
    subject_identifier: str
    content_identifier: str
    originator: str
    recipient: str
    outcome: ReportType
    redirected_to: str = ""  # the alternate recipient whose outcome it is
    supplement: str = ""  # what the reporting MTA adds in words


def in_words(outcome: ReportType) -> str:
    """An outcome as a sentence for the originator, with the codes behind a failure."""
    match outcome:
        case Delivered(time):
            return f"Delivered at {time:%Y-%m-%d %H:%M:%S} UTC."
        case NotDelivered(reason, diagnostic):
            words = _WORDS.get((reason, diagnostic)) or _DIAGNOSTICS.get(diagnostic)
            return f"{words or _REASONS.get(reason, 'It was not delivered')}."


def received_in_words(report: ReceivedReport) -> str:
    """The report as sentences."""
    redirected = f"Redirected to {report.redirected_to}. " if report.redirected_to else ""
    ours = supplement(report.outcome).removesuffix(".")
    if ours and report.supplement.startswith(ours):  # which says more, or the same
        return redirected + report.supplement
    added = f' The reporting MTA adds: "{report.supplement}"' if report.supplement else ""
    return redirected + in_words(report.outcome) + added


def supplement(outcome: ReportType) -> str:
    """Supplementary information: a failure in words, which a PrintableString can hold."""
    if isinstance(outcome, Delivered):
        return ""
    words = in_words(outcome)
    if outcome.detail:
        words = f"{words.removesuffix('.')}: {outcome.detail.removesuffix('.')}."
    return "".join(filter(PRINTABLE.__contains__, words))[:_MAX_SUPPLEMENT]


def as_object(report: ReceivedReport) -> dict[str, Any]:
    """The report as JSON has it."""
    fields: dict[str, Any] = {
        "time": report.time.isoformat(timespec="milliseconds"),
        "mts_identifier": report.subject_identifier,
        "content_identifier": report.content_identifier,
        "originator": report.originator,
        "recipient": report.recipient,
        "redirected_to": report.redirected_to,
        "text": received_in_words(report),
    }
    match report.outcome:
        case Delivered(time):
            return fields | {"outcome": "delivered", "delivered": time.isoformat()}
        case NotDelivered(reason, diagnostic):
            return fields | {
                "outcome": "not-delivered",
                "reason": code_name(reason, NonDeliveryReason),
                "diagnostic": code_name(diagnostic, Diagnostic),
            }


#: Exchange's wording when a message was not transferred in its time (Q157630, Q161711).
_CONGESTION = "The message could not be delivered due to congestion in the message transfer service"
_WORDS: Mapping[tuple[int, int | None], str] = {
    (NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED): _CONGESTION,
    (NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MTS_CONGESTION): _CONGESTION,
}
_DIAGNOSTICS: Mapping[int | None, str] = {
    Diagnostic.UNRECOGNISED_OR_NAME: "The recipient's address is not known",
    Diagnostic.AMBIGUOUS_OR_NAME: "More than one recipient has that address",
    Diagnostic.MTS_CONGESTION: _CONGESTION,
    Diagnostic.LOOP_DETECTED: "The message went round in a loop",
    Diagnostic.RECIPIENT_UNAVAILABLE: "The recipient cannot take messages now",
    Diagnostic.MAXIMUM_TIME_EXPIRED: "The time that the message had is over",
    Diagnostic.ENCODED_INFORMATION_TYPES_UNSUPPORTED: "The recipient's system cannot read it",
    Diagnostic.CONTENT_TOO_LONG: "The message is too long for a system on its way",
    Diagnostic.CONVERSION_IMPRACTICAL: "The message cannot be converted for the recipient",
    Diagnostic.IMPLICIT_CONVERSION_PROHIBITED: "The message may not be converted for the recipient",
    Diagnostic.IMPLICIT_CONVERSION_NOT_SUBSCRIBED: "The recipient has no conversion of messages",
    Diagnostic.INVALID_ARGUMENTS: "A system on the way found the envelope contradictory",
    Diagnostic.CONTENT_SYNTAX_ERROR: "The content is not of the kind that the envelope names",
    Diagnostic.SIZE_CONSTRAINT_VIOLATION: "A field is beyond what a system on the way allows",
    Diagnostic.PROTOCOL_VIOLATION: "A system on the way found the envelope wrong",
    Diagnostic.CONTENT_TYPE_NOT_SUPPORTED: "The recipient's system does not take such contents",
    Diagnostic.TOO_MANY_RECIPIENTS: "The message has too many recipients",
    Diagnostic.NO_BILATERAL_AGREEMENT: "The two management domains have no agreement",
    Diagnostic.UNSUPPORTED_CRITICAL_FUNCTION: "A system on the way lacks a function it must have",
    Diagnostic.CONVERSION_WITH_LOSS_PROHIBITED: "The message cannot be converted without loss",
    Diagnostic.RECIPIENT_REASSIGNMENT_PROHIBITED: "The message may not go to another recipient",
    Diagnostic.REDIRECTION_LOOP_DETECTED: "The message was redirected in a loop",
    Diagnostic.DL_EXPANSION_PROHIBITED: "The message may not go to a distribution list",
    Diagnostic.NO_DL_SUBMIT_PERMISSION: "The originator may not write to the distribution list",
    Diagnostic.DL_EXPANSION_FAILURE: "The distribution list could not be expanded",
    Diagnostic.SECURE_MESSAGING_ERROR: "The message's security is not what it must be",
    Diagnostic.UNABLE_TO_DOWNGRADE: "The message cannot be put into the protocol of 1984",
    Diagnostic.UNABLE_TO_COMPLETE_TRANSFER: "The transfer could not be completed",
    Diagnostic.TRANSFER_ATTEMPTS_LIMIT_REACHED: "The transfer failed too often",
}
_REASONS: Mapping[int, str] = {
    NonDeliveryReason.TRANSFER_FAILURE: "The transfer failed",
    NonDeliveryReason.UNABLE_TO_TRANSFER: "The message could not be transferred",
    NonDeliveryReason.CONVERSION_NOT_PERFORMED: "The message could not be converted",
    NonDeliveryReason.RESTRICTED_DELIVERY: "The originator may not send messages there",
    NonDeliveryReason.DIRECTORY_OPERATION_UNSUCCESSFUL: (
        "The recipient was not found in the directory"
    ),
    NonDeliveryReason.DEFERRED_DELIVERY_NOT_PERFORMED: "The message could not be deferred",
    NonDeliveryReason.TRANSFER_FAILURE_FOR_SECURITY_REASON: "The transfer was not secure enough",
}
