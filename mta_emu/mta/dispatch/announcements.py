"""What is said and done once something is kept: announcements, made after the commit.

Whoever decides gives announcements as values; nobody says anything before it is certain.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from labkit.loop import Breaks
from labkit.reason import Reason
from labkit.records import Record
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.log import records
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mts import trace
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.fields import Priority
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.redirection import first_intended, requested_alternate
from mta_emu.mts.report import Diagnostic, NonDeliveryReason, NotDelivered, code_name
from mta_emu.mts.subject import Recipient, RecipientKey
from mta_emu.osi.errors import ProtocolError

_MESSAGE_OBJECTS = 0x06000000  # as Exchange numbered messages in its database
_TRACE_LOGGED = 100  # octets of the trace information in event 270
_PRIORITIES = {
    Priority.URGENT: "Urgent",
    Priority.NORMAL: "Normal",
    Priority.NON_URGENT: "Non-Urgent",
}


@dataclass(frozen=True)
class ToLog:
    """An event to be logged: its number, and the values that its text asks for."""

    number: int
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Enqueued:
    """A connector's queue has another entry."""

    connector: str
    priority: Priority


@dataclass(frozen=True)
class MayExpire:
    """A queue has an entry with a latest delivery time."""


@dataclass(frozen=True)
class WillBeReleased:
    """A message was deferred."""


Announcement = Record | ToLog | Enqueued | MayExpire | WillBeReleased


class Announcer:
    """Makes announcements."""

    def __init__(
        self,
        journal: Journal,
        log: Callable[..., None],
        connectors: Mapping[str, Connector],
        expiring: Callable[[], None],
        deferring: Callable[[], None],
    ) -> None:
        """Publish in `journal`, `log` an event by its number and values, wake who is to be woken.

        `expiring` and `deferring` are called when there may be an earlier time for them.
        """
        self._journal = journal
        self._log = log
        self._connectors = connectors
        self._expiring = expiring
        self._deferring = deferring

    async def make(self, announcements: Iterable[Announcement]) -> None:
        """Make announcements in their order; others may work in between."""
        breaks = Breaks()
        for each in announcements:
            self.make_one(each)
            await breaks.take()

    def make_one(self, announcement: Announcement) -> None:
        """Make one announcement."""
        match announcement:
            case Record():
                self._journal.publish(announcement)
            case ToLog(number, values):
                self._log(number, **values)
            case Enqueued(connector, priority):
                if connector in self._connectors:  # else it waits for the connector's return
                    self._connectors[connector].enqueued(priority)
            case MayExpire():
                self._expiring()
            case WillBeReleased():
                self._deferring()


# What there is to announce


def arrival(arrived: Arrived) -> Record:
    """That something has come, was submitted, or goes on now."""
    identifier = arrived.identifier
    if arrived.deferred_since:
        return records.Released(identifier)
    if arrived.connector:
        number = arrived.association
        return records.Transfer("in", identifier, arrived.connector, number, arrived.octets)
    return records.Submitted(identifier)


def copies_kept(
    identifier: str, copies: Iterable[QueuedCopy], deliveries: Iterable[Delivery]
) -> Iterator[Announcement]:
    """That copies are in mailboxes and queues."""
    for delivery in deliveries:
        for recipient in delivery.recipients:
            yield records.Delivered(identifier, recipient, delivery.subject)
    for copy in copies:
        yield from downgrade(identifier, copy)
        yield Enqueued(copy.connector, copy.priority)
        if copy.expires:
            yield MayExpire()


def downgrade(identifier: str, copy: QueuedCopy) -> Iterator[Record]:
    """What a copy lost, if anything, for its connector's version of P1."""
    if copy.dropped:
        yield records.Downgraded(identifier, copy.connector, copy.dropped)


def failures(
    subject: Envelope | Probe,
    failed: Mapping[RecipientKey, NotDelivered],
    *,
    message: int,
    content_length: int,
    entity: str,
) -> Iterator[ToLog]:
    """Event 290 for each recipient, and 270 when trying again could not have helped.

    `message` is the number that the store has it under, `entity` the distinguished name of the
    connector that it came or waited by, or of this MTA.
    """
    for recipient in subject.recipients:
        if failure := failed.get(recipient.key):
            intended = first_intended(recipient)
            alternate = recipient.address if intended else _alternate(recipient)
            yield ToLog(
                290,
                {
                    "reason": code_name(failure.reason, NonDeliveryReason),
                    "diagnostic": code_name(failure.diagnostic, Diagnostic),
                    "mts_identifier": subject.identifier,
                    "recipient": intended or recipient.address,
                    "recipient_number": recipient.number,
                    "redirected_to": alternate or "",
                    "why": Reason("envelope", failure.detail) if failure.detail else None,
                },
            )
    if any(each.reason != NonDeliveryReason.TRANSFER_FAILURE for each in failed.values()):
        yield ToLog(
            270,
            {
                "dn": entity,
                "priority": _PRIORITIES[priority(subject)],
                "object": f"{_MESSAGE_OBJECTS + message:08X}",
                "message_id": subject.identifier,
                "content_length": content_length,
                "trace": trace.encode(subject.trace)[:_TRACE_LOGGED].hex().upper(),
                "dump": message,
            },
        )


def _alternate(recipient: Recipient) -> ORAddress | None:
    """Who its originator wanted to get it instead, as far as that can be read."""
    with suppress(ProtocolError):
        return requested_alternate(recipient)
    return None


def priority(subject: Envelope | Probe) -> Priority:
    """Of a message its own; probes have none."""
    return subject.priority if isinstance(subject, Envelope) else Priority.NORMAL


def entity(config: MtaConfig, connector: str) -> str:
    """The distinguished name of a connector, or of this MTA when there is none of that name."""
    found: Sequence[str] = [
        config.distinguished_name(each) for each in config.connectors if each.name == connector
    ]
    return found[0] if found else config.mta_distinguished_name
