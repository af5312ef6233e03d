"""Where each copy of a message, probe or report goes: a mailbox here, a queue, or its end.

The decisions are routing.py's, alternates.py's, conversion.py's and reports.py's; here they get
what they look at. Nothing is kept or logged.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import NamedTuple, Protocol

from labkit.frozen import replace
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.configuration.pages import ConnectorConfig
from mta_emu.mta.configuration.recipients import DistributionList
from mta_emu.mta.policy import alternates, conversion, lists, registration, reports
from mta_emu.mta.policy.alternates import Alternate
from mta_emu.mta.policy.conversion import Content
from mta_emu.mta.policy.lists import Expand
from mta_emu.mta.policy.reports import ThisMta
from mta_emu.mta.policy.routing import Decision, Route, RoutingQuestion, routes, select
from mta_emu.mta.policy.routingfacts import RoutingFacts
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mts.apdu import Head, decode_head, encode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import expanded
from mta_emu.mts.fields import Priority
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import Read
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import redirect
from mta_emu.mts.report import NotDelivered
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import latest_delivery_time
from mta_emu.osi.errors import ProtocolError

#: Where a copy goes: the connector whose queue, to the members of a list, or why it ends; None: a
#: mailbox here.
Instruction = str | Expand | NotDelivered | None


class ContentSource(Protocol):
    """What has the contents of the messages, by their numbers: the store's Contents."""

    def reader(self, message: int, length: int) -> Read:
        """A function that reads a content from any offset."""

    def short(self, message: int | None, length: int) -> bytes | None:
        """A content that is short enough to be looked into; None when it is not, or none."""


class RecipientInstruction(NamedTuple):
    """What becomes of the copy for a recipient, who may be an alternate recipient now.

    `redirections` are those made here: each from one recipient to another.
    """

    recipient: Recipient
    instruction: Instruction
    redirections: tuple[tuple[ORAddress, Alternate], ...] = ()


class RoutingContext:
    """A message or probe that goes on from here: what is the same for all of its recipients.

    There may be tens of thousands, so it is found out once.
    """

    def __init__(
        self,
        arrived: Arrived,
        subject: Envelope | Probe,
        content: Content | None,
        here: GlobalDomain,
        *,
        readdressed: bool = False,
    ) -> None:
        """`readdressed`: its recipients are alternates, or members of a list, chosen here."""
        self.arrived = arrived
        self.subject = subject
        self.content = content
        self._here = here
        self.readdressed = readdressed
        self.undeliverable = reports.undeliverable(subject)
        self._lists: dict[str, Instruction] = {}
        self.routing_facts = RoutingFacts.of(
            subject, arrived.content_length, here, readdressed=readdressed
        )

    def expanded(
        self, recipient: Recipient, found: DistributionList, now: datetime
    ) -> "RoutingContext":
        """The same for the members of a list, which is a recipient."""
        wanted = lists.indicators(found, recipient)
        subject = expanded(self.subject, recipient, found.members, wanted, now)
        return RoutingContext(self.arrived, subject, self.content, self._here, readdressed=True)

    def for_list(self, found: DistributionList) -> Instruction:
        """What becomes of the copy for a list, which may be among the recipients very often."""
        name = str(found.address)
        if name not in self._lists:
            self._lists[name] = lists.expand(self.subject, found)
        return self._lists[name]

    @property
    def length(self) -> int:
        """The octets of the content, or of the one that a probe asks about."""
        subject = self.subject
        asked = subject.content_length or 0 if isinstance(subject, Probe) else None
        return self.arrived.content_length if asked is None else asked

    @cached_property
    def for_alternates(self) -> "RoutingContext":
        """The same for the alternate recipients that it is redirected to."""
        again = self.subject.marked_redirected()
        return RoutingContext(self.arrived, again, self.content, self._here, readdressed=True)


class Chooser:
    """Chooses by the configuration and the connectors as they are at one moment."""

    def __init__(
        self,
        config: MtaConfig,
        now: datetime,
        waiting: frozenset[str],
        contents: ContentSource,
        this_mta: ThisMta,
    ) -> None:
        """Choose at lab time `now`, while the open retry timers of the connectors `waiting` run.

        `contents` has those of the messages.
        """
        self.config = config
        self.now = now
        self.contents = contents
        self.this_mta = this_mta
        self._waiting = waiting

    @cached_property
    def _routes(self) -> tuple[Route, ...]:
        return routes(self.config, self.now, self._waiting)

    @property
    def site(self) -> str:
        """The site's name in bilateral information; empty: messages do not name it."""
        return self.config.server.site_name

    @cached_property
    def _connectors(self) -> dict[str, ConnectorConfig]:
        return {each.name: each for each in self.config.connectors}

    def route(self, question: RoutingQuestion) -> Instruction:
        """The connector whose queue to go to, why there is none, or None: a mailbox here."""
        if self.config.server.delivers_to(question.recipient):
            return None
        decision = self.decision(question)
        if decision.chosen:
            return decision.chosen.queue
        assert decision.failed_at  # noqa: S101, no route was chosen
        return reports.NO_ROUTE[decision.failed_at]

    def decision(self, question: RoutingQuestion) -> Decision:
        """The choice among the connectors, with how it came to that."""
        return select(self._routes, question)

    # Messages and probes

    def upgraded(self, arrived: Arrived) -> Arrived:
        """What came over a connector, as 1988 has it."""
        connector = self._connectors.get(arrived.connector)
        if connector is None:
            return arrived
        head = conversion.arrived(connector, arrived.head, *self.this_mta)
        return arrived if head is arrived.head else replace(arrived, head=head)

    def queued_head(self, entry: QueueEntry, connector: str) -> Head:
        """The head of a copy in a connector's queue, as 1988 has it."""
        head = self.read(entry.envelope)
        return conversion.arrived(self._connectors[connector], head, *self.this_mta)

    def context(self, arrived: Arrived, subject: Envelope | Probe) -> RoutingContext:
        """What came, for the other questions; `subject` has this MTA's trace."""
        content = None
        if isinstance(subject, Envelope) and arrived.message is not None:
            read = self.contents.reader(arrived.message, arrived.content_length)
            content = Content(arrived.content_length, read, from_here=not arrived.connector)
        return RoutingContext(arrived, subject, content, self.this_mta.domain)

    def choose(self, context: RoutingContext, recipient: Recipient) -> RecipientInstruction:
        """What becomes of the copy for a recipient."""
        try:
            refusal = reports.recipient_refusal(recipient)
        except ProtocolError as error:
            refusal = replace(reports.WRONG, detail=str(error))
        return self.redirect(context, recipient, refusal or self._route(context, recipient))

    def _route(self, context: RoutingContext, recipient: Recipient) -> Instruction | Alternate:
        came_by = context.arrived.connector or None
        match self.route(context.routing_facts.question(recipient.address, came_by)):
            case None if found := self.config.server.list_at(recipient.address):
                return context.for_list(found)
            case None:
                return self._delivery(context, recipient)
            case str() as connector:
                obstacle = self.obstacle(connector, context.subject, recipient, context.content)
                return obstacle or connector
            case why:
                return why

    def _delivery(self, context: RoutingContext, recipient: Recipient) -> Instruction | Alternate:
        """What becomes of the copy for a mailbox here, as that has registered."""
        mailbox = self.config.server.mailbox_of(recipient.address)
        assert mailbox  # noqa: S101, it would not be for here
        if elsewhere := registration.redirection(mailbox, context.subject, recipient):
            return elsewhere
        refused = context.undeliverable or reports.recipient_undeliverable(recipient)
        return refused or registration.refusal(mailbox, context.subject, context.length)

    def redirect(
        self, context: RoutingContext, recipient: Recipient, instruction: Instruction | Alternate
    ) -> RecipientInstruction:
        """Redirect a recipient whose copy would end, as long as there is an alternate recipient.

        Also one who wants it: everything for the mailbox goes to somebody else.
        """
        made: list[tuple[ORAddress, Alternate]] = []
        while isinstance(instruction, NotDelivered | Alternate):
            instead = instruction
            if isinstance(instead, NotDelivered):
                instead = alternates.instead(
                    context.subject,
                    recipient,
                    instead,
                    domain=self.this_mta.domain,
                    assigned=self.config.server.alternate_recipient,
                )
            if isinstance(instead, NotDelivered):
                return RecipientInstruction(recipient, instead, tuple(made))
            made.append((recipient.address, instead))
            recipient = redirect(recipient, *instead, self.now)
            instruction = self._route(context.for_alternates, recipient)
        return RecipientInstruction(recipient, instruction, tuple(made))

    # Copies

    def written(self, head: Head) -> bytes:
        """A head as a queue keeps it: the octets that travel."""
        return encode_head(head)

    def read(self, envelope: bytes) -> Head:
        """The head that a queue keeps."""
        return decode_head(envelope)

    def as_it_is(self, connector: str, other: str) -> bool:
        """Whether the copy for a connector is also what goes over another one."""
        return conversion.as_it_is(self._connectors[connector], self._connectors[other])

    def obstacle(
        self,
        connector: str,
        head: Head,
        recipient: Recipient | None,
        content: Content | None = None,
    ) -> NotDelivered | None:
        """Why a connector cannot carry it; None when it can."""
        return conversion.obstacle(self._connectors[connector], head, recipient, content)

    def copy(
        self,
        connector: str,
        priority: Priority,
        head: Head,
        recipients: Sequence[str] = (),
        content: Content | None = None,
        *,
        readdressed: bool = False,
    ) -> QueuedCopy:
        """The copy of a head and its content that leaves over a connector."""
        copy = conversion.copy(self._connectors[connector], head, content)
        expires = latest_delivery_time(head.extensions) if isinstance(head, Envelope) else None
        length, here = content.length if content else 0, self.this_mta.domain
        routing_facts = RoutingFacts.of(head, length, here, readdressed=readdressed)
        return QueuedCopy(
            connector,
            priority,
            self.written(copy.head),
            recipients,
            copy.dropped,
            expires,
            routing_facts.to_text(),
            copy.conversion,
            copy.content_length,
        )
