"""The reliable transfer protocol machine (X.228), and with it the whole stack of an association.

Which event is allowed when is in table.py; this file holds what the cells do. The conformance
modes differ only in what lies between RTSE and the session: normal mode puts association control
and presentation there.
"""

from typing import Any

from mta_emu.osi import acse, ber
from mta_emu.osi.acse import (
    AAbort,
    AAssociate,
    AAssociateAccept,
    AAssociateReject,
    AcseConnection,
    AcsePrimitive,
    APAbort,
    ARelease,
    AReleaseAccept,
)
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.presentation import (
    Context,
    PData,
    Pdv,
    PresentationConnection,
    Primitive,
    PTokenPlease,
)
from mta_emu.osi.rtse.external import ExternalReader, external
from mta_emu.osi.rtse.primitives import (
    ApduSource,
    DialogueMode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtPrimitive,
    RtTransfer,
    RtTransferConfirm,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferSecured,
    RtTransferStart,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.rtse.table import TABLE, Cell, State
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityStart,
    SControlGive,
    SessionPrimitive,
    SSyncMinor,
    SSyncMinorAck,
    SUExceptionReport,
    Token,
)

_CODEC = compile_modules("mta_emu.osi.asn1", "rtse")

MTS_TRANSFER = "2.6.0.1.6"  # application context (X.419 clause 8)
_RTSE_ABSTRACT_SYNTAX, _MTSE_ABSTRACT_SYNTAX = "2.6.0.2.12", "2.6.0.2.7"
_RTSE_CONTEXT, _MTSE_CONTEXT = 3, 5

_MAX_CHECKPOINT_SIZE = 1024  # units of 1024 octets: what one RTTR of the peer may hold
_PROTOCOL_ERROR, _USER_ERROR = 4, 6  # abortReason of RTAB
_EXCEPTION = 0  # of an exception report: non-specific error

RtseEvent = RtPrimitive | AcsePrimitive | Primitive


class RtseConnection:
    """One association, from the reliable transfer service down to the octets (sans-IO)."""

    def __init__(
        self, initiator: bool, *, local: Selectors | None = None, max_tpdu_size: int = 8192
    ) -> None:
        """Be the initiator or the responder of the association, in normal mode.

        A called selector that differs from the one in `local` (where that is not empty) is
        refused by its layer. `max_tpdu_size` is a power of 2 from 128 to 8192.
        """
        local = local or Selectors()
        self.initiator = initiator
        self.state = State.IDLE
        self.session = SessionConnection(
            initiator,
            local_t_selector=local.transport,
            local_s_selector=local.session,
            max_tpdu_size=max_tpdu_size,
        )
        syntaxes = frozenset((acse.ABSTRACT_SYNTAX, _RTSE_ABSTRACT_SYNTAX, _MTSE_ABSTRACT_SYNTAX))
        self._presentation = PresentationConnection(self.session, syntaxes, local.presentation)
        self._acse = AcseConnection(self._presentation, frozenset((MTS_TRANSFER,)))
        self._context = _RTSE_CONTEXT
        self._user_context = _MTSE_CONTEXT
        self._proposed = RtOpen(Selectors(), Selectors(), b"")
        self._checkpoint_size = 0  # octets
        self._window_size = 1
        self._activities = 0
        self._source: ApduSource = Octets(b"")
        self._offset = 0
        self._unconfirmed = 0
        self._reader = ExternalReader()

    @property
    def has_turn(self) -> bool:
        """Whether this side may begin a transfer."""
        return self.state is State.TURN

    @property
    def closed(self) -> bool:
        """Whether nothing more is to come: write what is left, then close the socket."""
        return self.session.closed

    def data_to_send(self) -> bytes:
        """The octets to write to the socket now."""
        return self.session.data_to_send()

    # Events

    def request(self, primitive: RtPrimitive) -> None:
        """Carry out a request or response of the user.

        After the association's end it is dropped: the user has yet to hear of it. Raises
        ServiceMisuse when the state table has no place for it.
        """
        if self.state is State.ENDED:
            return
        cell = self._cell(primitive)
        if cell is None:
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
            for event in self._acse.indications(self._presentation.indications([primitive])):
                if indication := self._receive(event):
                    found.append(indication)
        return found

    def _receive(self, event: AcsePrimitive | Primitive) -> RtPrimitive | None:
        if self.state is State.ENDED:
            return None
        try:
            cell = self._cell(event)
            if cell is None:
                raise ProtocolError(f"{type(event).__name__} in state {self.state.value}")
            return self._carry_out(cell, event)
        except ProtocolError as error:
            self._send_abort({"abortReason": _PROTOCOL_ERROR})
            self.state = State.ENDED
            return RtPAbort(f"reliable transfer: {error}", by_peer=False)

    def _cell(self, event: RtseEvent) -> Cell | None:
        cell = TABLE.get((self.state, type(event)))
        if cell and (not cell.predicate or getattr(self, f"_{cell.predicate}")()):
            return cell
        return None

    def _carry_out(self, cell: Cell, event: RtseEvent) -> RtPrimitive | None:
        self.state = cell.next_state
        indication: RtPrimitive | None = getattr(self, f"_{cell.action}")(event)
        return indication

    # Predicates

    def _is_two_way(self) -> bool:
        return self._proposed.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE

    def _owns_all_tokens(self) -> bool:
        return self._is_two_way() and self.session.owns_all_tokens

    def _is_initiator(self) -> bool:
        return self.initiator

    def _is_responder(self) -> bool:
        return not self.initiator

    # Actions: RT-OPEN

    def _send_rtorq(self, request: RtOpen) -> None:
        self._proposed = request
        apdu = {
            "checkpointSize": request.checkpoint_size,
            "windowSize": request.window_size,
            "dialogueMode": int(request.dialogue_mode),
            "connectionDataRQ": ("open", request.user_data),
        }
        self._acse.request(
            AAssociate(
                called=request.called,
                calling=request.calling,
                application_context=MTS_TRANSFER,
                contexts=(
                    Context(_RTSE_CONTEXT, _RTSE_ABSTRACT_SYNTAX),
                    Context(_MTSE_CONTEXT, _MTSE_ABSTRACT_SYNTAX),
                ),
                user_information=self._apdu("rtorq-apdu", apdu),
                identifier=request.identifier,
            )
        )

    def _on_rtorq(self, indication: AAssociate) -> RtOpen:
        contexts = {context.abstract_syntax: context.identifier for context in indication.contexts}
        self._context = contexts.get(_RTSE_ABSTRACT_SYNTAX, _RTSE_CONTEXT)
        self._user_context = contexts.get(_MTSE_ABSTRACT_SYNTAX, _MTSE_CONTEXT)
        rtorq = _apdu("rtorq-apdu", indication.user_information)
        kind, user_data = rtorq["connectionDataRQ"]
        if kind != "open":
            raise ProtocolError("recovery of an association that is not known here")
        mode = rtorq["dialogueMode"]
        if mode not in set(DialogueMode):
            raise ProtocolError(f"dialogue mode {mode}: must be 0 or 1")
        if rtorq["checkpointSize"] < 0 or rtorq["windowSize"] < 1:
            raise ProtocolError("a negative checkpoint size, or a window size below 1")
        self._proposed = RtOpen(
            called=indication.called,
            calling=indication.calling,
            user_data=bytes(user_data),
            dialogue_mode=DialogueMode(mode),
            checkpoint_size=rtorq["checkpointSize"],
            window_size=rtorq["windowSize"],
            identifier=indication.identifier,
        )
        return self._proposed

    def _send_rtoac(self, response: RtOpenAccept) -> None:
        proposed = self._proposed
        checkpoint_size = min(proposed.checkpoint_size, response.checkpoint_size)
        window_size = min(proposed.window_size, response.window_size)
        self._agree(checkpoint_size, window_size)
        apdu = {
            "checkpointSize": checkpoint_size,
            "windowSize": window_size,
            "connectionDataAC": ("open", response.user_data),
        }
        self._acse.request(
            AAssociateAccept(self._apdu("rtoac-apdu", apdu), self._called_identifier())
        )

    def _called_identifier(self) -> ConnectionIdentifier:
        """The connection identifier as the caller gave it, as real stacks answer."""
        return self._proposed.identifier

    def _on_rtoac(self, confirm: AAssociateAccept) -> RtOpenAccept:
        rtoac = _apdu("rtoac-apdu", confirm.user_information)
        kind, user_data = rtoac["connectionDataAC"]
        if kind != "open":
            raise ProtocolError("an association recovered that was to be opened")
        checkpoint_size, window_size = rtoac["checkpointSize"], rtoac["windowSize"]
        if not 0 <= checkpoint_size <= self._proposed.checkpoint_size or window_size < 1:
            raise ProtocolError(
                f"checkpoint size {checkpoint_size}, window size {window_size}: beyond the proposal"
            )
        self._agree(checkpoint_size, window_size)
        return RtOpenAccept(bytes(user_data), checkpoint_size, window_size)

    def _agree(self, checkpoint_size: int, window_size: int) -> None:
        self._checkpoint_size = min(checkpoint_size, _MAX_CHECKPOINT_SIZE) * 1024
        self._window_size = window_size

    def _send_rtorj(self, response: RtOpenReject) -> None:
        apdu = {"userDataRJ": response.user_data} if response.user_data else {}
        self._acse.request(AAssociateReject(self._apdu("rtorj-apdu", apdu)))

    def _on_rtorj(self, confirm: AAssociateReject) -> RtOpenReject:
        if confirm.user_information is None:
            return RtOpenReject(b"", confirm.layer, confirm.reason, confirm.text)
        rtorj = _apdu("rtorj-apdu", confirm.user_information)
        if "userDataRJ" not in rtorj:
            reason = rtorj.get("refuseReason", 0)
            return RtOpenReject(b"", "rtse", reason, "by the peer's reliable transfer")
        return RtOpenReject(bytes(rtorj["userDataRJ"]))

    # Actions: RT-TRANSFER, sending

    def _start_transfer(self, request: RtTransfer) -> None:
        self._activities += 1
        self._source = external(self._user_context, request.source)
        self._offset = 0
        self._unconfirmed = 0
        self._acse.request(SActivityStart(_integer(self._activities)))
        self._send_data()

    def _send_data(self) -> None:
        """Send as far as the window is open, and the end of the activity after the last octets."""
        size = self._checkpoint_size or self._source.length
        while self._unconfirmed < self._window_size and self._offset < self._source.length:
            octets = self._source.read(self._offset, size)
            self._offset += len(octets)
            self._acse.request(PData((self._apdu("rttr-apdu", octets),)))
            if self._offset < self._source.length:
                self._acse.request(SSyncMinor())
                self._unconfirmed += 1
        if self._offset == self._source.length:
            self._acse.request(SActivityEnd())
            self.state = State.SENT

    def _on_checkpoint_confirmed(self, confirm: SSyncMinorAck) -> None:
        self._unconfirmed = self.session.next_serial_number - 1 - confirm.serial_number
        self._send_data()

    def _on_transferred(self, _: SActivityEndAck) -> RtTransferConfirm:
        return RtTransferConfirm(accepted=True)

    def _discard(self, report: SUExceptionReport) -> None:
        self._acse.request(SActivityDiscard(report.reason))

    def _on_discarded(self, _: SActivityDiscardAck) -> RtTransferConfirm:
        return RtTransferConfirm(accepted=False, reason="the peer could not take the message")

    # Actions: RT-TRANSFER, receiving

    def _on_start(self, _: SActivityStart) -> RtTransferStart:
        self._reader = ExternalReader()
        return RtTransferStart()

    def _on_rttr(self, indication: PData) -> RtTransferData:
        if len(indication.user_data) != 1:
            raise ProtocolError(f"{len(indication.user_data)} values where one RTTR must be")
        return RtTransferData(self._reader.feed(_apdu("rttr-apdu", indication.user_data[0])))

    def _on_checkpoint(self, indication: SSyncMinor) -> RtCheckpoint:
        return RtCheckpoint(indication.serial_number or 0)

    def _confirm_checkpoint(self, response: RtCheckpointSecured) -> None:
        self._acse.request(SSyncMinorAck(response.serial))

    def _on_end(self, _: SActivityEnd) -> RtTransferEnd:
        return RtTransferEnd()

    def _confirm_transfer(self, _: RtTransferSecured) -> None:
        self._acse.request(SActivityEndAck())

    def _report_exception(self, _: RtTransferRefuse) -> None:
        self._acse.request(SUExceptionReport(_EXCEPTION))

    def _on_given_up(self, indication: SActivityDiscard | SActivityInterrupt) -> RtTransferDiscard:
        self._on_refusal_heeded(indication)
        return RtTransferDiscard()

    def _on_refusal_heeded(self, indication: SActivityDiscard | SActivityInterrupt) -> None:
        discarded = isinstance(indication, SActivityDiscard)
        self._acse.request(SActivityDiscardAck() if discarded else SActivityInterruptAck())

    def _nothing(self, _: RtseEvent) -> None:
        pass

    # Actions: the turn

    def _send_rttp(self, request: RtTurnPlease) -> None:
        self._acse.request(PTokenPlease(Token.DATA, (self._apdu("rttp-apdu", request.priority),)))

    def _on_rttp(self, indication: PTokenPlease) -> RtTurnPlease:
        if not indication.user_data:
            return RtTurnPlease()
        return RtTurnPlease(_apdu("rttp-apdu", indication.user_data[0]))

    def _give_turn(self, _: RtTurnGive) -> None:
        self._acse.request(SControlGive())

    def _on_turn(self, _: object) -> RtTurnGive:
        return RtTurnGive()

    # Actions: RT-CLOSE and aborts

    def _send_release(self, _: RtClose) -> None:
        self._acse.request(ARelease())

    def _on_release(self, _: ARelease) -> RtClose:
        return RtClose()

    def _send_release_accept(self, _: RtCloseAccept) -> None:
        self._acse.request(AReleaseAccept())

    def _on_close_accept(self, _: AReleaseAccept) -> RtCloseAccept:
        return RtCloseAccept()

    def _send_rtab(self, request: RtUAbort) -> None:
        apdu: dict[str, Any] = {"abortReason": _USER_ERROR}
        if request.user_data:
            apdu["userdataAB"] = request.user_data
        self._send_abort(apdu)

    def _send_abort(self, apdu: dict[str, Any]) -> None:
        self._acse.request(AAbort(self._apdu("rtab-apdu", apdu)))

    def _on_rtab(self, abort: AAbort) -> RtUAbort | RtPAbort:
        if abort.user_information is None:
            return RtUAbort()
        rtab = _apdu("rtab-apdu", abort.user_information)
        reason = rtab.get("abortReason", _USER_ERROR)
        if reason != _USER_ERROR:
            return RtPAbort(f"the peer's reliable transfer aborted, reason {reason}", by_peer=True)
        return RtUAbort(bytes(rtab.get("userdataAB", b"")))

    def _on_p_abort(self, abort: APAbort) -> RtPAbort:
        return RtPAbort(abort.reason, abort.by_peer)

    def _apdu(self, name: str, value: Any) -> Pdv:
        return Pdv(self._context, _CODEC.encode("RTSE-apdus", (name, value)))


def _integer(number: int) -> bytes:
    """An activity identifier: the BER of an INTEGER (X.228 7.3.1)."""
    return ber.tlv(b"\x02", number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _apdu(name: str, pdv: Pdv | None) -> Any:
    """The APDU in a data value, which must be the one named."""
    if pdv is None:
        raise ProtocolError(f"nothing where an APDU {name} must be")
    kind, apdu = _CODEC.decode("RTSE-apdus", pdv.value)
    if kind != name:
        raise ProtocolError(f"{kind} where {name} must be")
    return apdu
