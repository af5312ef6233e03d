"""The dispatcher: takes the responsibility for what comes, and tells where each copy of it goes.

A copy goes into a mailbox here or into a connector's queue, or it ends and a report goes the way
back. What an arrival brings about is kept in one transaction with it (X.411 14.3 and 14.4).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import NamedTuple

from labkit.clock import LabClock
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.dispatch.choosing import Chooser, RecipientInstruction, RoutingContext
from mta_emu.mta.log import records
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.policy import conversion, reports
from mta_emu.mta.policy.received import ReceivedReport, received_in_words
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.policy.routingfacts import RoutingFacts
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts import ipm, trace
from mta_emu.mts.apdu import decode_head, encode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import MtsIdentifier, local_identifier
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import (
    RedirectionReason,
    history,
    requested_alternate,
)
from mta_emu.mts.report import (
    Diagnostic,
    NotDelivered,
    Reason,
    Report,
    ReportType,
    code_name,
)
from mta_emu.mts.subject import Recipient
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError

_MESSAGE_OBJECTS = 0x06000000  # as Exchange numbered messages in its database
_TRACE_LOGGED = 100  # octets of the trace information in event 270
_PRIORITIES = {
    Priority.URGENT: "Urgent",
    Priority.NORMAL: "Normal",
    Priority.NON_URGENT: "Non-Urgent",
}

#: What is told when everything is kept.
_Afterwards = list[Callable[[], None]]


class _Kept(NamedTuple):
    """Where a message is kept, how long its content is, and the connector it came or waited by."""

    message: int
    content_length: int
    connector: str


class Dispatcher:
    """Decides about messages, probes and reports."""

    def __init__(
        self,
        config: MtaConfig,
        clock: LabClock,
        store: Store,
        journal: Journal,
        log: Callable[..., None],
        connectors: Mapping[str, Connector],
        chooser: Chooser,
        here: ThisMta,
        expiring: Callable[[], None],
        deferring: Callable[[], None],
    ) -> None:
        """Be the MTA that is `here`; hand to `connectors`, by their names, as `chooser` decides.

        `log` takes an event's number and values. `expiring` is called when something was queued
        that has a latest delivery time, `deferring` when something was deferred.
        """
        self._config = config
        self._clock = clock
        self._store = store
        self._journal = journal
        self._log = log
        self._connectors = connectors
        self._expiring = expiring
        self._deferring = deferring
        self._chooser = chooser
        self._here = here

    def reconfigure(self, config: MtaConfig) -> None:
        """Name things as another configuration does from now on."""
        self._config = config

    def new_identifier(self) -> MtsIdentifier:
        """An identifier for a message, probe or report that begins here."""
        number, now = self._store.numbers.next(), self._clock.now()
        local = local_identifier(self._here.mta_name, now, number)
        return MtsIdentifier(self._here.domain, local)

    def take(self, arrived: Arrived) -> None:
        """Take the responsibility for what has come.

        A recipient whom the same has come for before is passed over. Raises DiskFullError, and
        ProtocolError when an extension is not what it says.
        """
        if arrived.connector:
            config = self._connectors[arrived.connector].config
            arrived = replace(arrived, head=conversion.arrived(config, arrived.head))
        afterwards: _Afterwards = []
        with self._store.transaction():
            self._take(arrived, afterwards)
        for tell in afterwards:
            tell()

    def release(self, deferred: Deferred) -> None:
        """Let a message go on whose deferred delivery time has come, once the disk has space."""
        arrived = Arrived(
            decode_head(deferred.head),
            deferred.octets,
            deferred.message,
            deferred.content_length,
            deferred.connector,
            deferred.association,
            deferred.arrival,
        )

        def work(afterwards: _Afterwards) -> None:
            if self._store.deferred.remove(deferred):
                self._take(arrived, afterwards)

        self._when_possible(work)

    def give_up(
        self, entry: QueueEntry, connector: str, why: NotDelivered, done: Callable[[], None]
    ) -> None:
        """Drop a queue entry and report it undelivered, in one transaction; then call `done`.

        The transaction waits for space when the disk is full. There is no report on a report.
        """

        def work(afterwards: _Afterwards) -> None:
            afterwards.append(done)
            self._give_up(entry, connector, why, afterwards)

        self._when_possible(work)

    def _when_possible(self, work: Callable[[_Afterwards], None]) -> None:
        """Do `work` in a transaction once the disk has space, and then what it wants to be told."""
        afterwards: _Afterwards = []

        def do() -> None:
            afterwards.clear()
            work(afterwards)

        def tell() -> None:
            for each in afterwards:
                each()

        self._store.when_possible(do, tell)

    def _take(self, arrived: Arrived, afterwards: _Afterwards) -> None:
        afterwards.append(partial(self._tell_arrival, arrived))
        if isinstance(arrived.head, Report):
            self._take_report(arrived, arrived.head, afterwards)
        elif until := self._deferred_until(arrived):
            self._defer(arrived, until, afterwards)
        else:
            self._take_subject(arrived, arrived.head, afterwards)

    # Deferred delivery

    def _deferred_until(self, arrived: Arrived) -> datetime | None:
        """Until when a message is to be kept; None: it goes on, or ends, at once."""
        if arrived.deferred_since or not isinstance(arrived.head, Envelope):
            return None
        return reports.deferred_until(arrived.head, self._here, self._clock.now())

    def _defer(self, arrived: Arrived, until: datetime, afterwards: _Afterwards) -> None:
        """Keep a message as it came until its time."""
        assert arrived.message is not None  # noqa: S101, it is no probe and no report
        now = self._clock.now()
        self._store.deferred.add(
            Deferred(
                arrived.message,
                encode_head(arrived.head),
                arrived.octets,
                arrived.content_length,
                arrived.connector,
                arrived.association,
                now,
                until,
            )
        )
        text = until.isoformat(timespec="seconds")
        came = self._came(arrived)
        self._store.tracking.add(came, replace(came, what=Action.DEFERRED, detail=f"until {text}"))
        deferred = records.Deferred(arrived.identifier, text)
        afterwards += [partial(self._journal.publish, deferred), self._deferring]

    # Messages and probes

    def _take_subject(
        self, arrived: Arrived, subject: Envelope | Probe, afterwards: _Afterwards
    ) -> None:
        now = self._clock.now()
        loop = len(subject.internal_trace) if reports.loops(subject, self._here) else 0
        ours = {_key(each, loop): each for each in subject.recipients if each.responsible}
        unseen = self._store.arrivals.unseen(arrived.identifier, ours)
        if not unseen:
            self._duplicate(arrived)
            return
        if isinstance(subject, Envelope) and arrived.deferred_since:
            passed: Envelope | Probe = subject.passed(*self._here, arrived.deferred_since, now)
        else:
            passed = subject.passed(*self._here, now)
        refused = reports.refusal(subject, self._here, now)
        context = self._chooser.context(arrived, passed)
        instructions = [
            self._chooser.settle(context, each, refused or self._chooser.choose(context, each))
            for each in (ours[key] for key in unseen)
        ]
        message = self._distribute(context, instructions, self._came(arrived), unseen, afterwards)
        if message is not None:
            self._store.contents.forget(message)

    def _distribute(
        self,
        context: RoutingContext,
        instructions: Sequence[RecipientInstruction],
        came: TrackingEntry,
        arrivals: Sequence[str],
        afterwards: _Afterwards,
    ) -> int | None:
        """Put the copies of a message where they go, and report those that end.

        Gives the number that it is kept under when nothing is left of it to be kept.
        """
        arrived, subject, now = context.arrived, context.subject, self._clock.now()
        alternates = {
            (each.recipient.number, each.redirections[0][0]): each.recipient
            for each in instructions
            if each.redirections
        }
        passed = replace(
            subject,
            recipients=tuple(
                alternates.get((each.number, each.address), each) for each in subject.recipients
            ),
        )
        local: list[Recipient] = []
        queues: dict[tuple[str, bool], list[Recipient]] = {}
        outcomes: dict[int, ReportType] = {}
        for each in instructions:
            match each.instruction:
                case NotDelivered() as failure:
                    outcomes[each.recipient.number] = failure
                case None:
                    outcomes[each.recipient.number] = reports.delivered(self._here, now)
                    local.append(each.recipient)
                case connector:
                    queues.setdefault((connector, bool(each.redirections)), []).append(
                        each.recipient
                    )
        copies = [
            self._chooser.copy(
                connector,
                _priority(passed),
                (passed.marked_redirected() if again else passed).for_recipients(
                    {each.number for each in recipients}
                ),
                [str(each.address) for each in recipients],
                context.content,
                redirected=again,
            )
            for (connector, again), recipients in queues.items()
        ]
        deliveries = self._deliveries(arrived, local) if isinstance(passed, Envelope) else []
        changes = self._redirections(came, instructions, afterwards)
        message = self._complete(arrived, came, copies, deliveries, arrivals, afterwards, changes)
        kept = _Kept(message, arrived.content_length, came.connector)
        self._conclude(passed, outcomes, kept, afterwards)
        return None if copies or deliveries else message

    def _redirections(
        self,
        came: TrackingEntry,
        instructions: Iterable[RecipientInstruction],
        afterwards: _Afterwards,
    ) -> list[TrackingEntry]:
        """The steps of the redirections that were made here, which are told afterwards."""
        steps = []
        for each in instructions:
            for address, (alternate, why) in each.redirections:
                reason = code_name(why, RedirectionReason)
                detail = f"to {alternate}, {reason}"
                steps.append(
                    replace(came, what=Action.REDIRECTED, recipient=str(address), detail=detail)
                )
                redirected = records.Redirected(
                    came.mts_identifier, str(address), str(alternate), reason
                )
                afterwards.append(partial(self._journal.publish, redirected))
        return steps

    def _deliveries(self, arrived: Arrived, recipients: list[Recipient]) -> list[Delivery]:
        """The copies for mailboxes here, with the subject for their list."""
        subject = ""
        if recipients and arrived.message is not None:
            read = self._store.contents.reader(arrived.message, arrived.content_length)
            with suppress(ProtocolError):
                subject = ipm.subject(Values(read, arrived.content_length))
        return [Delivery(str(each.address), subject) for each in recipients]

    def _give_up(
        self, entry: QueueEntry, connector: str, why: NotDelivered, afterwards: _Afterwards
    ) -> None:
        subject = decode_head(entry.envelope)
        if isinstance(subject, Report):
            self._discard(subject, why, afterwards)
        else:
            came_by = self._store.queues.came_by(entry)
            arrived = Arrived(subject, entry.octets, entry.message, entry.kept_length, came_by)
            context = self._chooser.context(arrived, subject)
            instructions = [
                self._chooser.settle(context, each, why)
                for each in subject.recipients
                if each.responsible
            ]
            if any(each.redirections for each in instructions):
                now, identifier = self._clock.now(), entry.mts_identifier
                came = TrackingEntry(now, identifier, Action.GIVEN_UP, connector, detail=str(why))
                self._distribute(context, instructions, came, (), afterwards)
            else:
                outcomes = {
                    each.recipient.number: each.instruction
                    for each in instructions
                    if isinstance(each.instruction, NotDelivered)
                }
                kept = _Kept(entry.message, entry.kept_length, connector)
                self._conclude(subject, outcomes, kept, afterwards)
        self._store.dequeue(entry)

    # Reports

    def _conclude(
        self,
        subject: Envelope | Probe,
        outcomes: Mapping[int, ReportType],
        kept: _Kept,
        afterwards: _Afterwards,
    ) -> None:
        """Report what became of recipients, as far as anybody wants to know."""
        failures = {
            number: outcome
            for number, outcome in outcomes.items()
            if isinstance(outcome, NotDelivered)
        }
        self._log_failures(subject, failures, kept, afterwards)
        returned = (
            self._store.contents.short(kept.message, kept.content_length) if failures else None
        )
        report = reports.report_on(
            subject, outcomes, new_identifier=self.new_identifier, content=returned
        )
        if report:
            self._tell_made(report, kept.connector, afterwards)
            self._take_report(Arrived(report, 0), report, afterwards)

    def _tell_made(self, report: Report, connector: str, afterwards: _Afterwards) -> None:
        now, subject = self._clock.now(), str(report.content.subject_identifier)
        for each in report.content.recipients:
            recipient, outcome = str(each.address), each.last_trace.outcome
            self._store.tracking.add(
                TrackingEntry(
                    now, subject, Action.REPORTED, connector, None, recipient, str(outcome)
                )
            )
            reported = records.Reported(subject, recipient, str(outcome))
            afterwards.append(partial(self._journal.publish, reported))

    def _take_report(self, arrived: Arrived, report: Report, afterwards: _Afterwards) -> None:
        """Hand a report, made here or come, to its destination or the connector that leads there.

        There is no report on a report: one that cannot go on is discarded.
        """
        destination = report.envelope.destination
        unseen = self._store.arrivals.unseen(arrived.identifier, [str(destination)])
        if reports.loops(report.envelope, self._here):
            self._discard(report, reports.LOOP, afterwards)
            return
        if not unseen:
            self._duplicate(arrived)
            return
        passed = report.passed(*self._here, self._clock.now())
        copies = []
        (question,) = RoutingFacts.of(report, 0, self._here.domain).questions(
            arrived.connector or None
        )
        instruction = self._chooser.route(question)
        if isinstance(instruction, str):
            instruction = self._chooser.obstacle(instruction, report, None) or instruction
        match instruction:
            case NotDelivered() as why:
                self._discard(report, why, afterwards)
            case None:
                self._tell_originator(passed, afterwards)
            case connector:
                copies = [self._chooser.copy(connector, Priority.URGENT, passed, unseen)]
        came = self._came(arrived)
        message = self._complete(arrived, came, copies, [], unseen, afterwards)
        if not copies:
            self._store.contents.forget(message)

    def _tell_originator(self, report: Report, afterwards: _Afterwards) -> None:
        """Tell a user here what they asked to be told."""
        now, content = self._clock.now(), report.content
        told = [
            ReceivedReport(
                now,
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
        self._store.reports.add(told)
        for each in told:
            received = records.ReportReceived(
                each.subject_identifier,
                each.originator,
                each.recipient,
                str(each.outcome),
                received_in_words(each),
            )
            afterwards.append(partial(self._journal.publish, received))

    def _discard(self, report: Report, why: NotDelivered, afterwards: _Afterwards) -> None:
        identifier, subject = report.envelope.identifier, report.content.subject_identifier
        discarded = records.Discarded(str(identifier), str(subject), str(why))
        afterwards.append(partial(self._journal.publish, discarded))

    # What is kept and logged

    def _complete(
        self,
        arrived: Arrived,
        came: TrackingEntry,
        copies: Sequence[QueuedCopy],
        deliveries: Sequence[Delivery],
        arrivals: Sequence[str],
        afterwards: _Afterwards,
        changes: Iterable[TrackingEntry] = (),
    ) -> int:
        """Keep what comes of an arrival; the number it is kept under."""
        message = arrived.message if arrived.message is not None else self._store.contents.begin()
        self._store.complete(
            message,
            came,
            came_by=arrived.connector,
            content_length=arrived.content_length,
            copies=copies,
            deliveries=deliveries,
            arrivals=arrivals,
            changes=changes,
        )
        for delivery in deliveries:
            delivered = records.Delivered(arrived.identifier, delivery.recipient, delivery.subject)
            afterwards.append(partial(self._journal.publish, delivered))
        for copy in copies:
            connector = self._connectors[copy.connector]
            afterwards.append(partial(self.tell_downgraded, arrived.identifier, copy))
            afterwards.append(partial(connector.enqueued, copy.priority))
            if copy.expires:
                afterwards.append(self._expiring)
        return message

    def tell_downgraded(self, identifier: str, copy: QueuedCopy) -> None:
        """Tell what a copy lost, if anything, for its connector's version of P1."""
        if copy.dropped:
            self._journal.publish(records.Downgraded(identifier, copy.connector, copy.dropped))

    def _duplicate(self, arrived: Arrived) -> None:
        """Drop what has come before."""
        if arrived.message is not None:
            self._store.contents.forget(arrived.message)
        self._store.tracking.add(replace(self._came(arrived), what=Action.DUPLICATE))

    def _came(self, arrived: Arrived) -> TrackingEntry:
        what = Action.RECEIVED if arrived.connector else Action.SUBMITTED
        if arrived.deferred_since:
            what = Action.RELEASED
        return TrackingEntry(
            self._clock.now(),
            arrived.identifier,
            what,
            arrived.connector,
            arrived.association,
            detail=f"{arrived.octets} octets",
        )

    def _tell_arrival(self, arrived: Arrived) -> None:
        identifier = arrived.identifier
        if arrived.deferred_since:
            self._journal.publish(records.Released(identifier))
        elif arrived.connector:
            self._journal.publish(
                records.Transfer(
                    "in", identifier, arrived.connector, arrived.association, arrived.octets
                )
            )
        else:
            self._journal.publish(records.Submitted(identifier))

    def _log_failures(
        self,
        subject: Envelope | Probe,
        failures: Mapping[int, NotDelivered],
        kept: _Kept,
        afterwards: _Afterwards,
    ) -> None:
        """Log 290 for each recipient, and 270 when trying again could not have helped."""
        for recipient in subject.recipients:
            if failure := failures.get(recipient.number):
                before = history(recipient.extensions)
                alternate = recipient.address if before else requested_alternate(recipient)
                afterwards.append(
                    partial(
                        self._log,
                        290,
                        reason=code_name(failure.reason, Reason),
                        diagnostic=code_name(failure.diagnostic, Diagnostic),
                        mts_identifier=subject.identifier,
                        recipient=before[0].intended if before else recipient.address,
                        recipient_number=recipient.number,
                        redirected_to=alternate or "",
                    )
                )
        if any(each.reason != Reason.TRANSFER_FAILURE for each in failures.values()):
            connector = self._connectors.get(kept.connector)
            afterwards.append(
                partial(
                    self._log,
                    270,
                    dn=self._config.distinguished_name(connector.config)
                    if connector
                    else self._config.mta_distinguished_name,
                    priority=_PRIORITIES[_priority(subject)],
                    object=f"{_MESSAGE_OBJECTS + kept.message:08X}",
                    message_id=subject.identifier,
                    content_length=kept.content_length,
                    trace=trace.encode(subject.trace)[:_TRACE_LOGGED].hex().upper(),
                    dump=kept.message,
                )
            )


def _key(recipient: Recipient, loop: int) -> str:
    """What a recipient is remembered by; what comes in a loop is not the same sent twice."""
    address = recipient.address
    extra = [f"{kind}={value.hex()}" for kind, value in address.extension_attributes]
    return ";".join([str(address), *extra, *([f"loop of {loop}"] if loop else [])])


def _priority(subject: Envelope | Probe) -> Priority:
    """Of a message its own; probes have none."""
    return subject.priority if isinstance(subject, Envelope) else Priority.NORMAL
