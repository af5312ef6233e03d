"""Distribution lists: who may write to one, and who gets reports of failures. Pure decisions.

X.411 14.3 and 14.4, X.402 7.1.3. A list is expanded for a message; for a probe only whether it can
be is reported. Its members' copies ask for the reports that the list's policy wants, and these come
back to the list, which passes them on.
"""

from typing import NamedTuple

from mta_emu.mta.configuration.recipients import DistributionList, ReportPolicy
from mta_emu.mts.expansion import MAX_EXPANSIONS, forwarded, history, previous
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import Indicators, ReportRequest
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered, Report
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.mts.wishes import prohibits

PROHIBITED = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.DL_EXPANSION_PROHIBITED)
NO_PERMISSION = NotDelivered(
    NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.NO_DL_SUBMIT_PERMISSION
)
#: Why a report goes on to nobody.
NOT_WANTED = "nobody gets it, by the policy of the distribution list that it came to"
FAILURE = NotDelivered(NonDeliveryReason.UNABLE_TO_TRANSFER, Diagnostic.DL_EXPANSION_FAILURE)


class Expand(NamedTuple):
    """A copy is for the members of a list; without one it has been there before, and ends."""

    list: DistributionList | None


def expand(subject: Subject, found: DistributionList) -> Expand | NotDelivered:
    """What becomes of the copy for a list that is expanded here. Raises ProtocolError.

    One that the message has come through before ends it without a report, as X.411 has it.
    """
    if prohibits(subject.extensions, StandardExtension.DL_EXPANSION_PROHIBITED):
        return PROHIBITED
    before = history(subject.extensions)
    sender = before[-1].name if before else subject.originator
    if found.may_use and not any(space.matches(sender) for space in found.may_use):
        return NO_PERMISSION
    if any(found.is_at(each.name) for each in before):
        return Expand(None)
    return FAILURE if len(before) >= MAX_EXPANSIONS else Expand(found)


def reports_expansion(found: DistributionList, *, probe: bool) -> bool:
    """Whether the delivery to the list is reported itself.

    It is when the reports on its members go to others, and for a probe, which goes no further.
    """
    return probe or found.reports in (ReportPolicy.OWNER, ReportPolicy.NOBODY)


def indicators(found: DistributionList, recipient: Recipient) -> Indicators:
    """Which reports the members' copies ask for; the list was asked for the recipient's."""
    if found.reports is ReportPolicy.NOBODY:
        return Indicators.asking(ReportRequest.NONE, ReportRequest.NON_DELIVERY)
    if found.reports is ReportPolicy.OWNER:
        return Indicators.asking(ReportRequest.NON_DELIVERY, ReportRequest.NON_DELIVERY)
    return recipient.indicators


def passed_on(found: DistributionList, report: Report) -> list[Report]:
    """The reports that go on from a list which one has come to. Raises ProtocolError."""
    reports = []
    if found.reports in (ReportPolicy.ORIGINATOR, ReportPolicy.BOTH) and (to := previous(report)):
        reports.append(forwarded(report, *to))
    if found.reports in (ReportPolicy.OWNER, ReportPolicy.BOTH) and found.owner:
        reports.append(forwarded(report, found.owner, ()))
    return reports
