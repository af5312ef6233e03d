"""The session protocol machine (X.225): primitives one way, SPDUs the other.

table.py says which event is allowed when and what is done; variables.py what that does to the
machine's variables. This file takes events and carries the cells out.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.session import establishment, segments
from mta_emu.osi.session.establishment import VERSION_1, VERSION_2, Agreement, Overflow, Proposal
from mta_emu.osi.session.mapping import provider_abort, to_primitive, to_unit
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    FunctionalUnit,
    Part,
    RefuseReason,
    SActivityEnd,
    SActivityEndAck,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SessionPrimitive,
    SPAbort,
    SSyncMinor,
    Token,
)
from mta_emu.osi.session.spdu import MAX_USER_DATA, Pi, Spdu, Unit, decode_tsdu, encode_tsdu
from mta_emu.osi.session.table import EVENTS, TABLE, Cell, State
from mta_emu.osi.session.variables import ACTIONS, PREDICATES, Variables
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE, TransportConnection
from mta_emu.osi.transport.options import DEFAULT_OPTIONS, TransportOptions
from mta_emu.osi.transport.primitives import (
    TConnect,
    TConnectConfirm,
    TData,
    TDisconnect,
    TransportIndication,
)

_MAX_ABORT_DATA_VERSION_1 = 9
_DATA_IN_VERSION_2 = {Spdu.GT, Spdu.GTC, Spdu.AI, Spdu.AIA, Spdu.AD, Spdu.ADA}
_OVER = (State.STA01, State.STA16)


class SessionConnection:
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
    ) -> None:
        """Be the calling or the called side; a selector that is not empty must be called.

        `max_tsdu_size`, 64 to 65535, has SSDUs segmented so that no TSDU is longer, 0 only where
        the peer wants it. A peer that does not agree to all functional units in `required` is
        refused or aborted.
        """
        self.transport = TransportConnection(
            initiator, local_selector=local_t_selector, options=transport
        )
        self.state = State.STA01
        self.identifier = ConnectionIdentifier()
        self.variables = Variables(made_transport=initiator)
        self._max_tsdu_size = max_tsdu_size
        self._required = required
        self._local_selector = local_s_selector
        self._called = TConnect(b"", b"")
        self._proposal = Proposal(SConnect(), VERSION_1, (0, 0), overflows=False)
        self._version = VERSION_2
        self._send_limit = self._receive_limit = 0  # octets of a TSDU, 0: any
        self._joiner = segments.Joiner(MAX_TSDU_SIZE)
        self._rest: list[Unit] = []  # of a TSDU that comes in parts: DT, and what is behind it
        self._in_ssdu = False  # data were sent that others follow
        self._overflow = bytearray()
        self._disconnecting = False

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

        One that comes after the connection has ended is dropped: the user has yet to hear of the
        end. Raises ServiceMisuse when the state table has no place for it, or the protocol version
        none for as much user data.
        """
        if self.state is State.STA16 or self.closed:
            return
        what = self._numbered(primitive)
        cell = self._cell(EVENTS[type(primitive)], what)
        if cell is None:
            raise ServiceMisuse(f"{type(primitive).__name__} in state {self.state.value}")
        self._carry_out(cell, what, sent=True)

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
                    self._called = event
                    self.state = State.STA01C
                case TConnectConfirm():
                    if cell := self._cell("TCONcnf", self._proposal):
                        self._carry_out(cell, self._proposal, sent=True)
                case TDisconnect():
                    found += self._on_disconnect(event)
        return found

    def _on_tsdu(self, tsdu: TData) -> list[SessionPrimitive]:
        found: list[SessionPrimitive] = []
        try:
            for unit in self._units(tsdu):
                found += self._on_unit(unit)
        except ProtocolError as error:
            found += self._on_error(tsdu.user_data, error)
        return found

    def _units(self, tsdu: TData) -> list[Unit]:
        """The SPDUs in a TSDU. One that comes in parts must have data; those come in parts, too."""
        part = Part.END if tsdu.last else Part.MIDDLE
        if self._rest:
            data, *behind = self._rest
            units = [replace(data, user_data=tsdu.user_data, part=part), *behind]
        else:
            units = decode_tsdu(tsdu.user_data)
        if tsdu.last:
            self._rest = []
            return units
        at = next((at for at, unit in enumerate(units) if unit.spdu is Spdu.DT), None)
        if at is None or self._receive_limit:
            raise ProtocolError(f"a TSDU is longer than {MAX_TSDU_SIZE} octets")
        if not self._rest:
            units[at] = replace(units[at], part=Part.BEGINNING)
        self._rest = units[at:]
        return units[: at + 1]

    def _on_error(self, tsdu: bytes, error: ProtocolError) -> list[SessionPrimitive]:
        """Abort for a TSDU that is wrong (X.225 Annex A); disconnect where nobody is connected."""
        if self.state in (State.STA01C, *_OVER):
            over = self.state in _OVER
            self._disconnect_transport(None)
            self.state = State.STA01
            if over:
                return []
        else:
            self._send(provider_abort(tsdu))
            self.state = State.STA16
        return [SPAbort(str(error), by_peer=False)]

    def _on_unit(self, unit: Unit) -> list[SessionPrimitive]:
        """Take one SPDU. Raises ProtocolError when the state table has no place for it."""
        whole = unit if unit.spdu is Spdu.CDO else self._joiner.add(unit, self._in_segments(unit))
        if whole is None:
            return []
        if self._version == VERSION_1 and not _fits_version_1(whole):
            raise ProtocolError(
                f"{whole.spdu.name} with {len(whole.user_data)} octets of user data in version 1"
            )
        event = whole.spdu.name
        matters = any(way.predicate or way.does for way in TABLE.get((self.state, event), ()))
        what = self._read(whole) if matters else None
        cell = self._cell(event, what)
        if cell is None:
            raise ProtocolError(f"SPDU {event} in state {self.state.value}")
        found = self._carry_out(cell, what, sent=False)
        if whole.spdu is Spdu.AC and (asked := whole.get(Pi.TOKEN_ITEM)):
            # the called side asks for tokens at once (X.225 Annex A, its note on ACCEPT)
            found += self._on_unit(Unit(Spdu.PT, {Pi.TOKEN_ITEM: asked}))
        return found

    def _in_segments(self, unit: Unit) -> bool:
        if unit.spdu in (Spdu.DT, Spdu.TD):
            return self._receive_limit > 0
        return self._version == VERSION_2

    def _on_disconnect(self, event: TDisconnect) -> list[SessionPrimitive]:
        state, self.state = self.state, State.STA01
        if self._disconnecting:
            return []
        match state:
            case State.STA16:
                return []  # expected
            case State.STA01B:
                return [SConnectRefuse(event.reason, text=event.text, layer="transport")]
            case _:
                return [SPAbort(event.text, event.by_peer, connection_lost=True, layer="transport")]

    # Cells

    def _cell(self, event: str, what: Any) -> Cell | None:
        for cell in TABLE.get((self.state, event), ()):
            if all(
                PREDICATES[name](self.variables, what) is holds
                for name, holds in _terms(cell.predicate)
            ):
                return cell
        return None

    def _carry_out(self, cell: Cell, what: Any, *, sent: bool) -> list[SessionPrimitive]:
        """Do what a cell says; `sent` says on whose side the event began."""
        heard: list[SessionPrimitive] = []
        for output in cell.does.split():
            if output in ACTIONS:
                ACTIONS[output](self.variables, what, sent=sent)
            elif output.rstrip("+-").endswith(("ind", "cnf")):
                heard.append(self._indication(output, what))
            elif output in _OUTPUTS:
                _OUTPUTS[output](self, what)
            else:
                self._send(to_unit(what))
        self.state = cell.next_state
        return heard

    def _indication(self, name: str, what: Any) -> SessionPrimitive:
        match name, what:
            case "SCONind", Proposal():
                return what.connect
            case "SCONind", Overflow():
                return replace(self._proposal.connect, user_data=bytes(self._overflow))
            case "SCONcnf+", (SConnectAccept() as confirm, Agreement() as agreement):
                self._agree(agreement)
                return confirm
            case "SPABind", Proposal(refusal=RefuseReason() as reason):
                words = reason.name.lower().replace("_", " ")
                return SPAbort(f"the session connect is refused: {words} ({reason})", by_peer=False)
            case "SPABind", _:
                return SPAbort(f"no session CONNECT but {type(what).__name__}", by_peer=False)
        primitive: SessionPrimitive = what
        return primitive

    def _numbered(self, primitive: SessionPrimitive) -> Any:
        """What a request comes to: a connect with the provider's part, a point with its number."""
        match primitive:
            case SConnect():
                return establishment.propose(primitive, self._max_tsdu_size)
            case SSyncMinor() | SActivityEnd():
                return replace(primitive, serial_number=self.next_serial_number)
            case SActivityEndAck():
                return replace(primitive, serial_number=self.next_serial_number - 1)
        return primitive

    def _read(self, unit: Unit) -> Any:
        """What an SPDU says: a proposal, an answer to ours, or a primitive."""
        match unit.spdu:
            case Spdu.CN:
                self._proposal = establishment.read_connect(
                    unit, self._called, self._local_selector, self._required
                )
                self.identifier = self._proposal.connect.identifier
                return self._proposal
            case Spdu.OA:
                return establishment.read_overflow_accept(unit, self._proposal)
            case Spdu.CDO:
                return establishment.read_overflow(unit)
            case Spdu.AC:
                return establishment.read_accept(unit, self._proposal, self._required)
            case Spdu.RF:
                return establishment.read_refuse(unit)
        return to_primitive(unit)

    # Outputs that are more than an SPDU made of the primitive at hand

    def _send(self, unit: Unit) -> None:
        if unit.spdu is Spdu.DT:
            self._in_ssdu = Part.END not in unit.part
        elif self._in_ssdu:  # nobody waits for the rest: an exception, a discard, an abort
            self._send(Unit(Spdu.DT, part=Part.END))
        if self._version == VERSION_1 and unit.spdu not in (Spdu.DT, Spdu.TD):
            self.transport.data(encode_tsdu(_within_version_1(unit)))
            return
        for piece in segments.cut(unit, self._send_limit):
            octets = encode_tsdu(piece) if Part.BEGINNING in piece.part else piece.user_data
            self.transport.data(octets, last=Part.END in piece.part)

    def _connect_transport(self, proposal: Proposal) -> None:
        request = proposal.connect
        self._proposal = proposal
        self.identifier = request.identifier
        self.transport.connect(request.called_t_selector, request.calling_t_selector)

    def _disconnect_transport(self, _: object) -> None:
        self._disconnecting = True  # and the peer may be, at the same time
        self.transport.disconnect()

    def _send_connect(self, proposal: Proposal) -> None:
        self._send(establishment.connect_unit(proposal))

    def _send_overflow_accept(self, proposal: Proposal) -> None:
        self._send(establishment.overflow_accept_unit(proposal, self._max_tsdu_size))

    def _send_overflow(self, proposal: Proposal) -> None:
        self._proposal = proposal
        for unit in establishment.overflow_units(proposal, proposal.max_tsdu[0]):
            self.transport.data(encode_tsdu(unit))

    def _keep_overflow(self, what: Proposal | Overflow) -> None:
        data = what.connect.user_data if isinstance(what, Proposal) else what.user_data
        if len(self._overflow) + len(data) > MAX_TSDU_SIZE:
            raise ProtocolError(f"user data of a connect is longer than {MAX_TSDU_SIZE} octets")
        self._overflow += data

    def _send_accept(self, response: SConnectAccept) -> None:
        unit, agreement = establishment.accept(response, self._proposal, self._max_tsdu_size)
        self._agree(agreement)
        self._send(unit)

    def _agree(self, agreement: Agreement) -> None:
        called_side, initiator = agreement.called_side_tokens, self.variables.made_transport
        owned = ~called_side if initiator else called_side
        self.variables.start(agreement.functional_units, owned, agreement.initial_serial_number)
        self._version = agreement.version
        to_called, to_calling = agreement.max_tsdu
        self._send_limit = to_called if initiator else to_calling
        self._receive_limit = to_calling if initiator else to_called

    def _send_refuse(self, what: SConnectRefuse | Proposal) -> None:
        proposal = self._proposal
        if isinstance(what, Proposal):
            what = SConnectRefuse(what.refusal or RefuseReason.PROVIDER)
        self._version, self._send_limit = proposal.version, proposal.max_tsdu[1]
        self._send(establishment.refuse_unit(what, proposal))

    def _send_tokens_ack(self, _: object) -> None:
        self._send(Unit(Spdu.GTA))


#: What the table's outputs do that are not an SPDU for the primitive at hand.
_OUTPUTS: dict[str, Callable[[SessionConnection, Any], None]] = {
    "TCONreq": SessionConnection._connect_transport,
    "TDISreq": SessionConnection._disconnect_transport,
    "CN": SessionConnection._send_connect,
    "OA": SessionConnection._send_overflow_accept,
    "CDO": SessionConnection._send_overflow,
    "AC": SessionConnection._send_accept,
    "RF": SessionConnection._send_refuse,
    "GTA": SessionConnection._send_tokens_ack,
    "[50]": SessionConnection._keep_overflow,
}


@cache
def _terms(predicate: str) -> list[tuple[str, bool]]:
    """The terms of a predicate such as "p48 & not p03", each with what it must be."""
    terms = filter(None, predicate.split(" & "))
    return [(term.removeprefix("not "), not term.startswith("not ")) for term in terms]


def _fits_version_1(unit: Unit) -> bool:
    """Whether version 1 has place for so much user data; an ABORT with more is let pass."""
    if unit.spdu in (Spdu.DT, Spdu.TD):
        return True
    return len(unit.user_data) <= (0 if unit.spdu in _DATA_IN_VERSION_2 else MAX_USER_DATA)


def _within_version_1(unit: Unit) -> Unit:
    """A unit as version 1 can carry it.

    What does not fit an ABORT is left out: that is to be sent all the same. Raises ServiceMisuse.
    """
    size = len(unit.user_data)
    if unit.spdu is Spdu.AB and size > _MAX_ABORT_DATA_VERSION_1:
        return replace(unit, user_data=b"")
    if not _fits_version_1(unit):
        raise ServiceMisuse(f"{unit.spdu.name} with {size} octets of user data in version 1")
    return unit
