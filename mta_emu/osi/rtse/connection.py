"""The reliable transfer protocol machine (X.228), and with it the whole stack of an association.

Which event is allowed when is in table.py; this file holds what the cells do. What lies between
RTSE and the session is a `Lower`: normal_mode.py or x410_mode.py.
"""

from collections.abc import Collection

from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.rtse.apdus import AbortReason, RefuseReason, Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.lower import (
    Abort,
    Associate,
    AssociateAccept,
    AssociateReject,
    Below,
    Data,
    Lower,
    Please,
    ProviderAbort,
    Release,
    ReleaseAccept,
    Unwrapper,
)
from mta_emu.osi.rtse.normal_mode import NormalMode
from mta_emu.osi.rtse.primitives import (
    ApduSource,
    DialogueMode,
    Mode,
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
from mta_emu.osi.rtse.x410_mode import X410Mode, is_x410
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityStart,
    SConnect,
    SControlGive,
    SessionPrimitive,
    SSyncMinor,
    SSyncMinorAck,
    SUExceptionReport,
)

_MAX_CHECKPOINT_SIZE = 1024  # units of 1024 octets: what one RTTR of the peer may hold
_EXCEPTION = 0  # of an exception report: non-specific error

#: Refuse reasons that are the called user's.
_OF_THE_USER = (RefuseReason.VALIDATION_FAILURE, RefuseReason.UNACCEPTABLE_DIALOGUE_MODE)

RtseEvent = RtPrimitive | Below


class RtseConnection:
    """One association, from the reliable transfer service down to the octets (sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local: Selectors | None = None,
        modes: Collection[Mode] = tuple(Mode),
        max_tpdu_size: int = 8192,
    ) -> None:
        """Be the initiator or the responder of the association.

        The initiator's mode is that of its RtOpen, the responder's what arrives: any of `modes`.
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
        self._modes = modes
        self._p_selector = local.presentation
        self._lower: Lower = self._layers(x410=False)
        self._proposed = RtOpen(Selectors(), Selectors(), b"")
        self._checkpoint_size = 0  # octets
        self._window_size = 1
        self._activities = 0
        self._source: ApduSource = Octets(b"")
        self._offset = 0
        self._unconfirmed = 0
        self._reader: Unwrapper = self._lower.unwrapper()

    def _layers(self, *, x410: bool) -> Lower:
        """What lies between this and the session."""
        if x410:
            return X410Mode(self.session, self._modes)
        return NormalMode(self.session, self._modes, self._p_selector)

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
            if isinstance(primitive, SConnect):
                self._lower = self._layers(x410=is_x410(primitive.user_data))
            for event in self._lower.indications([primitive]):
                if indication := self._receive(event):
                    found.append(indication)
        return found

    def _receive(self, event: Below) -> RtPrimitive | None:
        if self.state is State.ENDED:
            return None
        try:
            cell = self._cell(event)
            if cell is None:
                raise ProtocolError(f"{type(event).__name__} in state {self.state.value}")
            return self._carry_out(cell, event)
        except ProtocolError as error:
            self._lower.request(Abort(Rtab(AbortReason.PROTOCOL_ERROR)))
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
        self._lower = self._layers(x410=request.mode is not Mode.NORMAL_1988)
        rtorq = Rtorq(
            request.user_data,
            checkpoint_size=request.checkpoint_size,
            window_size=request.window_size,
            dialogue_mode=request.dialogue_mode,
        )
        self._lower.request(
            Associate(request.called, request.calling, rtorq, request.mode, request.identifier)
        )

    def _on_rtorq(self, indication: Associate) -> RtOpen:
        rtorq = indication.rtorq
        if rtorq.recover:
            raise ProtocolError("recovery of an association that is not known here")
        self._proposed = RtOpen(
            called=indication.called,
            calling=indication.calling,
            user_data=rtorq.user_data,
            dialogue_mode=rtorq.dialogue_mode,
            checkpoint_size=rtorq.checkpoint_size,
            window_size=rtorq.window_size,
            identifier=indication.identifier,
            mode=indication.mode,
        )
        return self._proposed

    def _send_rtoac(self, response: RtOpenAccept) -> None:
        proposed = self._proposed
        checkpoint_size = min(proposed.checkpoint_size, response.checkpoint_size)
        window_size = min(proposed.window_size, response.window_size)
        self._agree(checkpoint_size, window_size)
        rtoac = Rtoac(response.user_data, checkpoint_size=checkpoint_size, window_size=window_size)
        # The connection identifier as the caller gave it, as real stacks answer.
        self._lower.request(AssociateAccept(rtoac, proposed.identifier))

    def _on_rtoac(self, confirm: AssociateAccept) -> RtOpenAccept:
        rtoac = confirm.rtoac
        if rtoac.recover:
            raise ProtocolError("an association recovered that was to be opened")
        if rtoac.checkpoint_size > self._proposed.checkpoint_size:
            raise ProtocolError(
                f"checkpoint size {rtoac.checkpoint_size}: "
                f"{self._proposed.checkpoint_size} was proposed"
            )
        self._agree(rtoac.checkpoint_size, rtoac.window_size)
        return RtOpenAccept(rtoac.user_data, rtoac.checkpoint_size, rtoac.window_size)

    def _agree(self, checkpoint_size: int, window_size: int) -> None:
        self._checkpoint_size = min(checkpoint_size, _MAX_CHECKPOINT_SIZE) * 1024
        self._window_size = window_size

    def _send_rtorj(self, response: RtOpenReject) -> None:
        in_normal_mode = self._proposed.mode is Mode.NORMAL_1988
        rtorj = Rtorj(user_data=response.user_data) if in_normal_mode else Rtorj(response.reason)
        self._lower.request(AssociateReject(rtorj))

    def _on_rtorj(self, confirm: AssociateReject) -> RtOpenReject:
        rtorj = confirm.rtorj
        if rtorj is None:
            return RtOpenReject(b"", confirm.layer, confirm.reason, confirm.text)
        if rtorj.user_data:
            return RtOpenReject(rtorj.user_data)
        reason = rtorj.refuse_reason or 0
        if reason in _OF_THE_USER:
            return RtOpenReject(b"", "user", reason)
        return RtOpenReject(b"", "rtse", reason, "by the peer's reliable transfer")

    # Actions: RT-TRANSFER, sending

    def _start_transfer(self, request: RtTransfer) -> None:
        self._activities += 1
        self._source = self._lower.wrapped(request.source)
        self._offset = 0
        self._unconfirmed = 0
        self._lower.request(SActivityStart(_integer(self._activities)))
        self._send_data()

    def _send_data(self) -> None:
        """Send as far as the window is open, and the end of the activity after the last octets."""
        size = self._checkpoint_size or self._source.length
        while self._unconfirmed < self._window_size and self._offset < self._source.length:
            octets = self._source.read(self._offset, size)
            self._offset += len(octets)
            self._lower.request(Data(octets))
            if self._offset < self._source.length:
                self._lower.request(SSyncMinor())
                self._unconfirmed += 1
        if self._offset == self._source.length:
            self._lower.request(SActivityEnd())
            self.state = State.SENT

    def _on_checkpoint_confirmed(self, confirm: SSyncMinorAck) -> None:
        self._unconfirmed = self.session.next_serial_number - 1 - confirm.serial_number
        self._send_data()

    def _on_transferred(self, _: SActivityEndAck) -> RtTransferConfirm:
        return RtTransferConfirm(accepted=True)

    def _discard(self, report: SUExceptionReport) -> None:
        self._lower.request(SActivityDiscard(report.reason))

    def _on_discarded(self, _: SActivityDiscardAck) -> RtTransferConfirm:
        return RtTransferConfirm(accepted=False, reason="the peer could not take the message")

    # Actions: RT-TRANSFER, receiving

    def _on_start(self, _: SActivityStart) -> RtTransferStart:
        self._reader = self._lower.unwrapper()
        return RtTransferStart()

    def _on_rttr(self, indication: Data) -> RtTransferData:
        return RtTransferData(self._reader.feed(indication.octets))

    def _on_checkpoint(self, indication: SSyncMinor) -> RtCheckpoint:
        return RtCheckpoint(indication.serial_number or 0)

    def _confirm_checkpoint(self, response: RtCheckpointSecured) -> None:
        self._lower.request(SSyncMinorAck(response.serial))

    def _on_end(self, _: SActivityEnd) -> RtTransferEnd:
        return RtTransferEnd()

    def _confirm_transfer(self, _: RtTransferSecured) -> None:
        self._lower.request(SActivityEndAck())

    def _report_exception(self, _: RtTransferRefuse) -> None:
        self._lower.request(SUExceptionReport(_EXCEPTION))

    def _on_given_up(self, indication: SActivityDiscard | SActivityInterrupt) -> RtTransferDiscard:
        self._on_refusal_heeded(indication)
        return RtTransferDiscard()

    def _on_refusal_heeded(self, indication: SActivityDiscard | SActivityInterrupt) -> None:
        discarded = isinstance(indication, SActivityDiscard)
        self._lower.request(SActivityDiscardAck() if discarded else SActivityInterruptAck())

    def _nothing(self, _: RtseEvent) -> None:
        pass

    # Actions: the turn

    def _send_rttp(self, request: RtTurnPlease) -> None:
        self._lower.request(Please(request.priority))

    def _on_rttp(self, indication: Please) -> RtTurnPlease:
        return RtTurnPlease(indication.priority)

    def _give_turn(self, _: RtTurnGive) -> None:
        self._lower.request(SControlGive())

    def _on_turn(self, _: object) -> RtTurnGive:
        return RtTurnGive()

    # Actions: RT-CLOSE and aborts

    def _send_release(self, _: RtClose) -> None:
        self._lower.request(Release())

    def _on_release(self, _: Release) -> RtClose:
        return RtClose()

    def _send_release_accept(self, _: RtCloseAccept) -> None:
        self._lower.request(ReleaseAccept())

    def _on_close_accept(self, _: ReleaseAccept) -> RtCloseAccept:
        return RtCloseAccept()

    def _send_rtab(self, request: RtUAbort) -> None:
        self._lower.request(Abort(Rtab(AbortReason.USER_ERROR, request.user_data)))

    def _on_rtab(self, abort: Abort) -> RtUAbort | RtPAbort:
        rtab = abort.rtab or Rtab()
        if rtab.reason == AbortReason.USER_ERROR:
            return RtUAbort(rtab.user_data)
        return RtPAbort(f"the peer's reliable transfer aborted, reason {rtab.reason}", by_peer=True)

    def _on_p_abort(self, abort: ProviderAbort) -> RtPAbort:
        return RtPAbort(abort.reason, abort.by_peer)


def _integer(number: int) -> bytes:
    """An activity identifier: the BER of an INTEGER (X.228 7.3.1)."""
    return ber.tlv(b"\x02", number.to_bytes(number.bit_length() // 8 + 1, "big"))
