"""What becomes of a report: it goes to a user here, or on by a connector, or it is discarded."""

from collections.abc import Sequence, Set

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch import telling
from mta_emu.mta.dispatch.choosing import Chooser
from mta_emu.mta.dispatch.distribution import Distribution, duplicate, entry_of
from mta_emu.mta.dispatch.telling import Announcement
from mta_emu.mta.log import records
from mta_emu.mta.policy import reports
from mta_emu.mta.policy.received import ReceivedReport, received_in_words
from mta_emu.mta.policy.routingfacts import RoutingFacts
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mts.fields import Priority
from mta_emu.mts.report import NotDelivered, Report


def arrived_report(
    chooser: Chooser, arrived: Arrived, report: Report, seen: Set[str]
) -> Distribution:
    """What becomes of a report that has come; it was `seen` for these destinations before."""
    looping = reports.loops(report.envelope, chooser.this_mta)
    if str(report.envelope.destination) in seen and not looping:
        return duplicate(arrived, chooser.now)
    return _distributed(chooser, arrived, report, [telling.arrival(arrived)])


def own_report(chooser: Chooser, report: Report) -> Distribution:
    """What becomes of a report that was made here."""
    return _distributed(chooser, Arrived(report, 0), report, ())


def _distributed(
    chooser: Chooser, arrived: Arrived, report: Report, said: Sequence[Announcement]
) -> Distribution:
    """A report for its destination here, or for the connector that leads there.

    There is no report on a report: one that cannot go on is discarded.
    """
    if refused := reports.report_refusal(report, chooser.this_mta):
        end = discarded(report, refused)
        return Distribution(arrived, None, announcements=[*said, *end])
    passed = report.passed(*chooser.this_mta, chooser.now)
    facts = RoutingFacts.of(report, 0, chooser.this_mta.domain)
    (question,) = facts.questions(arrived.connector or None)
    instruction = chooser.route(question)
    if isinstance(instruction, str):
        instruction = chooser.obstacle(instruction, report, None) or instruction
    destination = str(report.envelope.destination)
    copies: list[QueuedCopy] = []
    received: list[ReceivedReport] = []
    told: Sequence[Announcement] = ()
    match instruction:
        case NotDelivered() as why:
            told = discarded(report, why)
        case None:
            received = _received(chooser, passed)
            told = [_report_received(each) for each in received]
        case connector:
            copies = [chooser.copy(connector, Priority.URGENT, passed, [destination])]
    return Distribution(
        arrived,
        entry_of(arrived, chooser.now),
        [destination],
        copies,
        received=received,
        announcements=[*said, *told, *telling.copies_kept(arrived.identifier, copies, ())],
    )


def _received(chooser: Chooser, report: Report) -> list[ReceivedReport]:
    """What a report says to a user here of what they asked to be told."""
    content = report.content
    return [
        ReceivedReport(
            chooser.now,
            str(content.subject_identifier),
            content.content_identifier,
            str(report.envelope.destination),
            str(each.originally_intended or each.address),
            each.last_trace.outcome,
            str(each.address) if each.originally_intended else "",
            each.supplementary_information,
        )
        for each in reports.for_originator(report)
    ]


def _report_received(report: ReceivedReport) -> records.ReportReceived:
    return records.ReportReceived(
        report.subject_identifier,
        report.originator,
        report.recipient,
        str(report.outcome),
        received_in_words(report),
    )


def discarded(report: Report, why: NotDelivered) -> list[Announcement]:
    """What is announced of a report that cannot go on."""
    identifier, subject = report.envelope.identifier, report.content.subject_identifier
    return [records.Discarded(str(identifier), str(subject), str(why))]
