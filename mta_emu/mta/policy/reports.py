"""Which report a message or a probe brings about, what it says, and who gets it.

Pure decisions, X.411 14.3 and 14.4: the dispatcher asks, and does what they say. A connector that
gives a message up calls `Connector.give_up(entry, why)`, once for each queue entry and outside of
any transaction; `why` is one of the values below. In one transaction that takes the entry off the
queue and puts its report on the way back; a report that is given up is discarded.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from labkit.frozen import replace
from mta_emu.mta.policy.extensions import unsupported
from mta_emu.mta.policy.received import supplement
from mta_emu.mta.policy.routing import Criterion
from mta_emu.mts import extension
from mta_emu.mts.bilateral import came_back
from mta_emu.mts.bounds import recipient_violation, violation
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import way_back
from mta_emu.mts.extension import Criticality, Extensions, StandardExtension
from mta_emu.mts.fields import PerMessageIndicators, ReportRequest
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import first_intended, history, requested_alternate
from mta_emu.mts.report import (
    Delivered,
    Diagnostic,
    LastTrace,
    MtsUserType,
    NonDeliveryReason,
    NotDelivered,
    Report,
    ReportContent,
    ReportedRecipient,
    ReportEnvelope,
    ReportType,
)
from mta_emu.mts.subject import Recipient, RecipientKey
from mta_emu.mts.trace import converted_types, since_readdressed
from mta_emu.mts.wishes import DeliveryMethod, delivery_methods, latest_delivery_time, prohibits

#: A connector could not be opened as often as its max open retries say (Q157630).
OPEN_RETRIES_USED_UP = NotDelivered(
    NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.MAXIMUM_TIME_EXPIRED
)
#: A message was tried on open associations as often as the max transfer retries say.
TRANSFER_RETRIES_USED_UP = NotDelivered(
    NonDeliveryReason.TRANSFER_FAILURE, Diagnostic.TRANSFER_ATTEMPTS_LIMIT_REACHED
)

#: Its latest delivery time has passed.
TOO_OLD = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.MAXIMUM_TIME_EXPIRED)
#: It has been here before, or has gone on for ever.
LOOP = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.LOOP_DETECTED)
#: Its recipient is one that it was redirected from before.
REDIRECTION_LOOP = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.REDIRECTION_LOOP_DETECTED
)
#: Something in it is longer, or there is more of it, than X.411 Annex B allows.
TOO_LARGE = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.SIZE_CONSTRAINT_VIOLATION)
#: Something in it is not what it says.
WRONG = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.PROTOCOL_VIOLATION)
#: It would go to the alternate recipient of the domain, and must not.
REASSIGNMENT_PROHIBITED = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.RECIPIENT_REASSIGNMENT_PROHIBITED
)
#: It is to be converted for its recipient, which nobody does here.
EXPLICIT_CONVERSION = NotDelivered(
    NonDeliveryReason.CONVERSION_NOT_PERFORMED, Diagnostic.CONVERSION_IMPRACTICAL
)
#: It has an extension that is critical, and that is not carried out here.
CRITICAL = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNSUPPORTED_CRITICAL_FUNCTION
)

#: Why no connector was left, by the criterion that eliminated the last.
NO_ROUTE: Mapping[Criterion, NotDelivered] = {
    Criterion.ADDRESS_SPACE: NotDelivered(
        NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.UNRECOGNISED_OR_NAME
    ),
    Criterion.RESTRICTIONS: NotDelivered(NonDeliveryReason.RESTRICTED_DELIVERY),
    Criterion.SIZE: NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.CONTENT_TOO_LONG),
    Criterion.INBOUND: LOOP,
    Criterion.MAX_OPEN_RETRIES: OPEN_RETRIES_USED_UP,
}

#: The delivery methods that a mailbox here is reached by.
_OURS = frozenset({DeliveryMethod.ANY, DeliveryMethod.MHS})
_OTHER_METHOD: Mapping[int, NotDelivered] = {
    DeliveryMethod.PHYSICAL: NotDelivered(NonDeliveryReason.PHYSICAL_DELIVERY_NOT_PERFORMED)
}

MAX_HOPS = 512  # trace elements, and reroutes (Q164838)


class ThisMta(NamedTuple):
    """The MTA that reports."""

    domain: GlobalDomain
    mta_name: str


#: Extensions that are looked at later, when their fault could be reported to nobody any more.
_PROHIBITIONS = (
    StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED,
    StandardExtension.DL_EXPANSION_PROHIBITED,
    StandardExtension.CONVERSION_WITH_LOSS_PROHIBITED,
)


# May it go on?


def refusal(
    subject: Envelope | Probe, here: ThisMta, now: datetime, site: str = ""
) -> NotDelivered | None:
    """Why a message that has come must not go on to anybody; None when it may.

    Looks at what X.411 14.3 looks at first: loops, time, extensions critical for transfer. Raises
    ProtocolError when an extension is not what it says.
    """
    if loops(subject, here, site):
        return LOOP
    if beyond := violation(subject):
        return replace(TOO_LARGE, detail=beyond)
    latest = latest_delivery_time(subject.extensions)
    if latest and latest < now:
        return TOO_OLD
    for kind in _PROHIBITIONS:
        prohibits(subject.extensions, kind)  # raises now
    return _critical(subject.extensions, Criticality.FOR_TRANSFER)


def recipient_refusal(recipient: Recipient) -> NotDelivered | None:
    """Why it must not go on to this recipient, if to anybody. Raises ProtocolError."""
    redirections = history(recipient.extensions)
    requested_alternate(recipient)  # raises now what nobody could do anything about later
    delivery_methods(recipient.extensions)
    if beyond := recipient_violation(recipient):
        return replace(TOO_LARGE, detail=beyond)
    if len(redirections) > MAX_HOPS or recipient.address in [r.intended for r in redirections]:
        return REDIRECTION_LOOP
    return _critical(recipient.extensions, Criticality.FOR_TRANSFER)


def deferred_until(
    subject: Envelope, here: ThisMta, now: datetime, site: str = ""
) -> datetime | None:
    """Until when a message that has come is to be kept; None: it goes on, or ends, at once.

    That is its deferred delivery time (X.411 8.2.1.1.1.12), or its latest delivery time before it.
    Raises ProtocolError as `refusal` does.
    """
    until = subject.deferred_delivery_time
    if until is None or until <= now:
        return None
    ours = (recipient for recipient in subject.recipients if recipient.responsible)
    refusals = [recipient_refusal(recipient) for recipient in ours]  # of all: later is too late
    if refusal(subject, here, now, site) or all(refusals):
        return None
    latest = latest_delivery_time(subject.extensions)
    return min(until, latest) if latest else until


def undeliverable(subject: Envelope | Probe) -> NotDelivered | None:
    """Why it must not be delivered to a recipient of ours; None when it may."""
    return _critical(subject.extensions, Criticality.FOR_DELIVERY)


def recipient_undeliverable(recipient: Recipient) -> NotDelivered | None:
    """Why it must not be delivered to this one; None when it may."""
    if recipient.explicit_conversion is not None:
        return EXPLICIT_CONVERSION
    methods = delivery_methods(recipient.extensions)
    if methods and not _OURS.intersection(methods):
        return _OTHER_METHOD.get(methods[0], NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER))
    return _critical(recipient.extensions, Criticality.FOR_DELIVERY)


def loops(subject: Envelope | Probe | ReportEnvelope, here: ThisMta, site: str = "") -> bool:
    """Whether it has been here before, or has been under way for ever (Q164838, Q152955).

    Also when it has left this `site`, if that has a name, and comes back (Q157358).
    """
    elements = () if isinstance(subject, ReportEnvelope) else subject.bilateral_information
    if site and came_back(elements, here.domain, site):
        return True
    internal = subject.internal_trace
    hops = max(len(subject.trace), len(internal))
    since = since_readdressed(internal)
    return hops > MAX_HOPS or any((each.domain, each.mta_name) == here for each in since)


def report_refusal(report: Report, here: ThisMta) -> NotDelivered | None:
    """Why a report that has come must not go on; None when it may. Raises ProtocolError."""
    if loops(report.envelope, here):
        return LOOP
    parts = (report.envelope, report.content, *report.content.recipients)
    return TOO_LARGE if any(each.excess for each in parts) else None


def _critical(extensions: Extensions, critical: Criticality) -> NotDelivered | None:
    return CRITICAL if unsupported(extensions, critical) else None


# What is reported


def expanded(time: datetime) -> Delivered:
    """The outcome of the expansion of a list here."""
    return Delivered(time, MtsUserType.DL)


def delivered(here: ThisMta, time: datetime) -> Delivered:
    """The outcome of a delivery to a mailbox here, whose user is one of a private domain or not."""
    private = bool(here.domain.private_domain)
    return Delivered(time, MtsUserType.PRIVATE if private else MtsUserType.PUBLIC)


def report_on(
    subject: Envelope | Probe,
    outcomes: Mapping[RecipientKey, ReportType],
    *,
    new_identifier: Callable[[], MtsIdentifier],
    content: bytes | None = None,
) -> Report | None:
    """The report on what became of recipients; None when none is wanted.

    `subject` has this MTA's trace, the report has not yet. `new_identifier` is asked for one only
    when there is a report. `content` goes back when a message was not delivered and its originator
    wants it so.
    """
    recipients = tuple(
        _reported(subject, recipient, outcomes[recipient.key])
        for recipient in subject.recipients
        if recipient.key in outcomes
        and _wants(recipient.indicators.mta_report, outcomes[recipient.key], failures=True)
    )
    if not recipients:
        return None
    audited = any(each.indicators.mta_report is ReportRequest.AUDITED for each in recipients)
    failed = any(isinstance(each.last_trace.outcome, NotDelivered) for each in recipients)
    returned = content if failed and _returns_content(subject) else None
    correlator = extension.find(subject.extensions, StandardExtension.CONTENT_CORRELATOR)
    destination, history = way_back(subject)
    return Report(
        ReportEnvelope(new_identifier(), destination, extensions=history),
        ReportContent(
            subject.identifier,
            recipients,
            subject_trace=subject.trace if audited else (),
            encoded_information_types=subject.encoded_information_types,
            content_type=subject.content_type,
            content_identifier=subject.content_identifier,
            returned_content=returned,
            extensions=(correlator,) if correlator else (),
        ),
    )


def for_originator(report: Report) -> tuple[ReportedRecipient, ...]:
    """Those recipients of a report whose outcome the originator asked for (X.411 14.4)."""
    return tuple(
        each
        for each in report.content.recipients
        if _wants(each.indicators.originator_report, each.last_trace.outcome)
    )


def _wants(request: ReportRequest, outcome: ReportType, *, failures: bool = False) -> bool:
    """Whether a request is for such an outcome; with `failures`, those are always reported."""
    if isinstance(outcome, Delivered):
        return request in (ReportRequest.DELIVERY, ReportRequest.AUDITED)
    return failures or request is not ReportRequest.NONE


def _returns_content(subject: Envelope | Probe) -> bool:
    """Whether its originator wants the content back; a probe has none."""
    asked = bool(subject.indicators & PerMessageIndicators.CONTENT_RETURN_REQUEST)
    return asked and isinstance(subject, Envelope)


def _reported(
    subject: Envelope | Probe, recipient: Recipient, outcome: ReportType
) -> ReportedRecipient:
    converted = converted_types(subject.trace)
    last_trace = LastTrace(subject.trace[-1].arrival, outcome, converted)
    kept = extension.find(recipient.extensions, StandardExtension.REDIRECTION_HISTORY)
    return ReportedRecipient(
        recipient.address,
        recipient.number,
        recipient.indicators,
        last_trace,
        first_intended(recipient),
        supplement(outcome),
        extensions=(kept,) if kept else (),
    )
