"""The session protocol machine (X.225): primitives one way, SPDUs the other.

Which event is allowed when is in table.py; this file holds the predicates and the actions that
the table names, in the table's order.
"""

from typing import Any

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    FunctionalUnit,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SControlGive,
    SData,
    SessionPrimitive,
    SPAbort,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu, encode_tsdu
from mta_emu.osi.session.table import EVENTS, TABLE, Cell, State
from mta_emu.osi.transport import (
    TConnect,
    TConnectConfirm,
    TData,
    TDisconnect,
    TransportConnection,
    TransportIndication,
)

_VERSION_1, _VERSION_2 = 1, 2  # bits of the version number parameter (X.225 8.3.1.11)
_MAX_USER_DATA = 512  # in the user data parameter of a CONNECT; more takes the extended one
_MAX_EXTENDED_USER_DATA = 10240
_MAX_ABORT_DATA_VERSION_1 = 9
_WHOLE_SSDU = b"\x03"  # an enclosure item: beginning and end (X.225 8.3.3)

_RELEASED = 0x01  # transport disconnect parameter: the transport connection is not kept
_USER_ABORT, _PROTOCOL_ERROR = 0x02, 0x04

_REFUSED_WITH_DATA = 2
_REFUSED_SELECTOR_UNKNOWN = 129
_REFUSED_VERSIONS = 132

_TOKEN_OF = {
    FunctionalUnit.HALF_DUPLEX: Token.DATA,
    FunctionalUnit.MINOR_SYNCHRONIZE: Token.MINOR_SYNCHRONIZE,
    FunctionalUnit.ACTIVITY_MANAGEMENT: Token.MAJOR_ACTIVITY,
}


class SessionConnection:
    """One session connection and the transport connection that it lives on (sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local_t_selector: bytes = b"",
        local_s_selector: bytes = b"",
        max_tpdu_size: int = 8192,
    ) -> None:
        """Be the calling or the called side; a selector that is not empty must be called."""
        self.transport = TransportConnection(
            initiator, local_selector=local_t_selector, max_tpdu_size=max_tpdu_size
        )
        self.state = State.STA01
        self.identifier = ConnectionIdentifier()
        self.functional_units = FunctionalUnit(0)
        self.owned_tokens = Token(0)
        self.next_serial_number = 1  # V(M)
        self._lowest_unconfirmed = 1  # V(A)
        self._we_confirm = False  # Vsc
        self._in_activity = False  # Vact
        self._initiator = initiator
        self._local_selector = local_s_selector
        self._version = _VERSION_2
        self._connect = SConnect()
        self._called = TConnect(b"", b"")

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come: write what is left, then close the socket."""
        return self.transport.closed

    @property
    def owns_all_tokens(self) -> bool:
        """Whether every token that exists is on this side."""
        return self._owns(self._available)

    def data_to_send(self) -> bytes:
        """The octets to write to the socket now."""
        return self.transport.data_to_send()

    # Events

    def request(self, primitive: SessionPrimitive) -> None:
        """Carry out a request or response of the session user.

        One that comes after the connection has ended is dropped: the user has yet to hear of the
        end. Raises ServiceMisuse when the state table has no place for it.
        """
        if self.state is State.STA16 or self.closed:
            return
        cell = self._cell(EVENTS[type(primitive)], primitive)
        if cell is None:
            raise ServiceMisuse(f"{type(primitive).__name__} in state {self.state.value}")
        self._carry_out(cell, primitive)

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
                case TData(user_data):
                    found += self._on_tsdu(user_data)
                case TConnect():
                    self._called = event
                    self.state = State.STA01C
                case TConnectConfirm():
                    self._carry_out(TABLE[State.STA01B, "TCONcnf"], None)
                case TDisconnect(text, reason):
                    found += self._on_disconnect(text, reason)
        return found

    def _on_tsdu(self, tsdu: bytes) -> list[SessionPrimitive]:
        if self.state is State.STA16:
            return []
        found: list[SessionPrimitive] = []
        try:
            for unit in decode_tsdu(tsdu):
                if unit.get(Pi.ENCLOSURE, _WHOLE_SSDU) != _WHOLE_SSDU:
                    raise ProtocolError(f"{unit.spdu.name} is a segment: none was negotiated")
                cell = self._cell(unit.spdu.name, unit)
                if cell is None:
                    raise ProtocolError(f"SPDU {unit.spdu.name} in state {self.state.value}")
                if indication := self._carry_out(cell, unit):
                    found.append(indication)
        except ProtocolError as error:
            self._send(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: bytes((_RELEASED | _PROTOCOL_ERROR,))})
            self.state = State.STA16
            found.append(SPAbort(str(error), by_peer=False))
        return found

    def _on_disconnect(self, text: str, reason: int) -> list[SessionPrimitive]:
        state, self.state = self.state, State.STA16
        match state:
            case State.STA16:
                return []  # expected
            case State.STA01B:
                return [SConnectRefuse(reason, text=text, layer="transport")]
            case _:
                return [SPAbort(text, by_peer=True, connection_lost=True)]

    def _cell(self, event: str, what: SessionPrimitive | Unit) -> Cell | None:
        cell = TABLE.get((self.state, event))
        if cell and (not cell.predicate or getattr(self, f"_{cell.predicate}")(what)):
            return cell
        return None

    def _carry_out(self, cell: Cell, what: Any) -> SessionPrimitive | None:
        before = self.state
        indication: SessionPrimitive | None = getattr(self, f"_{cell.action}")(what)
        if self.state is before:  # an action that refuses has set the state itself
            self.state = cell.next_state
        return indication

    def _send(
        self, spdu: Spdu, parameters: dict[int, bytes] | None = None, user_data: bytes = b""
    ) -> None:
        values = {pi: value for pi, value in (parameters or {}).items() if value}
        if user_data:
            values[Pi.USER_DATA] = user_data
        self.transport.data(encode_tsdu(Unit(spdu, values)))

    # Predicates (X.225 Annex A, table of predicates)

    @property
    def _available(self) -> Token:
        """The tokens that exist, by the functional units in use."""
        tokens = Token(0)
        for unit, token in _TOKEN_OF.items():
            if unit in self.functional_units:
                tokens |= token
        return tokens

    def _owns(self, tokens: Token) -> bool:
        """The standard's I(t): each token that exists is ours."""
        return not tokens & self._available & ~self.owned_tokens

    def _peer_owns(self, tokens: Token) -> bool:
        """The standard's II(t) seen from the other side: none of the tokens is ours."""
        return not tokens & self.owned_tokens

    def _is_duplex(self, _: object) -> bool:
        return FunctionalUnit.DUPLEX in self.functional_units

    def _owns_data(self, _: object) -> bool:
        return self._owns(Token.DATA)

    def _peer_owns_data(self, _: object) -> bool:
        return self._peer_owns(Token.DATA)

    def _owns_given(self, request: STokenGive) -> bool:
        return not request.tokens & ~self.owned_tokens

    def _peer_owns_given(self, unit: Unit) -> bool:
        tokens = _tokens(unit)
        return not tokens & ~self._available and self._peer_owns(tokens)

    def _owns_all_idle(self, _: object) -> bool:
        return not self._in_activity and self._owns(self._available)

    def _peer_owns_all_idle(self, _: object) -> bool:
        return not self._in_activity and self._peer_owns(self._available)

    def _owns_all_active(self, _: object) -> bool:
        return self._in_activity and self._owns(self._available)

    def _peer_owns_all_active(self, unit: Unit) -> bool:
        if not self._in_activity or not self._peer_owns(self._available):
            return False
        return unit.spdu is not Spdu.AE or _serial_number(unit) == self.next_serial_number

    def _owns_data_active(self, _: object) -> bool:
        return self._in_activity and self._owns(Token.DATA)

    def _may_sync_minor(self, _: object) -> bool:
        return self._in_activity and self._owns(Token.DATA | Token.MINOR_SYNCHRONIZE)

    def _peer_may_sync_minor(self, unit: Unit) -> bool:
        return (
            self._in_activity
            and self._peer_owns(Token.DATA | Token.MINOR_SYNCHRONIZE)
            and _serial_number(unit) == self.next_serial_number
        )

    def _may_confirm(self, response: SSyncMinorAck) -> bool:
        return self._we_confirm and self._is_unconfirmed(response.serial_number)

    def _confirms_sync(self, unit: Unit) -> bool:
        return not self._we_confirm and self._is_unconfirmed(_serial_number(unit))

    def _is_unconfirmed(self, serial_number: int) -> bool:
        return self._lowest_unconfirmed <= serial_number < self.next_serial_number

    def _may_report(self, _: object) -> bool:
        return self._in_activity and self._peer_owns(Token.DATA)

    # Actions: connection

    def _connect_transport(self, request: SConnect) -> None:
        self._connect = request
        self.transport.connect(request.called_t_selector, request.calling_t_selector)

    def _send_cn(self, _: None) -> None:
        request = self._connect
        size = len(request.user_data)
        if size > _MAX_EXTENDED_USER_DATA:
            raise ServiceMisuse(f"S-CONNECT with {size} octets: at most {_MAX_EXTENDED_USER_DATA}")
        extended = size > _MAX_USER_DATA  # which version 1 does not have
        serial = request.initial_serial_number
        self.identifier = request.identifier
        self._send(
            Spdu.CN,
            {
                Pi.CALLING_REFERENCE: request.identifier.ss_user_reference,
                Pi.COMMON_REFERENCE: request.identifier.common_reference,
                Pi.ADDITIONAL_REFERENCE: request.identifier.additional_reference,
                Pi.PROTOCOL_OPTIONS: b"\x00",
                Pi.VERSION_NUMBER: bytes((_VERSION_2 if extended else _VERSION_1 | _VERSION_2,)),
                Pi.INITIAL_SERIAL_NUMBER: b"" if serial is None else str(serial).encode(),
                Pi.TOKEN_SETTING: bytes((request.called_side_tokens,)),
                Pi.USER_REQUIREMENTS: request.functional_units.to_bytes(2, "big"),
                Pi.CALLING_SELECTOR: request.calling_s_selector,
                Pi.CALLED_SELECTOR: request.called_s_selector,
                Pi.EXTENDED_USER_DATA if extended else Pi.USER_DATA: request.user_data,
            },
        )

    def _on_cn(self, unit: Unit) -> SConnect | None:
        versions = int.from_bytes(unit.get(Pi.VERSION_NUMBER, b"\x01"), "big")
        called = unit.get(Pi.CALLED_SELECTOR)
        self.identifier = _identifier(unit, Pi.CALLING_REFERENCE)
        if not versions & (_VERSION_1 | _VERSION_2):
            self._refuse(_REFUSED_VERSIONS)
            return None
        if self._local_selector and called and called != self._local_selector:
            self._refuse(_REFUSED_SELECTOR_UNKNOWN)
            return None
        self._version = _VERSION_2 if versions & _VERSION_2 else _VERSION_1
        serial = unit.get(Pi.INITIAL_SERIAL_NUMBER)
        if serial:
            self._start_numbering(_digits(serial))
        self._connect = SConnect(
            called_t_selector=self._called.called,
            calling_t_selector=self._called.calling,
            called_s_selector=called,
            calling_s_selector=unit.get(Pi.CALLING_SELECTOR),
            functional_units=_functional_units(unit),
            initial_serial_number=_digits(serial) if serial else None,
            identifier=self.identifier,
            user_data=unit.get(Pi.EXTENDED_USER_DATA) or unit.get(Pi.USER_DATA),
            called_side_tokens=Token(_octet(unit, Pi.TOKEN_SETTING) & 0x55),
        )
        return self._connect

    def _refuse(self, reason: int) -> None:
        self._send_rf(SConnectRefuse(reason))
        self.state = State.STA16

    def _send_ac(self, response: SConnectAccept) -> None:
        self._agree(response.functional_units & self._connect.functional_units)
        self._send(
            Spdu.AC,
            {
                Pi.CALLED_REFERENCE: response.identifier.ss_user_reference,
                Pi.COMMON_REFERENCE: response.identifier.common_reference,
                Pi.ADDITIONAL_REFERENCE: response.identifier.additional_reference,
                Pi.PROTOCOL_OPTIONS: b"\x00",
                Pi.VERSION_NUMBER: bytes((self._version,)),
                Pi.TOKEN_SETTING: bytes((self._connect.called_side_tokens,)),
                Pi.USER_REQUIREMENTS: self.functional_units.to_bytes(2, "big"),
                Pi.CALLED_SELECTOR: response.responding_s_selector,
            },
            response.user_data,
        )

    def _on_ac(self, unit: Unit) -> SConnectAccept:
        self._version = _octet(unit, Pi.VERSION_NUMBER, _VERSION_1)
        self._agree(_functional_units(unit) & self._connect.functional_units)
        return SConnectAccept(
            responding_s_selector=unit.get(Pi.CALLED_SELECTOR),
            functional_units=self.functional_units,
            identifier=_identifier(unit, Pi.CALLED_REFERENCE),
            user_data=unit.get(Pi.USER_DATA),
        )

    def _agree(self, functional_units: FunctionalUnit) -> None:
        self.functional_units = functional_units
        called = self._available & self._connect.called_side_tokens
        self.owned_tokens = self._available & ~called if self._initiator else called

    def _send_rf(self, response: SConnectRefuse) -> None:
        data = response.user_data if response.reason == _REFUSED_WITH_DATA else b""
        self._send(
            Spdu.RF,
            {
                Pi.TRANSPORT_DISCONNECT: bytes((_RELEASED,)),
                Pi.REASON: bytes((response.reason,)) + data,
            },
        )

    def _on_rf(self, unit: Unit) -> SConnectRefuse:
        self.transport.disconnect()
        data = unit.get(Pi.REASON)[1:]
        return SConnectRefuse(_octet(unit, Pi.REASON), data, text="by the peer's session")

    # Actions: data and tokens

    def _send_dt(self, request: SData) -> None:
        self.transport.data(encode_tsdu(Unit(Spdu.DT, user_information=request.user_data)))

    def _on_dt(self, unit: Unit) -> SData:
        return SData(unit.user_information)

    def _send_pt(self, request: STokenPlease) -> None:
        self._send(Spdu.PT, {Pi.TOKEN_ITEM: bytes((request.tokens,))}, request.user_data)

    def _on_pt(self, unit: Unit) -> STokenPlease:
        return STokenPlease(_tokens(unit), unit.get(Pi.USER_DATA))

    def _send_gt(self, request: STokenGive) -> None:
        self.owned_tokens &= ~request.tokens
        self._send(Spdu.GT, {Pi.TOKEN_ITEM: bytes((request.tokens,))})

    def _on_gt(self, unit: Unit) -> STokenGive:
        tokens = _tokens(unit)
        self.owned_tokens |= tokens
        return STokenGive(tokens)

    def _send_gtc(self, _: SControlGive) -> None:
        self.owned_tokens = Token(0)
        self._send(Spdu.GTC)

    def _on_gtc(self, _: Unit) -> SControlGive:
        self.owned_tokens = self._available
        self._send(Spdu.GTA)
        return SControlGive()

    def _nothing(self, _: Unit) -> None:
        pass

    # Actions: minor synchronization. V(A), V(M) and Vsc change as X.225 A.5.4 says.

    def _send_mip(self, request: SSyncMinor) -> None:
        self._send(
            Spdu.MIP,
            {
                Pi.SYNC_TYPE: b"" if request.explicit_confirmation else b"\x01",
                Pi.SERIAL_NUMBER: str(self.next_serial_number).encode(),
            },
            request.user_data,
        )
        self._point_set(we_confirm=False)

    def _on_mip(self, unit: Unit) -> SSyncMinor:
        serial_number = self.next_serial_number
        self._point_set(we_confirm=True)
        explicit = not unit.get(Pi.SYNC_TYPE)
        return SSyncMinor(serial_number, explicit, unit.get(Pi.USER_DATA))

    def _point_set(self, *, we_confirm: bool) -> None:
        if self._we_confirm is not we_confirm:
            self._lowest_unconfirmed = self.next_serial_number
            self._we_confirm = we_confirm
        self.next_serial_number += 1

    def _send_mia(self, response: SSyncMinorAck) -> None:
        self._lowest_unconfirmed = response.serial_number + 1
        serial = str(response.serial_number).encode()
        self._send(Spdu.MIA, {Pi.SERIAL_NUMBER: serial}, response.user_data)

    def _on_mia(self, unit: Unit) -> SSyncMinorAck:
        serial_number = _serial_number(unit)
        self._lowest_unconfirmed = serial_number + 1
        return SSyncMinorAck(serial_number, unit.get(Pi.USER_DATA))

    # Actions: activity

    def _start_numbering(self, first: int) -> None:
        self.next_serial_number = self._lowest_unconfirmed = first
        self._we_confirm = False

    def _begin_activity(self, after_point: int = 0) -> None:
        self._start_numbering(after_point + 1)
        self._in_activity = True

    def _send_as(self, request: SActivityStart) -> None:
        self._begin_activity()
        self._send(
            Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: request.activity_identifier}, request.user_data
        )

    def _on_as(self, unit: Unit) -> SActivityStart:
        self._begin_activity()
        return SActivityStart(unit.get(Pi.ACTIVITY_IDENTIFIER), unit.get(Pi.USER_DATA))

    def _send_ar(self, request: SActivityResume) -> None:
        old = request.old_connection or ConnectionIdentifier()
        self._begin_activity(request.serial_number)
        self._send(
            Spdu.AR,
            {
                Pi.CALLED_REFERENCE: request.old_called_reference,
                Pi.CALLING_REFERENCE: old.ss_user_reference,
                Pi.COMMON_REFERENCE: old.common_reference,
                Pi.ADDITIONAL_REFERENCE: old.additional_reference,
                Pi.OLD_ACTIVITY_IDENTIFIER: request.old_activity_identifier,
                Pi.SERIAL_NUMBER: str(request.serial_number).encode(),
                Pi.ACTIVITY_IDENTIFIER: request.activity_identifier,
            },
            request.user_data,
        )

    def _on_ar(self, unit: Unit) -> SActivityResume:
        old = _identifier(unit, Pi.CALLING_REFERENCE)
        serial_number = _serial_number(unit)
        self._begin_activity(serial_number)
        return SActivityResume(
            activity_identifier=unit.get(Pi.ACTIVITY_IDENTIFIER),
            old_activity_identifier=unit.get(Pi.OLD_ACTIVITY_IDENTIFIER),
            serial_number=serial_number,
            old_connection=None if old == ConnectionIdentifier() else old,
            old_called_reference=unit.get(Pi.CALLED_REFERENCE),
            user_data=unit.get(Pi.USER_DATA),
        )

    def _send_ae(self, request: SActivityEnd) -> None:
        serial = str(self.next_serial_number).encode()
        self._send(Spdu.AE, {Pi.SERIAL_NUMBER: serial}, request.user_data)
        self._point_set(we_confirm=False)

    def _on_ae(self, unit: Unit) -> SActivityEnd:
        serial_number = self.next_serial_number
        self._point_set(we_confirm=True)
        return SActivityEnd(serial_number, unit.get(Pi.USER_DATA))

    def _send_aea(self, response: SActivityEndAck) -> None:
        serial = str(self.next_serial_number - 1).encode()
        self._send(Spdu.AEA, {Pi.SERIAL_NUMBER: serial}, response.user_data)
        self._in_activity = False

    def _on_aea(self, unit: Unit) -> SActivityEndAck:
        if _serial_number(unit) != self.next_serial_number - 1:
            raise ProtocolError(
                f"ACTIVITY END ACK of point {_serial_number(unit)}: "
                f"{self.next_serial_number - 1} is waiting for it"
            )
        self._in_activity = False
        return SActivityEndAck(_serial_number(unit), unit.get(Pi.USER_DATA))

    def _send_ai(self, request: SActivityInterrupt) -> None:
        self._send(Spdu.AI, {Pi.REASON: bytes((request.reason,))})

    def _on_ai(self, unit: Unit) -> SActivityInterrupt:
        return SActivityInterrupt(_octet(unit, Pi.REASON))

    def _send_ad(self, request: SActivityDiscard) -> None:
        self._send(Spdu.AD, {Pi.REASON: bytes((request.reason,))})

    def _on_ad(self, unit: Unit) -> SActivityDiscard:
        return SActivityDiscard(_octet(unit, Pi.REASON))

    def _send_aia(self, _: SActivityInterruptAck) -> None:
        self._in_activity = False
        self._send(Spdu.AIA)

    def _on_aia(self, _: Unit) -> SActivityInterruptAck:
        self._in_activity = False
        return SActivityInterruptAck()

    def _send_ada(self, _: SActivityDiscardAck) -> None:
        self._in_activity = False
        self._send(Spdu.ADA)

    def _on_ada(self, _: Unit) -> SActivityDiscardAck:
        self._in_activity = False
        return SActivityDiscardAck()

    # Actions: exceptions

    def _send_ed(self, request: SUExceptionReport) -> None:
        self._send(Spdu.ED, {Pi.REASON: bytes((request.reason,))}, request.user_data)

    def _on_ed(self, unit: Unit) -> SUExceptionReport:
        return SUExceptionReport(_octet(unit, Pi.REASON), unit.get(Pi.USER_DATA))

    # Actions: release and abort

    def _send_fn(self, request: SRelease) -> None:
        self._send(Spdu.FN, {Pi.TRANSPORT_DISCONNECT: bytes((_RELEASED,))}, request.user_data)

    def _on_fn(self, unit: Unit) -> SRelease:
        return SRelease(unit.get(Pi.USER_DATA))

    def _send_dn(self, response: SReleaseAccept) -> None:
        self._send(Spdu.DN, {}, response.user_data)

    def _on_dn(self, unit: Unit) -> SReleaseAccept:
        self.transport.disconnect()
        return SReleaseAccept(unit.get(Pi.USER_DATA))

    def _send_ab(self, request: SUAbort) -> None:
        data = request.user_data
        if self._version == _VERSION_1 and len(data) > _MAX_ABORT_DATA_VERSION_1:
            data = b""
        self._send(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: bytes((_RELEASED | _USER_ABORT,))}, data)

    def _on_ab(self, unit: Unit) -> SUAbort | SPAbort:
        self.transport.disconnect()
        cause = _octet(unit, Pi.TRANSPORT_DISCONNECT)
        if cause & _USER_ABORT:
            return SUAbort(unit.get(Pi.USER_DATA))
        what = "a protocol error" if cause & _PROTOCOL_ERROR else "no reason given"
        return SPAbort(f"the peer's session aborted: {what}", by_peer=True)


def _digits(value: bytes) -> int:
    """A serial number: up to six digits (X.225 8.3.18)."""
    if not (0 < len(value) <= 6 and value.isdigit()):
        raise ProtocolError(f"serial number 0x{value.hex()}: must be 1 to 6 digits")
    return int(value)


def _serial_number(unit: Unit) -> int:
    return _digits(unit.get(Pi.SERIAL_NUMBER))


def _tokens(unit: Unit) -> Token:
    return Token(_octet(unit, Pi.TOKEN_ITEM) & 0x55)


def _octet(unit: Unit, pi: Pi, default: int = 0) -> int:
    """The first octet of a parameter."""
    return next(iter(unit.get(pi)), default)


def _functional_units(unit: Unit) -> FunctionalUnit:
    """The default is half-duplex, minor synchronize, activity, capability data, exceptions."""
    return FunctionalUnit(int.from_bytes(unit.get(Pi.USER_REQUIREMENTS, b"\x03\x49"), "big"))


def _identifier(unit: Unit, reference: Pi) -> ConnectionIdentifier:
    return ConnectionIdentifier(
        unit.get(reference), unit.get(Pi.COMMON_REFERENCE), unit.get(Pi.ADDITIONAL_REFERENCE)
    )
