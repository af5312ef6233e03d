"""What a connector says of itself and of its associations while it runs."""

from labkit.reason import Reason
from mta_emu.endpoint import Ends
from mta_emu.mta.log.journal import Journal, reason_fields
from mta_emu.mta.store.queues import QueueEntry


class ConnectorJournal:
    """The records of one connector."""

    def __init__(self, journal: Journal, connector: str) -> None:
        self._journal = journal
        self._connector = connector
        self._line: tuple[int, str, int] | None = None

    def line(self, queued: int, state: str, associations: int) -> None:
        """Tell how the connector stands, when that has changed."""
        now = (queued, state, associations)
        if now != self._line:
            self._line = now
            self._journal.publish(
                "connector",
                connector=self._connector,
                queued=queued,
                state=state,
                associations=associations,
            )

    def association(
        self,
        number: int,
        state: str,
        ends: Ends | tuple[None, str],
        reason: Reason,
        *,
        locally: bool,
    ) -> None:
        """Report that an association came about, did not, or ended."""
        local, peer = ends
        self._journal.publish(
            "association",
            association=number,
            connector=self._connector,
            initiated="locally" if locally else "remotely",
            local=local,
            peer=peer,
            state=state,
            **reason_fields(reason),
        )

    def sent(self, entry: QueueEntry, association: int) -> None:
        """Tell that a queue entry was transferred."""
        self._journal.publish(
            "transfer",
            direction="out",
            mts_identifier=entry.mts_identifier,
            connector=self._connector,
            association=association,
            octets=entry.octets,
        )

    def recovery(self, association: int, ends: Ends, state: str, reason: str = "") -> None:
        """Tell that an association was "lost", "recovered" or "given up"."""
        self._journal.publish(
            "recovery",
            association=association,
            connector=self._connector,
            local=ends.local,
            peer=ends.peer,
            state=state,
            reason=reason,
        )

    def resumed(self, association: int, octets: int) -> None:
        """Tell that the peer goes on with a message of which so many octets have come."""
        self._journal.publish(
            "resumed",
            association=association,
            connector=self._connector,
            octets=octets,
        )

    def turn(self, association: int, what: str) -> None:
        """Tell that the turn moved, or was asked for."""
        self._journal.publish("turn", association=association, connector=self._connector, what=what)

    def protocol_error(self, peer: str, layer: str, reason: str) -> None:
        """Tell that the peer sent what a protocol does not allow."""
        self._journal.publish("protocol-error", peer=peer, layer=layer, reason=reason)
