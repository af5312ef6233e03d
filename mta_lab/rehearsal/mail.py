"""The way of a message from MTA to MTA: which connector, its calls, who gets the turn, what next.

A call that fails starts the connector's retry timer, and the way is chosen again without it, as the
running MTA does. Where the sender's own calls do not succeed, the next MTA's call may fetch what
waits, if the two may take turns.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from labkit.config import Section
from labkit.reason import Reason
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.dispatch.announcements import failures
from mta_emu.mta.policy import conversion, registration, reports, turn
from mta_emu.mta.policy.calling import Caller, Calls, Lane, Link, Standing
from mta_emu.mta.policy.received import in_words
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.policy.routing import routes, select
from mta_emu.mta.policy.routingfacts import RoutingFacts
from mta_emu.mta.policy.schedule import initiation
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.report import NotDelivered
from mta_emu.mts.subject import Recipient
from mta_lab.rehearsal.call import World
from mta_lab.rehearsal.prediction import Attempt, Leg, Step
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.files import calls

_OCTETS = 1024  # of the content of the message
_ONE = {Lane.ORDINARY: 1}


@dataclass(frozen=True)
class Message:
    """A message of a user to another."""

    originator: ORAddress
    recipient: ORAddress

    def submitted(self, domain: GlobalDomain) -> Envelope:
        """Its envelope where it is submitted."""
        identifier = MtsIdentifier(domain, "predicted")
        return Envelope(identifier, self.originator, (Recipient(self.recipient),))


def legs(world: World, sender: str, message: Message, now: datetime) -> Iterator[Leg]:
    """The legs of a message that is submitted at an MTA at lab time `now`, until it stays."""
    here, came_by = sender, None
    envelope = message.submitted(world.mtas[sender].server.global_domain.for_trace())
    while True:
        place = _Here(world, here, now, envelope, came_by)
        leg = place.leg()
        if leg is None:
            return
        yield leg
        if leg.over is None or leg.receiver is None or not leg.disposition.moves:
            return
        came_by = leg.over.called_connector if leg.over.caller == here else leg.over.connector
        here, envelope = leg.receiver, place.passed


@dataclass
class _Here:
    """A message at an MTA: what becomes of it there, and on the leg that begins there."""

    world: World
    here: str
    now: datetime
    envelope: Envelope
    came_by: str | None
    steps: list[Step] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    _no_route: NotDelivered = reports.LOOP

    @property
    def config(self) -> MtaConfig:
        """The MTA's configuration."""
        return self.world.mtas[self.here]

    @property
    def this_mta(self) -> ThisMta:
        """The MTA as traces name it."""
        server = self.config.server
        return ThisMta(server.global_domain.for_trace(), server.mta_name)

    @property
    def passed(self) -> Envelope:
        """The envelope as it goes on."""
        passed = self.envelope.passed(*self.this_mta, self.now)
        site = self.config.server.site_name
        return passed.entered(self.this_mta.domain, site) if site else passed

    def leg(self) -> Leg | None:
        """The leg that begins here, or the end; None: it is delivered here."""
        server = self.config.server
        (recipient,) = self.envelope.recipients
        if refused := reports.refusal(self.envelope, self.this_mta, self.now, server.site_name):
            return self._reported("may it go on", refused)
        if server.delivers_to(recipient.address):
            return self._mailbox(recipient)
        connector = self._route()
        if connector is None:
            if server.alternate_recipient:
                return self._unread("alternate_recipient", server)
            return self._ends(Disposition.NO_CONNECTOR, events=self._failure(self._no_route))
        if refused := conversion.obstacle(connector, self.envelope, recipient, None):
            return self._reported(f"can connector {connector.name} carry it", refused)
        return self._calls(connector)

    def _mailbox(self, recipient: Recipient) -> Leg | None:
        """Ask whether the mailbox takes it."""
        mailbox = self.config.server.mailbox_of(recipient.address)
        if mailbox is None:
            return self._unread("distribution_lists", self.config.server)
        if registration.redirection(mailbox, self.envelope, recipient):
            return self._unread("redirect_to", mailbox)
        refused = registration.refusal(mailbox, self.envelope, _OCTETS)
        return self._reported("does the mailbox take it", refused) if refused else None

    def _unread(self, directive: str, section: Section) -> Leg:
        why = Reason(directive, f"not modelled: {directive}", place=section.place(directive))
        self._step(directive, "not modelled", why)
        return self._ends(Disposition.NOT_MODELLED)

    def _reported(self, question: str, refused: NotDelivered) -> Leg:
        """A report ends the message here."""
        looping = refused == reports.LOOP
        self._step(question, "no", Reason("report", in_words(refused)))
        disposition = Disposition.LOOPING if looping else Disposition.REPORTED
        return self._ends(disposition, events=self._failure(refused))

    def _failure(self, refused: NotDelivered) -> tuple[int, ...]:
        """The events of a report that is made here."""
        (recipient,) = self.envelope.recipients
        failed = {recipient.key: refused}
        logged = failures(self.envelope, failed, message=0, content_length=_OCTETS, entity="")
        return self.world.logged(self.here, (each.number for each in logged))

    def _calls(self, connector: ConnectorConfig | None) -> Leg:
        """Call over the connector, and over others when that fails."""
        tried: list[ConnectorConfig] = []
        while connector and connector not in tried:
            tried.append(connector)
            decided = self._decide(connector)
            if not decided.total:
                if link := self._open(connector):
                    return self._leaves_by(link)
                break
            attempt = self.world.call(self.here, connector)
            if attempt.accepted:
                attempt = self._transfer(attempt)
                self.attempts.append(attempt)
                return self._ends(Disposition.DELIVERED, attempt.called, attempt)
            self.attempts.append(attempt)
            connector = self._route(frozenset(each.name for each in tried))
        return self._waits(tried[-1])

    def _route(self, tried: frozenset[str] = frozenset()) -> ConnectorConfig | None:
        """Choose the connector whose queue the message takes."""
        facts = RoutingFacts.of(self.passed, _OCTETS, self.this_mta.domain)
        (question,) = facts.questions(self.came_by, dict.fromkeys(tried, 1))
        decided = select(routes(self.config, self.now, tried), question)
        chosen = decided.chosen
        self._step("route", chosen.name if chosen else "no connector", decided.reason)
        if decided.failed_at:
            self._no_route = reports.NO_ROUTE[decided.failed_at]
        return next(
            (each for each in self.config.connectors if chosen and each.name == chosen.queue), None
        )

    def _decide(self, connector: ConnectorConfig) -> Calls:
        """Whether the connector calls now for a message of normal priority."""
        ours = [each.caller == self.here for each in self._links(connector)]
        standing = Standing(_ONE, _ONE, links=[Link(each) for each in ours])
        decided = Caller(connector).decide(standing, self.now)
        self._step("schedule", "calls" if decided.total else "does not call", decided.reason)
        return decided

    def _links(self, connector: ConnectorConfig) -> list[Attempt]:
        """The open associations of a connector by which mail can leave."""
        return [
            each
            for each in self.world.open
            if (each.caller, each.connector) == (self.here, connector.name)
            or (each.called, each.called_connector, each.two_way)
            == (self.here, connector.name, True)
        ]

    def _open(self, connector: ConnectorConfig) -> Attempt | None:
        return next(iter(self._links(connector)), None)

    def _leaves_by(self, link: Attempt) -> Leg:
        """The mail leaves by an association that is open."""
        if link.caller == self.here:
            return self._ends(Disposition.DELIVERED, link.called, link)
        self._gets_turn(link)
        return self._ends(Disposition.COLLECTED, link.caller, link)

    def _transfer(self, attempt: Attempt) -> Attempt:
        """Add the step in which the caller, who holds the turn first, transfers."""
        standing = _opened(initiator=True, two_way=attempt.two_way)
        decided = turn.decide(standing, 0, has_turn=True, mail=True)
        step = Step(self.here, "turn", decided.step.value, decided.reason)
        return replace(attempt, steps=(*attempt.steps, step))

    def _waits(self, connector: ConnectorConfig) -> Leg:
        """The mail stays in the queue of a connector, unless the other side's call fetches it."""
        retry = timedelta(seconds=connector.override.open_interval)
        standing = Standing(_ONE, _ONE, retry=self.now + retry if self.attempts else None)
        decided = Caller(connector).decide(standing, self.now)
        there = self.world.topology.called_by(self.here, connector)
        collecting = self._collecting(connector, there) if there else None
        if collecting:
            disposition = Disposition.COLLECTED
        elif self.attempts:
            disposition = self.attempts[-1].disposition
        elif decided.until:
            disposition = Disposition.WAITING
        else:
            disposition = Disposition.NEVER_CALLED
        return self._ends(disposition, there, collecting, decided.until, decided.reason)

    def _collecting(self, connector: ConnectorConfig, there: str) -> Attempt | None:
        """The next MTA's call by which it would fetch the mail; None: there is none."""
        for other in self.world.mtas[there].connectors:
            if self.world.topology.called_by(there, other) != self.here:
                continue
            schedule = initiation(other, self.now)
            self._step("does the other side call", schedule.seen, schedule, there)
            if not calls(other):
                continue
            attempt = self.world.call(there, other)
            fetched = attempt.accepted and attempt.called_connector == connector.name
            answer = attempt.disposition if not attempt.accepted else "accepted"
            self._step("the other side's call", answer, attempt.steps[-1].reason, there)
            if fetched and self._gets_turn(attempt):
                return attempt
        return None

    def _gets_turn(self, attempt: Attempt) -> bool:
        """Whether the called side gets the turn of an association that the other opened."""
        ours = _opened(initiator=False, two_way=attempt.two_way)
        asks = turn.decide(ours, turn.COURTESY, has_turn=False, mail=True)
        self._step("turn", asks.step.value, asks.reason)
        if asks.step is not turn.TurnStep.ASK:
            return False
        theirs = _opened(initiator=True, two_way=attempt.two_way).turn_requested()
        gives = turn.decide(theirs, turn.COURTESY, has_turn=True, mail=False)
        self._step("turn", gives.step.value, gives.reason, attempt.caller)
        return gives.step is turn.TurnStep.GIVE

    def _step(self, question: str, answer: str, reason: Reason, where: str = "") -> None:
        self.steps.append(Step(where or self.here, question, answer, reason))

    def _ends(
        self,
        disposition: Disposition,
        receiver: str | None = None,
        over: Attempt | None = None,
        next_move: datetime | None = None,
        waits: Reason | None = None,
        events: tuple[int, ...] = (),
    ) -> Leg:
        return Leg(
            self.here,
            receiver,
            disposition,
            tuple(self.steps),
            tuple(self.attempts),
            over,
            next_move,
            waits,
            events,
        )


def _opened(*, initiator: bool, two_way: bool) -> turn.Standing:
    lifetime = turn.PATIENCE  # long enough not to end the association here
    return turn.Standing.opened_at(
        0, initiator=initiator, two_way=two_way, lifetime=lifetime, idle_limit=lifetime
    )
