"""What an association needs of the connector that it belongs to."""

from typing import TYPE_CHECKING, Protocol

from mta_emu.endpoint import Endpoint
from mta_emu.mta.association.incoming import IncomingMessage
from mta_emu.mta.association.journal import ConnectorJournal
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mts.fields import Priority
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.primitives import ApduSource

if TYPE_CHECKING:
    from mta_emu.mta.association.association import Association


class AssociationUser(Protocol):
    """A connector, as its associations see it."""

    journal: ConnectorJournal

    @property
    def closing(self) -> bool:
        """Whether the MTA stops: nothing new is begun."""

    def take_entry(self, association: "Association") -> QueueEntry | None:
        """Take the next message in hand that the association may carry; None when none waits."""

    def has_mail(self, association: "Association") -> bool:
        """Tell whether `take_entry` would find a message."""

    def most_urgent(self, association: "Association") -> Priority | None:
        """Give the priority of the message that `take_entry` would find."""

    def apdu(self, entry: QueueEntry) -> ApduSource:
        """Give the octets of the message as it travels over this connector."""

    def transferred(self, entry: QueueEntry, association: "Association") -> None:
        """Drop the message from the queue: the receiver has secured it."""

    def put_back(self, entry: QueueEntry, association: "Association", reason: str) -> None:
        """Let the message wait again: it was not transferred, and not by a fault."""

    def failed(self, entry: QueueEntry, association: "Association", reason: str) -> None:
        """Let the message rest: its transfer failed."""

    def transfer_time(self, entry: QueueEntry) -> float:
        """Give the wall seconds that the transfer of the message may take."""

    def incoming(self, association: "Association") -> IncomingMessage:
        """Begin to receive a message."""

    def changed(self) -> None:
        """Note that an association became busy or idle."""

    async def recover(self, association: RtAssociation) -> Endpoint | None:
        """Recover an association of ours on another connection; None: it cannot be."""

    def connected(self, association: "Association") -> None:
        """Note the connection that the association lives on now."""
