"""The reliable transfer protocol machine (X.228), and with it the whole stack of an association.

Which event is allowed when is in table.py; this file holds what the cells do. What lies between
RTSE and the session is a `Lower`: normal_mode.py or x410_mode.py.
"""

from collections.abc import Collection

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.rtse.apdus import AbortReason, RefuseReason, Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing, RtAssociation
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
)
from mta_emu.osi.rtse.normal_mode import NormalMode
from mta_emu.osi.rtse.primitives import (
    Mode,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtPrimitive,
    RtRecover,
    RtRecoverAccept,
    RtTransfer,
    RtTransferAbandon,
    RtTransferConfirm,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferResume,
    RtTransferSecured,
    RtTransferStart,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.rtse.table import ASSOCIATED, HOLDING, TABLE, Cell, State
from mta_emu.osi.rtse.x410_mode import X410Mode, is_x410
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    MAX_SERIAL_NUMBER,
    RTSE_FUNCTIONAL_UNITS,
    Reason,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SControlGive,
    SessionPrimitive,
    SPExceptionReport,
    SSyncMinor,
    SSyncMinorAck,
    SUExceptionReport,
)
from mta_emu.osi.transport.options import DEFAULT_OPTIONS, TransportOptions

_MAX_STUCK = 1  # interruptions of a transfer without a checkpoint confirmed in between

#: Refuse reasons that are the called user's.
_OF_THE_USER = (RefuseReason.VALIDATION_FAILURE, RefuseReason.UNACCEPTABLE_DIALOGUE_MODE)
#: Exceptions after which the same octets may do better (X.225 8.3.25.3).
_PASSING = (Reason.NON_SPECIFIC, Reason.SEQUENCE_ERROR, Reason.LOCAL_SS_USER_ERROR)
RtseEvent = RtPrimitive | Below
Heard = RtPrimitive | tuple[RtPrimitive, ...] | None


class RtseConnection:
    """One association, from the reliable transfer service down to the octets (sans-IO)."""

    def __init__(
        self,
        initiator: bool,
        *,
        local: Selectors | None = None,
        modes: Collection[Mode] = tuple(Mode),
        transport: TransportOptions = DEFAULT_OPTIONS,
    ) -> None:
        """Be the initiator or the responder of the association.

        The initiator's mode is that of its RtOpen, the responder's what arrives: any of `modes`.
        A called selector that differs from the one in `local` (where that is not empty) is
        refused by its layer.
        """
        local = local or Selectors()
        self.initiator = initiator
        self.state = State.IDLE
        self.association = RtAssociation()
        self.session = SessionConnection(
            initiator,
            local_t_selector=local.transport,
            local_s_selector=local.session,
            transport=transport,
            required=RTSE_FUNCTIONAL_UNITS,
        )
        self._modes = modes
        self._p_selector = local.presentation
        self._lower: Lower = self._layers(x410=False)
        self._proposed = RtOpen(Selectors(), Selectors(), b"")
        self._recovering: RtRecover | None = None

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

    def adopt(self, association: RtAssociation) -> None:
        """Take over what is left of an association, to recover it on this connection."""
        self.association = association

    def data_to_send(self) -> bytes:
        """The octets to write to the socket now; of a transfer, one piece a call."""
        if self.state is State.SENDING:
            self._send_piece()
        return self.session.data_to_send()

    # Events

    def request(self, primitive: RtPrimitive) -> None:
        """Carry out a request or response of the user.

        After the association's end only what the user has done with a transfer counts: it has
        yet to hear of the end. Raises ServiceMisuse when the state table has no place for it.
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
                self._lower = self._layers(x410=is_x410(primitive.user_data))
            for event in self._lower.indications([primitive]):
                heard = self._receive(event)
                found.extend(heard if isinstance(heard, tuple) else (heard,) if heard else ())
        return found

    def _receive(self, event: Below) -> Heard:
        if self.state is State.ENDED:
            return None
        try:
            cell = self._cell(event)
            if cell is None:
                raise ProtocolError(f"{type(event).__name__} in state {self.state.value}")
            return self._carry_out(cell, event)
        except ProtocolError as error:
            return self._abort(AbortReason.PROTOCOL_ERROR, str(error))

    def _abort(self, reason: AbortReason, text: str) -> RtPAbort:
        self._lower.request(Abort(Rtab(reason)))
        self.state = State.ENDED
        return RtPAbort(text, by_peer=False)

    def _cell(self, event: RtseEvent) -> Cell | None:
        cell = TABLE.get((self.state, type(event)))
        if cell and (not cell.predicate or getattr(self, f"_{cell.predicate}")()):
            return cell
        return None

    def _carry_out(self, cell: Cell, event: RtseEvent) -> Heard:
        """Do what the cell says; an action that decides about the next state sets it itself."""
        self.state = cell.next_state
        heard: Heard = getattr(self, f"_{cell.action}")(event)
        if self.state in ASSOCIATED:
            self.association.has_turn = self.state in HOLDING
        return heard

    # Predicates

    def _is_two_way(self) -> bool:
        return self.association.is_two_way

    def _owns_all_tokens(self) -> bool:
        return self._is_two_way() and self.session.owns_all_tokens

    def _is_initiator(self) -> bool:
        return self.initiator

    def _is_responder(self) -> bool:
        return not self.initiator

    def _is_opening(self) -> bool:
        return self._recovering is None

    def _is_recovering(self) -> bool:
        return self._recovering is not None

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

    def _on_rtorq(self, indication: Associate) -> RtOpen | RtRecover:
        rtorq = indication.rtorq
        if rtorq.recover:
            self._recovering = RtRecover(
                called=indication.called,
                calling=indication.calling,
                old_identifier=rtorq.recover,
                identifier=indication.identifier,
                mode=indication.mode,
            )
            return self._recovering
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
        self._take_turn()

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
        self._take_turn()
        return RtOpenAccept(rtoac.user_data, rtoac.checkpoint_size, rtoac.window_size)

    def _agree(self, checkpoint_size: int, window_size: int) -> None:
        proposed = self._proposed
        self.association = RtAssociation(
            mode=proposed.mode,
            called=proposed.called,
            calling=proposed.calling,
            dialogue_mode=proposed.dialogue_mode,
            checkpoint_size=checkpoint_size,
            window_size=window_size,
            identifier=proposed.identifier,
        )

    def _take_turn(self) -> None:
        """The turn is where the tokens are."""
        self.state = State.TURN if self.session.owns_all_tokens else State.NO_TURN

    def _send_rtorj(self, response: RtOpenReject) -> None:
        by_data = self._proposed.mode is Mode.NORMAL_1988 and not self._recovering
        rtorj = Rtorj(user_data=response.user_data) if by_data else Rtorj(response.reason)
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

    # Actions: association recovery

    def _send_recovery(self, request: RtRecover) -> None:
        association = self.association
        self._recovering = request
        self._lower = self._layers(x410=request.mode is not Mode.NORMAL_1988)
        rtorq = Rtorq(
            recover=request.old_identifier,
            checkpoint_size=association.checkpoint_size,
            window_size=association.window_size,
            dialogue_mode=association.dialogue_mode,
        )
        self._lower.request(
            Associate(
                request.called,
                request.calling,
                rtorq,
                request.mode,
                request.identifier,
                called_side_has_turn=not association.has_turn,
            )
        )

    def _on_recovered(self, confirm: AssociateAccept) -> RtRecoverAccept:
        if not confirm.rtoac.recover:
            raise ProtocolError("an association opened that was to be recovered")
        self._go_on()
        return RtRecoverAccept()

    def _send_recovered(self, _: RtRecoverAccept) -> None:
        association, request = self.association, self._recovering
        if request:
            rtoac = Rtoac(
                recover=request.old_identifier,
                checkpoint_size=association.checkpoint_size,
                window_size=association.window_size,
            )
            self._lower.request(AssociateAccept(rtoac, request.identifier))
            self._go_on()

    def _go_on(self) -> None:
        """The association lives on this connection now; so does the transfer in hand.

        Without a confirmed checkpoint it is discarded, and tried again from the start.
        """
        if self._recovering:
            self.association.identifier = self._recovering.identifier
        self._take_turn()
        outgoing = self.association.outgoing
        if outgoing and self.has_turn:
            self._resume(outgoing)
            if outgoing.given_up or not outgoing.confirmed[0]:
                self._discard()

    # Actions: RT-TRANSFER, sending

    @property
    def _outgoing(self) -> Outgoing:
        """The transfer that this side sends."""
        outgoing = self.association.outgoing
        assert outgoing, self.state  # noqa: S101, the table has no such cell
        return outgoing

    def _start_transfer(self, request: RtTransfer) -> None:
        association = self.association
        source = self._lower.wrapped(request.source)
        size = association.checkpoint_size * 1024
        association.outgoing = Outgoing(source, size, association.window_size)
        self._start_activity(association.outgoing)

    def _start_activity(self, outgoing: Outgoing) -> None:
        name = self.association.next_activity()
        outgoing.names.append(name)
        self._lower.request(SActivityStart(name.identifier))
        self.state = State.SENDING

    def _resume(self, outgoing: Outgoing) -> None:
        """Go on after the last confirmed checkpoint (X.228 7.3.9)."""
        old, name = outgoing.names[0], self.association.next_activity()
        elsewhere = old.connection != self.association.identifier
        outgoing.back_to_confirmed()
        outgoing.names.append(name)
        self._lower.request(
            SActivityResume(
                activity_identifier=name.identifier,
                old_activity_identifier=old.identifier,
                serial_number=outgoing.confirmed[0],
                old_connection=old.connection if elsewhere else None,
                old_called_reference=old.connection.ss_user_reference if elsewhere else b"",
            )
        )
        self.state = State.SENDING

    def _send_piece(self) -> None:
        """Send what the window allows, and the end of the activity after the last octets."""
        outgoing = self._outgoing
        if not outgoing.window_open:
            return
        self._lower.request(outgoing.next_piece())
        if not outgoing.rttr_complete:
            return
        if outgoing.complete:
            self._lower.request(SActivityEnd())
            self.state = State.SENT
        elif outgoing.checkpointed and self.session.next_serial_number < MAX_SERIAL_NUMBER:
            outgoing.checkpoint_set(self.session.next_serial_number)
            self._lower.request(SSyncMinor())

    def _on_checkpoint_confirmed(self, confirm: SSyncMinorAck) -> None:
        self._outgoing.checkpoint_confirmed(confirm.serial_number)

    def _on_transferred(self, _: SActivityEndAck) -> RtTransferConfirm:
        self.association.outgoing = None
        return RtTransferConfirm(accepted=True)

    def _on_exception(self, report: SUExceptionReport | SPExceptionReport) -> None:
        """Interrupt the transfer and go on, or discard it (X.228 7.3.5)."""
        outgoing = self._outgoing
        outgoing.stuck += 1
        passing = isinstance(report, SPExceptionReport) or report.reason in _PASSING
        if not passing or outgoing.stuck > _MAX_STUCK:
            outgoing.given_up = "the peer could not take the message"
        if outgoing.given_up or not outgoing.confirmed[0]:
            self._discard()
        else:
            self._lower.request(SActivityInterrupt())
            self.state = State.INTERRUPTING

    def _abandon(self, request: RtTransferAbandon) -> None:
        self._outgoing.given_up = request.reason
        self._discard()

    def _note_given_up(self, request: RtTransferAbandon) -> None:
        if self.association.outgoing:
            self.association.outgoing.given_up = request.reason

    def _discard(self) -> None:
        self._lower.request(SActivityDiscard())
        self.state = State.DISCARDING

    def _on_interrupted(self, _: SActivityInterruptAck) -> None:
        outgoing = self._outgoing
        self._resume(outgoing)
        if outgoing.given_up:
            self._discard()

    def _on_discarded(self, _: SActivityDiscardAck) -> RtTransferConfirm | None:
        outgoing = self._outgoing
        if outgoing.given_up:
            self.association.outgoing = None
            return RtTransferConfirm(accepted=False, reason=outgoing.given_up)
        outgoing.back_to_start()
        self._start_activity(outgoing)
        return None

    # Actions: RT-TRANSFER, receiving

    @property
    def _incoming(self) -> Incoming:
        """The transfer that the peer sends."""
        incoming = self.association.incoming
        assert incoming, self.state  # noqa: S101, the table has no such cell
        return incoming

    def _on_start(self, indication: SActivityStart | SActivityResume) -> RtTransferStart:
        association = self.association
        name = ActivityName(association.identifier, indication.activity_identifier)
        association.incoming = Incoming(self._lower.unwrapper(), name, association.window_size)
        return RtTransferStart()

    def _on_resume(self, indication: SActivityResume) -> RtPrimitive:
        """Find the transfer that goes on; one that never came here can only begin (X.228 7.3.9)."""
        here, incoming = self.association.identifier, self.association.incoming
        old = ActivityName(indication.old_connection or here, indication.old_activity_identifier)
        if incoming and old in incoming.names:
            if incoming.complete:
                return self._abort(AbortReason.TRANSFER_COMPLETED, "resumed after it was complete")
            name = ActivityName(here, indication.activity_identifier)
            if incoming.resume(indication.serial_number, name):
                return RtTransferResume(indication.serial_number, incoming.kept)
        elif indication.serial_number == 0:
            return self._on_start(indication)
        return self._abort(AbortReason.UNRECOGNIZED_ACTIVITY, "resumed what is not known here")

    def _on_rttr(self, indication: Data) -> RtTransferData | None:
        octets = self._incoming.feed(indication.octets)
        return RtTransferData(octets) if octets else None

    def _on_checkpoint(self, indication: SSyncMinor) -> RtCheckpoint:
        serial = indication.serial_number or 0
        self._incoming.checkpoint(serial)
        if self._incoming.window_exceeded:
            raise ProtocolError(f"checkpoint {serial} is beyond the window")
        return RtCheckpoint(serial)

    def _confirm_checkpoint(self, response: RtCheckpointSecured) -> None:
        self._incoming.checkpoint_confirmed(response.serial)
        self._lower.request(SSyncMinorAck(response.serial))

    def _on_end(self, _: SActivityEnd) -> RtTransferEnd:
        return RtTransferEnd()

    def _confirm_transfer(self, _: RtTransferSecured) -> None:
        self._incoming.complete = True
        self._lower.request(SActivityEndAck())

    def _report_exception(self, response: RtTransferRefuse) -> None:
        if response.exception not in _PASSING:
            self.association.incoming = None
        self._lower.request(SUExceptionReport(response.exception))

    def _on_interrupt(self, _: SActivityInterrupt) -> None:
        self._lower.request(SActivityInterruptAck())

    def _on_discard(self, _: SActivityDiscard) -> RtTransferDiscard | RtPAbort | None:
        """Forget the transfer; one that is complete cannot be discarded any more (X.228 7.7.3)."""
        known = self.association.incoming
        if known and known.complete:
            return self._abort(AbortReason.TRANSFER_COMPLETED, "discarded after it was complete")
        self.association.incoming = None
        self._lower.request(SActivityDiscardAck())
        return RtTransferDiscard() if known else None

    def _note_secured(self, _: RtTransferSecured) -> None:
        if self.association.incoming:
            self.association.incoming.complete = True

    def _note_refused(self, _: RtTransferRefuse) -> None:
        self.association.incoming = None

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

    def _on_rtab(self, abort: Abort) -> Heard:
        rtab = abort.rtab or Rtab()
        if rtab.reason == AbortReason.USER_ERROR:
            return RtUAbort(rtab.user_data)
        ended = RtPAbort(
            f"the peer's reliable transfer aborted, reason {rtab.reason}", by_peer=True
        )
        if rtab.reason == AbortReason.TRANSFER_COMPLETED and self.association.outgoing:
            self.association.outgoing = None
            return (RtTransferConfirm(accepted=True), ended)
        return ended

    def _on_p_abort(self, abort: ProviderAbort) -> RtPAbort:
        return RtPAbort(abort.reason, abort.by_peer, layer=abort.layer)

    def _on_connection_lost(self, abort: ProviderAbort) -> RtPAbort:
        return RtPAbort(abort.reason, abort.by_peer, abort.connection_lost, abort.layer)
