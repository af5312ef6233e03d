"""What the cells do about the turn, RT-CLOSE and aborts (X.228 7.2 and 7.4 to 7.7)."""

from mta_emu.osi.rtse.apdus import AbortReason, Rtab
from mta_emu.osi.rtse.lower import Abort, Please, ProviderAbort, Release, ReleaseAccept
from mta_emu.osi.rtse.machine import Indicated, Invalid, Rtpm
from mta_emu.osi.rtse.primitives import (
    RtClose,
    RtCloseAccept,
    RtPAbort,
    RtTransferConfirm,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.session.primitives import SControlGive

# The turn


def send_rttp(rtpm: Rtpm, request: RtTurnPlease) -> None:
    """RTTP."""
    rtpm.lower.request(Please(request.priority))


def indicate_please(_: Rtpm, indication: Please) -> RtTurnPlease:
    """RT-TURN-PLEASE indication."""
    return RtTurnPlease(indication.priority)


def give_turn(rtpm: Rtpm, _: RtTurnGive) -> None:
    """S-CONTROL-GIVE."""
    rtpm.session.request(SControlGive())


def indicate_turn(_rtpm: Rtpm, _: object) -> RtTurnGive:
    """RT-TURN-GIVE indication."""
    return RtTurnGive()


# RT-CLOSE


def send_release(rtpm: Rtpm, _: RtClose) -> None:
    """Release the association."""
    rtpm.lower.request(Release())


def indicate_close(_rtpm: Rtpm, _: Release) -> RtClose:
    """RT-CLOSE indication."""
    return RtClose()


def accept_release(rtpm: Rtpm, _: RtCloseAccept) -> None:
    """Release response."""
    rtpm.lower.request(ReleaseAccept())


def confirm_close(_rtpm: Rtpm, _: ReleaseAccept) -> RtCloseAccept:
    """RT-CLOSE confirm."""
    return RtCloseAccept()


# Aborts


def send_rtab(rtpm: Rtpm, request: RtUAbort) -> None:
    """RTAB, by the user."""
    rtpm.lower.request(Abort(Rtab(AbortReason.USER_ERROR, request.user_data)))


def abort_invalid(rtpm: Rtpm, invalid: Invalid) -> RtPAbort:
    """RTAB, because the peer broke the protocol."""
    rtpm.lower.request(Abort(Rtab(invalid.reason)))
    return RtPAbort(invalid.text, by_peer=False)


def abort_completed(rtpm: Rtpm, _: object) -> RtPAbort:
    """RTAB: the transfer that is discarded or resumed is complete, and stays so (X.228 7.7.3)."""
    text = "discarded or resumed after it was complete"
    return abort_invalid(rtpm, Invalid(text, AbortReason.TRANSFER_COMPLETED))


def abort_unrecognized(rtpm: Rtpm, _: object) -> RtPAbort:
    """RTAB: what is resumed never came here, and so can only begin (X.228 7.3.9)."""
    text = "resumed what is not known here"
    return abort_invalid(rtpm, Invalid(text, AbortReason.UNRECOGNIZED_ACTIVITY))


def indicate_abort(rtpm: Rtpm, abort: Abort) -> Indicated:
    """RT-U-ABORT or RT-P-ABORT indication; a transfer that the peer calls complete is."""
    rtab = abort.rtab or Rtab()
    if rtab.reason == AbortReason.USER_ERROR:
        return RtUAbort(rtab.user_data)
    text = f"the peer's reliable transfer aborted, reason {rtab.reason}"
    ended = RtPAbort(text, by_peer=True)
    if rtab.reason == AbortReason.TRANSFER_COMPLETED and rtpm.association.outgoing:
        rtpm.association.outgoing = None
        return (RtTransferConfirm(accepted=True), ended)
    return ended


def indicate_provider_abort(_: Rtpm, abort: ProviderAbort) -> RtPAbort:
    """RT-P-ABORT indication; there is no association that could be recovered."""
    return RtPAbort(abort.reason, abort.by_peer, layer=abort.layer)


def indicate_lost(_: Rtpm, abort: ProviderAbort) -> RtPAbort:
    """RT-P-ABORT indication; the association can be recovered if only its connection is lost."""
    return RtPAbort(abort.reason, abort.by_peer, abort.connection_lost, abort.layer)
