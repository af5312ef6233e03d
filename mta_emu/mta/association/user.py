"""What an association needs of the connector that it belongs to."""

from collections.abc import Callable, Collection
from typing import Protocol

from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.association.keeping import InHand, Keeper
from mta_emu.mta.association.recovery import Recoverable
from mta_emu.mta.policy.calling import Lane, Link
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.fields import Priority
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.primitives import ApduSource


class Outbox(Protocol):
    """The connector's queue; an association is named by its number."""

    @property
    def total(self) -> int:
        """How many messages are queued, in hand or not."""

    def waiting(self, lanes: Collection[Lane]) -> int:
        """How many messages of these lanes nobody has in hand."""

    def take(self, lanes: Collection[Lane]) -> QueueEntry | None:
        """Take the next message of these lanes in hand; None when none waits."""

    def most_urgent(self, lanes: Collection[Lane]) -> Priority | None:
        """The priority of the message that `take` would find."""

    def source(self, entry: QueueEntry) -> ApduSource:
        """The octets of a message as it travels over this connector. Raises SourceError."""

    def transfer_time(self, entry: QueueEntry) -> float:
        """The wall seconds that the transfer of a message may take."""

    def transferred(self, entry: QueueEntry, association: int, sent: Callable[[], None]) -> None:
        """Drop a message: the receiver has secured it. `sent` is called when that is kept."""

    def put_back(self, entry: QueueEntry, association: int, reason: str) -> None:
        """Let a message wait again: it was not transferred, and not by a fault."""

    def failed(self, entry: QueueEntry, association: int, reason: str) -> None:
        """Let a message rest, or give it up: its transfer failed."""


class AssociationUser(Protocol):
    """The connector."""

    journal: ConnectorJournal

    @property
    def outbox(self) -> Outbox:
        """What it has to send."""

    @property
    def closing(self) -> bool:
        """Whether the MTA stops: nothing new is begun."""

    def lanes(self, link: Link) -> Collection[Lane]:
        """What mail an association may carry now."""

    def incoming(self, association: int) -> IncomingMessage:
        """Begin to receive a message over the association of that number."""

    def keeper(self, association: InHand) -> Keeper:
        """What keeps an association for the next start."""

    def changed(self) -> None:
        """Note that an association became busy or idle."""

    def recoverable(self, endpoint: Endpoint, association: Recoverable) -> None:
        """Note the connection of an association, so that its peer can recover it."""

    async def recover(self, association: RtAssociation) -> Endpoint | None:
        """Recover an association of ours on another connection; None: it cannot be."""
