"""The reliable transfer protocol machine (X.228), and with it the whole stack of an association.

table.py says which event is allowed when and what is done. This file takes events, finds their
cells and carries them out. What lies between RTSE and the session is a `Lower`: normal_mode.py or
x410_mode.py.
"""

from collections.abc import Collection
from typing import Any

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.lower import Below
from mta_emu.osi.rtse.machine import (
    ASSOCIATED,
    HOLDING,
    Invalid,
    Rtpm,
    State,
    Unreadable,
    UnreadableError,
    Writable,
)
from mta_emu.osi.rtse.primitives import Mode, RtPrimitive, RtTransferAbandon, SourceError
from mta_emu.osi.rtse.table import EVENTS, TABLE, Cell
from mta_emu.osi.rtse.x410_mode import is_x410
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.establishment import ALL_VERSIONS
from mta_emu.osi.session.primitives import PassedThrough, SConnect, SessionPrimitive
from mta_emu.osi.transport.options import DEFAULT_OPTIONS, TransportOptions


class RtseConnection(Rtpm):
    """One association, from the reliable transfer service down to the octets (sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local: Selectors | None = None,
        modes: Collection[Mode] = tuple(Mode),
        transport: TransportOptions = DEFAULT_OPTIONS,
        session_versions: int = ALL_VERSIONS,
    ) -> None:
        """Be the initiator or the responder of the association.

        The initiator's mode is that of its RtOpen, the responder's what arrives: any of `modes`.
        A called selector that differs from the one in `local` (where that is not empty) is
        refused by its layer. `session_versions` are bits (X.225 8.3.1.9).
        """
        super().__init__(
            initiator,
            local=local or Selectors(),
            modes=modes,
            transport=transport,
            session_versions=session_versions,
        )

    @property
    def has_turn(self) -> bool:
        """Whether the turn is on this side, in a transfer or not."""
        return self.state in HOLDING

    @property
    def may_transfer(self) -> bool:
        """Whether this side may begin a transfer."""
        return self.state is State.TURN

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come: write what is left, then close the socket."""
        return self.session.closed

    def adopt(self, association: RtAssociation) -> None:
        """Take over what is left of an association, to recover it on this connection."""
        self.association = association

    def data_to_send(self) -> bytes:
        """The octets to write to the socket now; of a transfer, one piece per call.

        A transfer whose octets cannot be had is given up.
        """
        if self.state is State.SENDING:
            try:
                self._receive(Writable())
            except SourceError as error:
                self.request(RtTransferAbandon(str(error)))
        return self.session.data_to_send()

    # Events

    def request(self, primitive: RtPrimitive) -> None:
        """Carry out a request or response of the user.

        After the association's end only what the user has done with a transfer counts: it has
        yet to get the end. Raises ServiceMisuse when the state table has no place for it.
        """
        cell = self._cell(primitive)
        if cell is None:
            if self.state is State.ENDED:
                return
            raise ServiceMisuse(f"{type(primitive).__name__} in state {self.state.value}")
        self._carry_out(cell, primitive)

    def receive_data(self, octets: bytes) -> list[RtPrimitive]:
        """Take octets from the socket; the indications and confirms that they cause."""
        return self._indications(self.session.receive_data(octets))

    def receive_eof(self) -> list[RtPrimitive]:
        """The socket is at its end."""
        return self._indications(self.session.receive_eof())

    def _indications(self, from_session: list[SessionPrimitive]) -> list[RtPrimitive]:
        found: list[RtPrimitive] = []
        # One by one: what one of them changes decides what the next one means.
        for primitive in from_session:
            if isinstance(primitive, SConnect):
                self.choose_mode(x410=is_x410(primitive.user_data))
            if isinstance(primitive, PassedThrough):
                found += self._receive(primitive)
                continue
            for event in self.lower.indications([primitive]):
                found += self._receive(event)
        return found

    def _receive(self, event: Below | Writable | Unreadable | Invalid) -> list[RtPrimitive]:
        """Carry out the cell of an event that is not the user's; nothing counts after the end."""
        if self.state is State.ENDED:
            return []
        try:
            cell = self._cell(event)
            if cell is None:
                name = EVENTS.get(type(event), type(event).__name__)
                raise ProtocolError(f"{name} in state {self.state.value}")
            return self._carry_out(cell, event)
        except UnreadableError as error:
            return self._receive(Unreadable(str(error)))
        except ProtocolError as error:
            return self._receive(Invalid(str(error)))

    # Cells

    def _cell(self, event: Any) -> Cell | None:
        for cell in TABLE.get((self.state, type(event)), ()):
            if cell.predicate(self, event):
                return cell
        return None

    def _carry_out(self, cell: Cell, event: Any) -> list[RtPrimitive]:
        """Do what a cell says, and enter its state; return what the user gets."""
        found: list[RtPrimitive] = []
        for action in cell.actions:
            indicated = action(self, event)
            found += (
                indicated if isinstance(indicated, tuple) else (indicated,) if indicated else ()
            )
        self.state = cell.next_state
        if self.state in ASSOCIATED:
            self.association.has_turn = self.has_turn
        return found
