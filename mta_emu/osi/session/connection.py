"""The session protocol machine (X.225): primitives one way, SPDUs the other.

table.py says which event is allowed when and what is done, actions.py does it. This file takes
events, finds their cells and carries them out.
"""

from typing import Any

from labkit.frozen import replace
from mta_emu.osi.errors import ProtocolError, ServiceMisuse, decoder
from mta_emu.osi.predicate import always
from mta_emu.osi.session import establishment, segments
from mta_emu.osi.session.establishment import ALL_VERSIONS, VERSION_1, VERSION_2
from mta_emu.osi.session.events import EVENTS, INVALID, Invalid
from mta_emu.osi.session.machine import Spm, State, fits_version_1
from mta_emu.osi.session.mapping import to_primitive
from mta_emu.osi.session.primitives import (
    FunctionalUnit,
    Part,
    SActivityEnd,
    SActivityEndAck,
    SConnect,
    SessionPrimitive,
    SSyncMinor,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu
from mta_emu.osi.session.table import TABLE, Cell
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from mta_emu.osi.transport.options import DEFAULT_OPTIONS, TransportOptions
from mta_emu.osi.transport.primitives import (
    TConnect,
    TConnectConfirm,
    TData,
    TDisconnect,
    TransportIndication,
)

#: Where something is done about an event: elsewhere nobody reads what it says.
_HEEDED = {
    place
    for place, cells in TABLE.items()
    if any(cell.actions or cell.predicate is not always for cell in cells)
}


class SessionConnection(Spm):
    """One session connection and the transport connection that it lives on (sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local_t_selector: bytes = b"",
        local_s_selector: bytes = b"",
        transport: TransportOptions = DEFAULT_OPTIONS,
        max_tsdu_size: int = 0,
        required: FunctionalUnit = FunctionalUnit(0),
        versions: int = ALL_VERSIONS,
    ) -> None:
        """Be the calling or the called side; a selector that is not empty must be called.

        `max_tsdu_size`, 64 to 65535, has SSDUs segmented so that no TSDU is longer, 0 only where
        the peer wants it. A peer that does not agree to all functional units in `required` is
        refused or aborted. `versions` are the bits of the protocol versions that this side has.
        """
        super().__init__(
            initiator,
            local_t_selector=local_t_selector,
            transport=transport,
            max_tsdu_size=max_tsdu_size,
        )
        self._required = required
        self._versions = versions
        self._local_selector = local_s_selector
        self._joiner = segments.Joiner(MAX_TSDU_SIZE)
        self._rest: list[Unit] = []  # of a TSDU that comes in parts: DT, and what is behind it

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come: write what is left, then close the socket."""
        return self.transport.closed

    @property
    def functional_units(self) -> FunctionalUnit:
        """The functional units in use."""
        return self.variables.functional_units

    @property
    def owned_tokens(self) -> Token:
        """The tokens that are on this side."""
        return self.variables.owned

    @property
    def owns_all_tokens(self) -> bool:
        """Whether every token that exists is on this side."""
        return self.variables.i(self.variables.available)

    @property
    def next_serial_number(self) -> int:
        """The number of the next synchronization point: V(M)."""
        return self.variables.next_serial_number

    def data_to_send(self) -> bytes:
        """The octets to write to the socket now."""
        return self.transport.data_to_send()

    # Events

    def request(self, primitive: SessionPrimitive) -> None:
        """Carry out a request or response of the session user.

        One that comes after the connection has ended is dropped: the user has yet to get the
        end. Raises ServiceMisuse when the state table has no place for it, or the protocol version
        none for as much user data.
        """
        if self.state is State.STA16 or self.closed:
            return
        what = self._numbered(primitive)
        cell = self._cell(EVENTS[type(primitive)], what)
        if cell is None:
            raise ServiceMisuse(f"{type(primitive).__name__} in state {self.state.value}")
        self._carry_out(cell, what)

    def receive_data(self, octets: bytes) -> list[SessionPrimitive]:
        """Take octets from the socket; the session indications that they cause."""
        return self.indications(self.transport.receive_data(octets))

    def receive_eof(self) -> list[SessionPrimitive]:
        """The socket is at its end."""
        return self.indications(self.transport.receive_eof())

    def indications(self, events: list[TransportIndication]) -> list[SessionPrimitive]:
        """The session indications that the transport's cause."""
        found: list[SessionPrimitive] = []
        for event in events:
            match event:
                case TData():
                    found += self._on_tsdu(event)
                case TConnect():
                    found += self._happens("TCONind", event)
                case TConnectConfirm():
                    found += self._happens("TCONcnf", self.proposal)
                case TDisconnect():
                    found += self._happens("TDISind", event)
        return found

    def _on_tsdu(self, tsdu: TData) -> list[SessionPrimitive]:
        found: list[SessionPrimitive] = []
        try:
            for unit in self._units(tsdu):
                found += self._on_unit(unit)
        except ProtocolError as error:
            found += self._happens(INVALID, Invalid(str(error), tsdu.user_data))
        return found

    def _units(self, tsdu: TData) -> list[Unit]:
        """The SPDUs in a TSDU. One that comes in parts must have data; those come in parts, too."""
        part = Part.END if tsdu.last else Part.MIDDLE
        if self._rest:
            data, *behind = self._rest
            units = [data._replace(user_data=tsdu.user_data, part=part), *behind]
        else:
            units = decode_tsdu(tsdu.user_data)
        if tsdu.last:
            self._rest = []
            return units
        at = next((at for at, unit in enumerate(units) if unit.spdu is Spdu.DT), None)
        if at is None or self.receive_limit:
            raise ProtocolError(f"a TSDU is longer than {MAX_TSDU_SIZE} octets")
        if not self._rest:
            units[at] = units[at]._replace(part=Part.BEGINNING)
        self._rest = units[at:]
        return units[: at + 1]

    def _on_unit(self, unit: Unit) -> list[SessionPrimitive]:
        """Take one SPDU. Raises ProtocolError when the state table has no place for it."""
        whole: Unit | None = unit
        if not (unit.spdu is Spdu.CDO or self._joiner.passes(unit)):
            whole = self._joiner.add(unit, self._in_segments(unit))
        if whole is None:
            return []
        if self.version == VERSION_1 and not fits_version_1(whole):
            raise ProtocolError(
                f"{whole.spdu.name} with {len(whole.user_data)} octets of user data in version 1"
            )
        found = self._happens(whole.spdu.name, whole)
        if whole.spdu is Spdu.AC and (asked := whole.get(Pi.TOKEN_ITEM)):
            # the called side asks for tokens at once (X.225 Annex A, its note on ACCEPT)
            found += self._on_unit(Unit(Spdu.PT, {Pi.TOKEN_ITEM: asked}))
        return found

    def _in_segments(self, unit: Unit) -> bool:
        if unit.spdu in (Spdu.DT, Spdu.TD):
            return self.receive_limit > 0
        return self.version == VERSION_2

    # Cells

    def _happens(self, event: str, brought: Any) -> list[SessionPrimitive]:
        """Carry out the cell of an event that is not the user's; `brought` may be its SPDU.

        Raises ProtocolError when the table has no place for it.
        """
        what = brought
        if isinstance(brought, Unit) and (self.state, event) in _HEEDED:
            what = self._read(brought)
        cell = self._cell(event, what)
        if cell is None:
            raise ProtocolError(f"SPDU {event} in state {self.state.value}")
        return self._carry_out(cell, what)

    def _cell(self, event: str, what: Any) -> Cell | None:
        for cell in TABLE.get((self.state, event), ()):
            if cell.predicate(self.variables, what):
                return cell
        return None

    def _carry_out(self, cell: Cell, what: Any) -> list[SessionPrimitive]:
        """Do what a cell says, and enter its state; return what the user gets."""
        indicated = [action(self, what) for action in cell.actions]
        self.state = cell.next_state
        return [primitive for primitive in indicated if primitive is not None]

    def _numbered(self, primitive: SessionPrimitive) -> Any:
        """What a request comes to: a connect with the provider's part, a point with its number."""
        match primitive:
            case SConnect():
                return establishment.propose(primitive, self.max_tsdu_size, self._versions)
            case SSyncMinor() | SActivityEnd():
                return replace(primitive, serial_number=self.next_serial_number)
            case SActivityEndAck():
                return replace(primitive, serial_number=self.next_serial_number - 1)
        return primitive

    @decoder
    def _read(self, unit: Unit) -> Any:
        """What an SPDU says: a proposal, an answer to ours, or a primitive."""
        match unit.spdu:
            case Spdu.CN:
                self.proposal = establishment.read_connect(
                    unit, self.called, self._local_selector, self._required, self._versions
                )
                self.identifier = self.proposal.connect.identifier
                return self.proposal
            case Spdu.OA:
                return establishment.read_overflow_accept(unit, self.proposal)
            case Spdu.CDO:
                return establishment.read_overflow(unit)
            case Spdu.AC:
                return establishment.read_accept(unit, self.proposal, self._required)
            case Spdu.RF:
                return establishment.read_refuse(unit)
        return to_primitive(unit)
