"""Keeps an association with a long transfer, so that the MTA goes on with it after a kill.

Each time a checkpoint is confirmed, by this side or by the peer, the store gets what RTSE needs to
go on there. At the next start the association is one that has just lost its connection: its caller
recovers it, the other side waits for that, and where nothing comes of it the message is transferred
again from its first octet, as ever.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from mta_emu.endpoint import Endpoint, Ends
from mta_emu.mta.association.incoming import IncomingMessage, Part
from mta_emu.mta.store.associations import KeptAssociation
from mta_emu.mta.store.database import UnavailableError
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.rtse import keeping
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.machine import State
from mta_emu.osi.rtse.primitives import ApduSource


class InHand(Protocol):
    """An association, and what it has in hand."""

    endpoint: Endpoint
    initiated_locally: bool
    outgoing: QueueEntry | None

    @property
    def coming(self) -> IncomingMessage | None:
        """The message that is coming."""


class Keeper:
    """What the store has of one association."""

    def __init__(self, store: Store, connector: str, association: InHand) -> None:
        """Keep an association of a connector."""
        self._store = store
        self._connector = connector
        self._association = association
        self._number: int | None = None  # in the store, once it is there
        self._confirmed = 0  # the serial number that was looked at last, of what is sent

    def go_on(self, kept: int) -> None:
        """Take note of the number that the association has in the store already."""
        self._number = kept

    def note(self) -> None:
        """Keep it when the peer has confirmed another checkpoint."""
        sending = self._association.endpoint.connection.association.outgoing
        before, self._confirmed = self._confirmed, sending.confirmed[0] if sending else 0
        if self._confirmed > before:
            with suppress(UnavailableError):  # then the one before is gone back to
                self.keep()

    def keep(self) -> None:
        """Keep how far the transfers have come. Raises UnavailableError."""
        one = self._association
        coming, state = one.coming, one.endpoint.connection.association
        part = coming.part if coming else None
        values = {
            "initiated_locally": one.initiated_locally,
            "ends": one.endpoint.ends,
            "entry": one.outgoing.id if one.outgoing else None,
            "part": part,
            "association": keeping.to_values(state, coming.octets if coming else 0),
        }
        message = part.message if part else None
        keep = self._store.associations.keep
        self._number = keep(self._number, self._connector, message, json.dumps(values))

    def forget(self) -> None:
        """Drop it: the transfer is over, and nothing is left to go on with."""
        if (number := self._number) is not None:
            self._number = None
            self._store.when_possible(lambda: self._store.associations.forget(number))


@dataclass(frozen=True)
class Kept:
    """An association as it was when the MTA ended."""

    number: int  # in the store
    initiated_locally: bool
    ends: Ends
    entry: int | None  # of the queue, that was sent
    part: Part | None  # of what came
    values: keeping.Values

    @classmethod
    @decoder
    def read(cls, kept: KeptAssociation) -> "Kept":
        """Read what `Keeper` kept. Raises ProtocolError when it is something else."""
        state = json.loads(kept.state)
        part = Part(*state["part"]) if kept.message is not None else None
        if part and part.message != kept.message:
            raise ProtocolError(f"message {kept.message} was kept as {part.message}")
        return cls(
            kept.id,
            state["initiated_locally"],
            Ends(*state["ends"]),
            state["entry"],
            part,
            state["association"],
        )

    @decoder
    def endpoint(self, source: ApduSource | None, *, coming: bool) -> Endpoint:
        """An endpoint whose connection is lost. Raises ProtocolError.

        `source` has the octets of what is sent; `coming`: what came is here.
        """
        values = self.values if coming else self.values | {"incoming": None}
        connection = RtseConnection(initiator=self.initiated_locally)
        connection.adopt(keeping.from_values(values, source))
        connection.state = State.ENDED
        return Endpoint.lost(connection, self.ends, "the MTA ended, and was started again")
