"""What a connector says of itself and of its associations while it runs."""

from typing import Literal

from labkit.reason import Reason
from mta_emu.endpoint import Ends
from mta_emu.mta.log import records
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.store.queues import QueueEntry


class ConnectorJournal:
    """The records of one connector."""

    def __init__(self, journal: Journal, connector: str) -> None:
        self._journal = journal
        self._connector = connector
        self._line: tuple[int, str, int] | None = None

    def line(self, queued: int, state: str, associations: int) -> None:
        """Report how the connector stands, when that has changed."""
        now = (queued, state, associations)
        if now != self._line:
            self._line = now
            self._journal.publish(records.ConnectorState(self._connector, *now))

    def association(
        self,
        number: int,
        state: records.AssociationState,
        ends: Ends | tuple[None, str],
        reason: Reason,
        *,
        locally: bool,
    ) -> None:
        """Report that an association came about, did not, or ended."""
        local, peer = ends
        initiated: Literal["locally", "remotely"] = "locally" if locally else "remotely"
        association = records.Association(number, self._connector, initiated, local, peer, state)
        self._journal.publish(association.because(reason))

    def sent(self, entry: QueueEntry, association: int) -> None:
        """Report that a queue entry was transferred."""
        identifier, octets = entry.mts_identifier, entry.octets
        self._journal.publish(
            records.Transfer("out", identifier, self._connector, association, octets)
        )

    def recovery(
        self,
        association: int,
        ends: Ends,
        state: Literal["lost", "recovered", "given up"],
        reason: str = "",
    ) -> None:
        """Report that an association was lost, recovered or given up."""
        self._journal.publish(
            records.Recovery(association, self._connector, ends.local, ends.peer, state, reason)
        )

    def resumed(self, association: int, octets: int) -> None:
        """Report that the peer goes on with a message of which so many octets have come."""
        self._journal.publish(records.Resumed(association, self._connector, octets))

    def turn(
        self, association: int, what: Literal["asked", "given", "received", "requested"]
    ) -> None:
        """Report that the turn moved, or was asked for."""
        self._journal.publish(records.Turn(association, self._connector, what))

    def protocol_error(self, peer: str, layer: str, reason: str) -> None:
        """Report that the peer sent what a protocol does not allow."""
        self._journal.publish(records.ProtocolError(peer, layer, reason))
