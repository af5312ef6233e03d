"""What the cells do about a transfer of this side (X.228 7.3, 7.8 and 7.9)."""

from mta_emu.osi.rtse.association import Outgoing
from mta_emu.osi.rtse.machine import Rtpm, Writable
from mta_emu.osi.rtse.predicates import is_passing, outgoing
from mta_emu.osi.rtse.primitives import RtTransfer, RtTransferAbandon, RtTransferConfirm
from mta_emu.osi.session.primitives import (
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityResume,
    SActivityStart,
    SPExceptionReport,
    SSyncMinor,
    SSyncMinorAck,
    SUExceptionReport,
)


def start_transfer(rtpm: Rtpm, request: RtTransfer) -> None:
    """S-ACTIVITY-START; the octets follow as the connection takes them."""
    association = rtpm.association
    source = rtpm.lower.wrapped(request.source)
    size = association.checkpoint_size * 1024
    association.outgoing = Outgoing(source, size, association.window_size)
    _start_activity(rtpm)


def start_again(rtpm: Rtpm, _: object) -> None:
    """Everything is sent again, in another activity."""
    outgoing(rtpm).back_to_start()
    _start_activity(rtpm)


def _start_activity(rtpm: Rtpm) -> None:
    name = rtpm.association.next_activity()
    outgoing(rtpm).names.append(name)
    rtpm.session.request(SActivityStart(name.identifier))


def resume(rtpm: Rtpm, _: object) -> None:
    """S-ACTIVITY-RESUME after the last confirmed checkpoint (X.228 7.3.9)."""
    going = outgoing(rtpm)
    old, name = going.names[0], rtpm.association.next_activity()
    elsewhere = old.connection != rtpm.association.identifier
    going.back_to_confirmed()
    going.names.append(name)
    rtpm.session.request(
        SActivityResume(
            activity_identifier=name.identifier,
            old_activity_identifier=old.identifier,
            serial_number=going.confirmed[0],
            old_connection=old.connection if elsewhere else None,
            old_called_reference=old.connection.ss_user_reference if elsewhere else b"",
        )
    )


def send_piece(rtpm: Rtpm, _: Writable) -> None:
    """Some octets of the APDU."""
    rtpm.lower.request(outgoing(rtpm).next_piece())


def set_checkpoint(rtpm: Rtpm, _: Writable) -> None:
    """S-SYNC-MINOR."""
    outgoing(rtpm).checkpoint_set(rtpm.session.next_serial_number)
    rtpm.session.request(SSyncMinor())


def end_transfer(rtpm: Rtpm, _: Writable) -> None:
    """S-ACTIVITY-END."""
    rtpm.session.request(SActivityEnd())


def note_confirmed(rtpm: Rtpm, confirm: SSyncMinorAck) -> None:
    """The peer has secured everything up to a checkpoint."""
    outgoing(rtpm).checkpoint_confirmed(confirm.serial_number)


def confirm_transferred(rtpm: Rtpm, _: SActivityEndAck) -> RtTransferConfirm:
    """RT-TRANSFER confirm: the peer answers for the APDU now."""
    rtpm.association.outgoing = None
    return RtTransferConfirm(accepted=True)


def note_exception(rtpm: Rtpm, report: SUExceptionReport | SPExceptionReport) -> None:
    """The peer could not take what was sent: for the moment, or for good (X.228 7.3.5)."""
    going = outgoing(rtpm)
    if not is_passing(report) or going.is_stuck:
        going.given_up = "the peer could not take the message"
    going.interruptions += 1


def note_given_up(rtpm: Rtpm, request: RtTransferAbandon) -> None:
    """The user gives up the transfer in hand, if there is one."""
    if rtpm.association.outgoing:
        rtpm.association.outgoing.given_up = request.reason


def interrupt(rtpm: Rtpm, _: object) -> None:
    """S-ACTIVITY-INTERRUPT."""
    rtpm.session.request(SActivityInterrupt())


def discard(rtpm: Rtpm, _: object) -> None:
    """S-ACTIVITY-DISCARD."""
    rtpm.session.request(SActivityDiscard())


def confirm_given_up(rtpm: Rtpm, _: SActivityDiscardAck) -> RtTransferConfirm:
    """RT-TRANSFER confirm: the APDU was not transferred."""
    reason = outgoing(rtpm).given_up
    rtpm.association.outgoing = None
    return RtTransferConfirm(accepted=False, reason=reason)
