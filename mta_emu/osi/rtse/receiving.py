"""What the cells do about a transfer of the peer (X.228 7.3, 7.8 and 7.9)."""

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.association import ActivityName, Incoming
from mta_emu.osi.rtse.lower import Data, Please
from mta_emu.osi.rtse.machine import Rtpm, Unreadable, UnreadableError
from mta_emu.osi.rtse.predicates import PASSING, incoming
from mta_emu.osi.rtse.primitives import (
    RtCheckpoint,
    RtCheckpointSecured,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferResume,
    RtTransferSecured,
    RtTransferStart,
    RtTransferUnreadable,
    RtTurnPlease,
)
from mta_emu.osi.session.primitives import (
    ExceptionReason,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SSyncMinor,
    SSyncMinorAck,
    SUExceptionReport,
)


def indicate_start(rtpm: Rtpm, indication: SActivityStart | SActivityResume) -> RtTransferStart:
    """A transfer begins; of an earlier one that did not end, nothing counts."""
    association = rtpm.association
    name = ActivityName(association.identifier, indication.activity_identifier)
    association.incoming = Incoming(rtpm.lower.unwrapper(), name, association.window_size)
    return RtTransferStart()


def indicate_resume(rtpm: Rtpm, indication: SActivityResume) -> RtTransferResume:
    """The transfer that is here goes on after a checkpoint (X.228 7.3.9)."""
    coming = incoming(rtpm)
    name = ActivityName(rtpm.association.identifier, indication.activity_identifier)
    coming.resume(indication.serial_number, name)
    return RtTransferResume(indication.serial_number, coming.kept)


def indicate_data(rtpm: Rtpm, indication: Data) -> RtTransferData | None:
    """Octets of the APDU, if there are new ones. Raises UnreadableError."""
    try:
        octets = incoming(rtpm).feed(indication.octets)
    except ProtocolError as error:
        raise UnreadableError(str(error)) from error
    return RtTransferData(octets) if octets else None


def refuse(rtpm: Rtpm, event: Unreadable) -> RtTransferUnreadable:
    """S-U-EXCEPTION-REPORT: this transfer is refused for good, and others may follow."""
    rtpm.association.incoming = None
    rtpm.session.request(SUExceptionReport(ExceptionReason.PROCEDURAL_ERROR))
    return RtTransferUnreadable(event.text)


def indicate_checkpoint(rtpm: Rtpm, indication: SSyncMinor) -> RtCheckpoint:
    """The peer set a checkpoint. Raises ProtocolError when it is far beyond the window."""
    serial = indication.serial_number or 0
    coming = incoming(rtpm)
    coming.checkpoint(serial)
    if coming.unconfirmed > coming.tolerated:
        raise ProtocolError(
            f"checkpoint {serial}: {coming.unconfirmed} wait for their confirmation, the window "
            f"is {coming.window_size}"
        )
    return RtCheckpoint(serial)


def confirm_checkpoint(rtpm: Rtpm, response: RtCheckpointSecured) -> None:
    """S-SYNC-MINOR response."""
    incoming(rtpm).checkpoint_confirmed(response.serial)
    rtpm.session.request(SSyncMinorAck(response.serial))


def indicate_end(_rtpm: Rtpm, _: SActivityEnd) -> RtTransferEnd:
    """The APDU is complete."""
    return RtTransferEnd()


def confirm_transfer(rtpm: Rtpm, _: RtTransferSecured) -> None:
    """S-ACTIVITY-END response: this side answers for the APDU now."""
    incoming(rtpm).complete = True
    rtpm.session.request(SActivityEndAck())


def report_exception(rtpm: Rtpm, response: RtTransferRefuse) -> None:
    """S-U-EXCEPTION-REPORT; where it may pass, what has come is kept."""
    if response.exception not in PASSING:
        rtpm.association.incoming = None
    rtpm.session.request(SUExceptionReport(response.exception))


def acknowledge_interrupt(rtpm: Rtpm, _: SActivityInterrupt) -> None:
    """S-ACTIVITY-INTERRUPT response."""
    rtpm.session.request(SActivityInterruptAck())
    _send_please(rtpm)


def acknowledge_discard(rtpm: Rtpm, _: SActivityDiscard) -> RtTransferDiscard | None:
    """S-ACTIVITY-DISCARD response, and an indication unless the user had refused the transfer."""
    known, rtpm.association.incoming = rtpm.association.incoming, None
    rtpm.session.request(SActivityDiscardAck())
    _send_please(rtpm)
    return RtTransferDiscard() if known else None


def note_please(rtpm: Rtpm, request: RtTurnPlease) -> None:
    """Note an RTTP: after its exception report the session takes none (X.225 Annex A)."""
    rtpm.please = Please(request.priority)


def _send_please(rtpm: Rtpm) -> None:
    please, rtpm.please = rtpm.please, None
    if please:
        rtpm.lower.request(please)


def note_secured(rtpm: Rtpm, _: RtTransferSecured) -> None:
    """Note that the user answers for the APDU, though the answer can no longer reach the peer."""
    if rtpm.association.incoming:
        rtpm.association.incoming.complete = True


def note_refused(rtpm: Rtpm, _: RtTransferRefuse) -> None:
    """Note that the user refused the APDU, though the answer can no longer reach the peer."""
    rtpm.association.incoming = None
