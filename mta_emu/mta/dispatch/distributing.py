"""What becomes of a whole message, probe or report: copies, deliveries, reports, announcements.

Pure for what it is given, so that a long work may be done on a thread; dispatcher.py keeps what is
decided here, in one transaction (X.411 14.3 and 14.4).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field
from typing import NamedTuple

from labkit.frozen import replace
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.recipients import DistributionList
from mta_emu.mta.dispatch import announcements
from mta_emu.mta.dispatch.announcements import Announcement
from mta_emu.mta.dispatch.choosing import Chooser, RecipientInstruction, RoutingContext
from mta_emu.mta.dispatch.distribution import (
    Distribution,
    arrival_keys,
    duplicate,
    entry_of,
)
from mta_emu.mta.dispatch.reporting import arrived_report, discarded, own_report
from mta_emu.mta.log import records
from mta_emu.mta.policy import lists, reports
from mta_emu.mta.policy.alternates import folded
from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.policy.lists import Expand
from mta_emu.mta.store.mailbox import Delivery, grouped
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.tracking import Action, TrackingEntry, in_short
from mta_emu.mts import ipm
from mta_emu.mts.apdu import encode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import MtsIdentifier
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import RedirectionReason
from mta_emu.mts.report import NotDelivered, Report, ReportType, code_name
from mta_emu.mts.subject import Recipient, RecipientKey
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError


@dataclass
class _Sorted:
    """Recipients by what becomes of their copies.

    Those of one queue that were redirected here have a copy of their own.
    """

    outcomes: dict[RecipientKey, ReportType] = field(default_factory=dict)
    local: list[Recipient] = field(default_factory=list)  # with a mailbox here
    lists: list[tuple[Recipient, DistributionList]] = field(default_factory=list)
    queues: dict[tuple[str, bool], list[Recipient]] = field(default_factory=dict)


class _Part(NamedTuple):
    """What becomes of a message for its own recipients, or for the members of one list."""

    copies: Sequence[QueuedCopy]
    deliveries: Sequence[Delivery]
    redirections: Sequence[records.Redirected]
    report: Report | None
    reported: Sequence[TrackingEntry]
    events: Sequence[Announcement]


class Distributor:
    """Distributes at one moment, as its chooser chooses."""

    def __init__(self, chooser: Chooser, new_identifier: Callable[[], MtsIdentifier]) -> None:
        """`new_identifier` gives one for a report."""
        self._chooser = chooser
        self._new_identifier = new_identifier
        self._this_mta = chooser.this_mta

    def arrived(self, arrived: Arrived, seen: Set[str]) -> Distribution:
        """What becomes of what has come; it was `seen` for these recipients before.

        What is not what it says is reported. Raises ProtocolError when it is so wrong that a report
        is not possible, either.
        """
        arrived = self._chooser.upgraded(arrived)
        head = arrived.head
        if isinstance(head, Report):
            return arrived_report(self._chooser, arrived, head, seen)
        try:
            if isinstance(head, Envelope) and (deferred := self._deferred(arrived, head)):
                return deferred
            return self._subject(arrived, head, seen)
        except ProtocolError as error:
            return self._subject(arrived, head, seen, replace(reports.WRONG, detail=str(error)))

    def given_up(
        self, entry: QueueEntry, came_by: str, connector: str, why: NotDelivered
    ) -> Distribution:
        """What becomes of a queue entry that came by a connector, and that another one gives up."""
        subject = self._chooser.queued_head(entry, connector)
        arrived = Arrived(subject, entry.octets, entry.message, entry.kept_length, came_by)
        if isinstance(subject, Report):
            return Distribution(arrived, None, announcements=discarded(subject, why))
        context = self._chooser.context(arrived, subject)
        instructions = [
            self._chooser.redirect(context, each, why)
            for each in subject.recipients
            if each.responsible
        ]
        came = None
        if any(each.redirections for each in instructions):
            came = TrackingEntry(
                self._chooser.now, entry.mts_identifier, Action.GIVEN_UP, connector, detail=str(why)
            )
        return self._distribute(context, instructions, connector, came, (), ())

    # Deferred delivery

    def _deferred(self, arrived: Arrived, envelope: Envelope) -> Distribution | None:
        """A message that is kept as it came until its time; None: it goes on, or ends, at once."""
        if arrived.deferred_since or arrived.message is None:
            return None
        now = self._chooser.now
        until = reports.deferred_until(envelope, self._this_mta, now, self._chooser.site)
        if until is None:
            return None
        deferred = Deferred(
            arrived.message,
            encode_head(envelope),
            arrived.octets,
            arrived.content_length,
            arrived.connector,
            arrived.association,
            now,
            until,
            arrived.identifier,
        )
        text, came = until.isoformat(timespec="seconds"), entry_of(arrived, self._chooser.now)
        return Distribution(
            arrived,
            came,
            deferred=deferred,
            changes=[replace(came, what=Action.DEFERRED, detail=f"until {text}")],
            announcements=[
                announcements.arrival(arrived),
                records.Deferred(arrived.identifier, text),
                announcements.WillBeReleased(),
            ],
        )

    # Messages and probes

    def _subject(
        self,
        arrived: Arrived,
        subject: Envelope | Probe,
        seen: Set[str],
        wrong: NotDelivered | None = None,
    ) -> Distribution:
        """What becomes of a message or probe, in which something may be `wrong`."""
        now, said, site = self._chooser.now, [announcements.arrival(arrived)], self._chooser.site
        loop = len(subject.internal_trace) if reports.loops(subject, self._this_mta, site) else 0
        ours = arrival_keys(arrived, loop=loop)
        unseen = [key for key in ours if key not in seen]
        if not unseen:
            return duplicate(arrived, self._chooser.now)
        if isinstance(subject, Envelope) and arrived.deferred_since:
            passed: Envelope | Probe = subject.passed(*self._this_mta, arrived.deferred_since, now)
        else:
            passed = subject.passed(*self._this_mta, now)
        if site:
            passed = passed.entered(self._this_mta.domain, site)
        refused = wrong or reports.refusal(subject, self._this_mta, now, site)
        context = self._chooser.context(arrived, passed)
        instructions = [
            self._chooser.redirect(context, ours[key], refused)
            if refused
            else self._chooser.choose(context, ours[key])
            for key in unseen
        ]
        came = entry_of(arrived, self._chooser.now)
        return self._distribute(context, instructions, came.connector, came, unseen, said)

    def _distribute(
        self,
        context: RoutingContext,
        instructions: Sequence[RecipientInstruction],
        connector: str,
        came: TrackingEntry | None,
        arrivals: Sequence[str],
        said: Sequence[Announcement],
    ) -> Distribution:
        """The copies of a message where they go, and the reports on those that end.

        `connector` is the one that it came or waited by. Lists are expanded, and theirs too.
        """
        parts = list(self._parts(context, instructions, connector, set()))
        identifier = context.arrived.identifier
        copies = [copy for part in parts for copy in part.copies]
        deliveries = [each for part in parts for each in part.deliveries]
        redirections = [each for part in parts for each in part.redirections]
        changes = [_redirection_entry(came, each) for each in redirections if came]
        reported = [each for part in parts for each in part.reported]
        return Distribution(
            context.arrived,
            came,
            arrivals,
            copies,
            deliveries,
            changes=list(in_short(changes)),
            reported=list(in_short(reported)),
            announcements=[
                *said,
                *redirections,
                *announcements.copies_kept(identifier, copies, deliveries),
                *(event for part in parts for event in part.events),
                *(records.Reported(identifier, each.recipient, each.detail) for each in reported),
            ],
            reports=[own_report(self._chooser, part.report) for part in parts if part.report],
        )

    def _parts(
        self,
        context: RoutingContext,
        instructions: Sequence[RecipientInstruction],
        connector: str,
        expanded: set[str],
    ) -> Iterator[_Part]:
        """What becomes of a message for its recipients, and then for the members of its lists.

        A list is expanded once, however often the message is addressed to it; `expanded` are those
        that were.
        """
        probe = isinstance(context.subject, Probe)
        sorted_ = self._sorted(instructions, probe=probe)
        yield self._part(context, instructions, sorted_, connector)
        if probe:
            return
        for recipient, found in sorted_.lists:
            if folded(found.address) in expanded:
                continue
            expanded.add(folded(found.address))
            inside = context.expanded(recipient, found, self._chooser.now)
            members = [self._chooser.choose(inside, member) for member in inside.subject.recipients]
            yield from self._parts(inside, members, connector, expanded)

    def _part(
        self,
        context: RoutingContext,
        instructions: Sequence[RecipientInstruction],
        sorted_: _Sorted,
        connector: str,
    ) -> _Part:
        arrived, passed = context.arrived, _with_alternates(context.subject, instructions)
        copies = [
            self._chooser.copy(
                queue,
                announcements.priority(passed),
                (passed.marked_redirected() if again else passed).for_recipients(
                    {each.key for each in recipients}
                ),
                [str(each.address) for each in recipients],
                context.content,
                readdressed=again or context.readdressed,
            )
            for (queue, again), recipients in sorted_.queues.items()
        ]
        outcomes = sorted_.outcomes
        failed = {key: each for key, each in outcomes.items() if isinstance(each, NotDelivered)}
        report = self._report_on(arrived, passed, outcomes, failed=bool(failed))
        return _Part(
            copies,
            self._deliveries(arrived, passed, sorted_.local)
            if isinstance(passed, Envelope)
            else [],
            list(_redirections(arrived.identifier, instructions)),
            report,
            list(self._reported(report, connector)) if report else [],
            list(
                announcements.failures(
                    passed,
                    failed,
                    message=arrived.message or 0,
                    content_length=arrived.content_length,
                    entity=announcements.entity(self._chooser.config, connector),
                )
            ),
        )

    def _sorted(self, instructions: Sequence[RecipientInstruction], *, probe: bool) -> _Sorted:
        found = _Sorted()
        delivered = reports.delivered(self._this_mta, self._chooser.now)
        for each in instructions:
            recipient = each.recipient
            match each.instruction:
                case NotDelivered() as failure:
                    found.outcomes[recipient.key] = failure
                case None:
                    found.outcomes[recipient.key] = delivered
                    found.local.append(recipient)
                case Expand(None):
                    pass
                case Expand(DistributionList() as list_):
                    found.lists.append((recipient, list_))
                    if lists.reports_expansion(list_, probe=probe):
                        found.outcomes[recipient.key] = reports.expanded(self._chooser.now)
                case str() as queue:
                    again = bool(each.redirections)
                    found.queues.setdefault((queue, again), []).append(recipient)
        return found

    def _deliveries(
        self, arrived: Arrived, message: Envelope, recipients: list[Recipient]
    ) -> list[Delivery]:
        """The copies for mailboxes here, with the subject for their list."""
        if not recipients:
            return []
        subject = ""
        if arrived.message is not None:
            read = self._chooser.contents.reader(arrived.message, arrived.content_length)
            with suppress(ProtocolError):
                subject = ipm.subject(Values(read, arrived.content_length))
        names = (str(each.address) for each in recipients)
        envelopes = DeliveryEnvelope.of_each(message, recipients)
        return list(grouped(subject, zip(names, envelopes, strict=True)))

    # Reports

    def _report_on(
        self,
        arrived: Arrived,
        subject: Envelope | Probe,
        outcomes: Mapping[RecipientKey, ReportType],
        *,
        failed: bool,
    ) -> Report | None:
        """The report on what became of recipients, if anybody wants to know."""
        contents, message = self._chooser.contents, arrived.message
        content = contents.short(message, arrived.content_length) if failed else None
        return reports.report_on(
            subject, outcomes, new_identifier=self._new_identifier, content=content
        )

    def _reported(self, report: Report, connector: str) -> Iterator[TrackingEntry]:
        subject = str(report.content.subject_identifier)
        for each in report.content.recipients:
            yield TrackingEntry(
                self._chooser.now,
                subject,
                Action.REPORTED,
                connector,
                None,
                str(each.address),
                str(each.last_trace.outcome),
            )


def _with_alternates(
    subject: Envelope | Probe, instructions: Sequence[RecipientInstruction]
) -> Envelope | Probe:
    """The envelope with the alternate recipients in the place of those redirected here."""
    alternates = {
        (each.recipient.number, each.redirections[0][0]): each.recipient
        for each in instructions
        if each.redirections
    }
    if not alternates:
        return subject
    recipients = (alternates.get((each.number, each.address), each) for each in subject.recipients)
    return replace(subject, recipients=tuple(recipients))


def _redirections(
    identifier: str, instructions: Sequence[RecipientInstruction]
) -> Iterator[records.Redirected]:
    """The redirections that were made here."""
    for each in instructions:
        for address, (alternate, why) in each.redirections:
            reason = code_name(why, RedirectionReason)
            yield records.Redirected(identifier, str(address), str(alternate), reason)


def _redirection_entry(came: TrackingEntry, made: records.Redirected) -> TrackingEntry:
    detail = f"to {made.alternate}, {made.reason}"
    return replace(came, what=Action.REDIRECTED, recipient=made.recipient, detail=detail)
