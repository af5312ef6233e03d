"""What becomes of a report: it goes to a user here, or on by a connector, or it is discarded."""

from collections.abc import Sequence, Set
from dataclasses import replace

from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.dispatch import announcements
from mta_emu.mta.dispatch.announcements import Announcement
from mta_emu.mta.dispatch.choosing import Chooser
from mta_emu.mta.dispatch.distribution import Distribution, duplicate, entry_of
from mta_emu.mta.log import records
from mta_emu.mta.policy import lists, reports
from mta_emu.mta.policy.received import ReceivedReport, received_in_words
from mta_emu.mta.policy.routingfacts import RoutingFacts
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.receivedreports import rows
from mta_emu.mts.fields import Priority
from mta_emu.mts.report import NotDelivered, Report


def arrived_report(
    chooser: Chooser, arrived: Arrived, report: Report, seen: Set[str]
) -> Distribution:
    """What becomes of a report that has come; it was `seen` for these destinations before."""
    looping = reports.loops(report.envelope, chooser.this_mta)
    if str(report.envelope.destination) in seen and not looping:
        return duplicate(arrived, chooser.now)
    return _distributed(chooser, arrived, report, [announcements.arrival(arrived)])


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
    return _sent(chooser, replace(arrived, head=passed), passed, said)


def _sent(
    chooser: Chooser, arrived: Arrived, passed: Report, said: Sequence[Announcement]
) -> Distribution:
    """A report that has this MTA's trace, where its envelope says, or a list's policy."""
    destination = passed.envelope.destination
    came = entry_of(arrived, chooser.now)
    if found := chooser.config.server.list_at(destination):
        on = [_sent(chooser, Arrived(each, 0), each, ()) for each in lists.passed_on(found, passed)]
        not_sent = [] if on else discarded(passed, lists.NOT_WANTED)
        return Distribution(
            arrived, came, [str(destination)], announcements=[*said, *not_sent], reports=on
        )
    facts = RoutingFacts.of(passed, 0, chooser.this_mta.domain)
    (question,) = facts.questions(arrived.connector or None)
    instruction = chooser.route(question)
    if isinstance(instruction, str):
        instruction = chooser.obstacle(instruction, passed, None) or instruction
    copies: list[QueuedCopy] = []
    received: list[ReceivedReport] = []
    announced: Sequence[Announcement] = ()
    match instruction:
        case NotDelivered() as why:
            announced = discarded(passed, why)
        case str() as connector:
            copies = [chooser.copy(connector, Priority.URGENT, passed, [str(destination)])]
        case _:
            received = _received(chooser, passed)
            announced = [_report_received(each) for each in received]
    return Distribution(
        arrived,
        came,
        [str(destination)],
        copies,
        received=list(rows(received)),
        announcements=[
            *said,
            *announced,
            *announcements.copies_kept(arrived.identifier, copies, ()),
        ],
    )


def _received(chooser: Chooser, report: Report) -> list[ReceivedReport]:
    """What a report says to a user here of what they asked for."""
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


def discarded(report: Report, why: NotDelivered | str) -> list[Announcement]:
    """What is announced of a report that cannot go on."""
    identifier, subject = report.envelope.identifier, report.content.subject_identifier
    return [records.Discarded(str(identifier), str(subject), str(why))]
