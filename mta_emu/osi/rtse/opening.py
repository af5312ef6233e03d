"""What the cells do about RT-OPEN and association recovery (X.228 7.1 and 7.8)."""

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.apdus import RefuseReason, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.lower import Associate, AssociateAccept, AssociateReject
from mta_emu.osi.rtse.machine import Rtpm
from mta_emu.osi.rtse.primitives import (
    Mode,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtRecover,
    RtRecoverAccept,
)

#: Refuse reasons that are the called user's.
_OF_THE_USER = (RefuseReason.VALIDATION_FAILURE, RefuseReason.UNACCEPTABLE_DIALOGUE_MODE)


def send_rtorq(rtpm: Rtpm, request: RtOpen) -> None:
    """Propose an association."""
    rtpm.proposed = request
    rtpm.choose_mode(x410=request.mode is not Mode.NORMAL_1988)
    rtorq = Rtorq(
        request.user_data,
        checkpoint_size=request.checkpoint_size,
        window_size=request.window_size,
        dialogue_mode=request.dialogue_mode,
    )
    rtpm.lower.request(
        Associate(request.called, request.calling, rtorq, request.mode, request.identifier)
    )


def indicate_open(rtpm: Rtpm, indication: Associate) -> RtOpen:
    """RT-OPEN indication."""
    rtorq = indication.rtorq
    rtpm.called_side_begins = indication.called_side_has_turn
    rtpm.proposed = RtOpen(
        called=indication.called,
        calling=indication.calling,
        user_data=rtorq.user_data,
        dialogue_mode=rtorq.dialogue_mode,
        checkpoint_size=rtorq.checkpoint_size,
        window_size=rtorq.window_size,
        identifier=indication.identifier,
        mode=indication.mode,
    )
    return rtpm.proposed


def send_rtoac(rtpm: Rtpm, response: RtOpenAccept) -> None:
    """Accept, with sizes that are no larger than proposed."""
    proposed = rtpm.proposed
    rtoac = Rtoac(
        response.user_data,
        checkpoint_size=min(proposed.checkpoint_size, response.checkpoint_size),
        window_size=min(proposed.window_size, response.window_size),
    )
    _agree(rtpm, rtoac)
    # The connection identifier as the caller gave it, as real stacks answer.
    rtpm.lower.request(AssociateAccept(rtoac, proposed.identifier))


def confirm_open(rtpm: Rtpm, confirm: AssociateAccept) -> RtOpenAccept:
    """RT-OPEN confirm, with the sizes that the peer answered. Raises ProtocolError.

    A proposed checkpoint size of 0 leaves the choice to the peer (X.228 7.1), and ISODE answers
    with its own. An answer above what was proposed does no harm either.
    """
    rtoac = confirm.rtoac
    if rtoac.recover:
        raise ProtocolError("an association recovered that was to be opened")
    _agree(rtpm, rtoac)
    return RtOpenAccept(rtoac.user_data, rtoac.checkpoint_size, rtoac.window_size)


def _agree(rtpm: Rtpm, rtoac: Rtoac) -> None:
    proposed = rtpm.proposed
    rtpm.association = RtAssociation(
        mode=proposed.mode,
        called=proposed.called,
        calling=proposed.calling,
        dialogue_mode=proposed.dialogue_mode,
        checkpoint_size=rtoac.checkpoint_size,
        window_size=rtoac.window_size,
        identifier=proposed.identifier,
    )


def refuse_open(rtpm: Rtpm, response: RtOpenReject) -> None:
    """RTORJ: in normal mode with the user's data, else with a reason."""
    by_data = rtpm.proposed.mode is Mode.NORMAL_1988
    rtorj = Rtorj(user_data=response.user_data) if by_data else Rtorj(response.reason)
    rtpm.lower.request(AssociateReject(rtorj))


def refuse_recovery(rtpm: Rtpm, response: RtOpenReject) -> None:
    """RTORJ with a reason."""
    rtpm.lower.request(AssociateReject(Rtorj(response.reason)))


def confirm_refused(_: Rtpm, confirm: AssociateReject) -> RtOpenReject:
    """RT-OPEN confirm, refused by the user, by the peer's reliable transfer or by a layer below."""
    rtorj = confirm.rtorj
    if rtorj is None:
        return RtOpenReject(
            b"", confirm.layer, confirm.reason, confirm.text, permanent=confirm.permanent
        )
    if rtorj.user_data:
        return RtOpenReject(rtorj.user_data, permanent=confirm.permanent)
    permanent = confirm.permanent and rtorj.refuse_reason != RefuseReason.BUSY
    reason = rtorj.refuse_reason or RefuseReason.BUSY
    if reason in _OF_THE_USER:
        return RtOpenReject(b"", "user", reason, permanent=permanent)
    text = "by the peer's reliable transfer"
    return RtOpenReject(b"", "rtse", reason, text, permanent=permanent)


def send_recovery(rtpm: Rtpm, request: RtRecover) -> None:
    """Propose to recover the association that was adopted."""
    association = rtpm.association
    rtpm.recovering = request
    rtpm.called_side_begins = not association.has_turn
    rtpm.choose_mode(x410=request.mode is not Mode.NORMAL_1988)
    rtorq = Rtorq(
        recover=request.old_identifier,
        checkpoint_size=association.checkpoint_size,
        window_size=association.window_size,
        dialogue_mode=association.dialogue_mode,
    )
    rtpm.lower.request(
        Associate(
            request.called,
            request.calling,
            rtorq,
            request.mode,
            request.identifier,
            called_side_has_turn=rtpm.called_side_begins,
        )
    )


def indicate_recovery(rtpm: Rtpm, indication: Associate) -> RtRecover:
    """RT-RECOVER indication."""
    assert indication.rtorq.recover  # noqa: S101, by the cell's predicate
    rtpm.called_side_begins = indication.called_side_has_turn
    rtpm.recovering = RtRecover(
        called=indication.called,
        calling=indication.calling,
        old_identifier=indication.rtorq.recover,
        identifier=indication.identifier,
        mode=indication.mode,
    )
    return rtpm.recovering


def send_recovered(rtpm: Rtpm, _: RtRecoverAccept) -> None:
    """Accept the recovery; the association lives on this connection now."""
    request = rtpm.recovering
    assert request  # noqa: S101, by the state
    rtoac = Rtoac(
        recover=request.old_identifier,
        checkpoint_size=rtpm.association.checkpoint_size,
        window_size=rtpm.association.window_size,
    )
    rtpm.lower.request(AssociateAccept(rtoac, request.identifier))
    rtpm.association.identifier = request.identifier


def confirm_recovered(rtpm: Rtpm, confirm: AssociateAccept) -> RtRecoverAccept:
    """RT-RECOVER confirm; the association lives on this connection now. Raises ProtocolError."""
    if not confirm.rtoac.recover:
        raise ProtocolError("an association opened that was to be recovered")
    assert rtpm.recovering  # noqa: S101, by the state
    rtpm.association.identifier = rtpm.recovering.identifier
    return RtRecoverAccept()
