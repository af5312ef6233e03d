"""PP and ISODE, as they were recorded, against our stack in the place of either side.

Octets of the foreign side, in their order; ours must say the same SPDUs as were said there. Where
they differ, it is written down why.
"""

from functools import cache

import pytest

from mta_emu.mts import bind
from mta_emu.osi.rtse.apdus import RefuseReason
from mta_emu.osi.rtse.connection import RtseConnection
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
    RtTransferData,
    RtTransferEnd,
    RtTransferSecured,
    RtTransferUnreadable,
)
from mta_emu.osi.session.primitives import ExceptionReason
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu
from mta_emu.osi.tpkt import frame
from mta_emu.osi.transport.tpdu import DT
from tests.interop.replay import PEER, Step, User, conversations, of, play, spdus

#: When a checkpoint is confirmed, or the turn asked for, is its user's to choose.
_FREE = {Spdu.MIA, Spdu.PT}
_S = Spdu

#: No stack of ours can be made to say this: data without the EXTERNAL around them.
NOT_OURS_TO_SAY = ("isode_rtse_garbage_to_emu_exception_report.pcap", 1)

#: What our called side says otherwise than the recorded one did.
CALLED_OTHERWISE = {
    # PP broke the connection after a probe with a content type of 1988
    **{("m1_emu_to_pp_84_mono.pcap", number): [_S.AC, _S.AEA] for number in (7, 13, 15)},
    # data without an EXTERNAL were aborted: an exception report is enough
    NOT_OURS_TO_SAY: [_S.AC, _S.ED],
    # PP aborts where a discarded activity is to be acknowledged
    **{("m2_pp_to_emu_88n_mono.pcap", number): [_S.AC, _S.ED, _S.ADA] for number in (6, 7, 8)},
    **{("m2_pp_to_emu_88n_twa.pcap", number): [_S.AC, _S.ED, _S.ADA] for number in (8, 9)},
    **{("m2_pp_to_emu_88n_twa.pcap", number): [_S.AC, _S.AEA, _S.ED, _S.ADA] for number in (5, 16)},
}
#: And what our calling side does.
_OPENED_AND_CLOSED = [_S.CN, _S.FN]
CALLING_OTHERWISE = {
    # we aborted, because the answer to a checkpoint size of 0 was another: this was wrong
    **{
        ("connector_checkpoint_size_0_to_pp.pcap", number): _OPENED_AND_CLOSED
        for number in range(4)
    },
    **{("ping_emu_to_pp_checkpoint0.pcap", number): _OPENED_AND_CLOSED for number in range(6)},
    # ISODE left without a release
    ("bind_refusals_isode_to_emu.pcap", 0): _OPENED_AND_CLOSED,
    # PP aborts when a request for the turn crosses its release
    **{
        ("seed_pp_inside_88n_transparency_on.pcap", number): [_S.CN, _S.AS, _S.DT, _S.AE, _S.FN]
        for number in (6, 7)
    },
}
Association = tuple[str, int]


@cache
def recorded(name: str) -> list[list[Step]]:
    return conversations(name)


@cache
def opening(association: Association) -> RtPrimitive | None:
    """What the caller proposes; None when it is not MTS transfer: PP's queue manager."""
    name, number = association
    user = User()
    play(recorded(name)[number], RtseConnection(initiator=False), user)
    return user.first if isinstance(user.first, RtOpen | RtRecover) else None


def answered(association: Association) -> tuple[RtPrimitive | None, list[bytes]]:
    """What the called side answered, and the APDUs that it sent."""
    name, number = association
    proposal, user = opening(association), User(awaits=1000)
    assert proposal
    stack = RtseConnection(initiator=True)
    stack.request(proposal)
    play(recorded(name)[number], stack, user)
    return user.first, user.inbox


ASSOCIATIONS = [
    (path.name, number)
    for path in sorted(PEER.glob("*.pcap"))
    for number in range(len(recorded(path.name)))
    if opening((path.name, number))
]


def _name(association: Association) -> str:
    name, number = association
    return f"{name.removesuffix('.pcap')}-{number}"


def without(names: list[Spdu]) -> list[Spdu]:
    return [name for name in names if name not in _FREE]


def in_place_of_the_called(association: Association) -> tuple[User, list[bytes]]:
    """Our called side against the recorded caller: its user, and the TPDUs that it sends."""
    name, number = association
    steps = recorded(name)[number]
    answer, outbox = answered(association)
    theirs = spdus(of(steps, by_caller=False))
    user = User(answer=answer if isinstance(answer, RtOpenAccept | RtOpenReject) else None)
    user = User(user.answer, outbox, takes=theirs.count(Spdu.AEA) if Spdu.ED in theirs else None)
    return user, play(steps, RtseConnection(initiator=False), user)


def in_place_of_the_caller(association: Association) -> tuple[User, list[bytes]]:
    """Our calling side against the recorded called one."""
    name, number = association
    steps = recorded(name)[number]
    there, _ = in_place_of_the_called(association)
    _, awaited = answered(association)
    gives = Spdu.GTC in spdus(of(steps, by_caller=True))
    user = User(None, [*there.inbox, *there.refused], awaits=len(awaited), gives=gives)
    stack = RtseConnection(initiator=True)
    proposal = opening(association)
    assert proposal
    stack.request(proposal)
    return user, play(steps, stack, user)


@pytest.mark.parametrize("association", ASSOCIATIONS, ids=_name)
def test_our_called_side_says_what_theirs_said(association: Association) -> None:
    name, number = association
    theirs = spdus(of(recorded(name)[number], by_caller=False))
    user, sent = in_place_of_the_called(association)
    assert without(spdus(sent)) == CALLED_OTHERWISE.get(association, without(theirs))
    assert_nothing_is_our_fault(user)


@pytest.mark.parametrize(
    "association", [each for each in ASSOCIATIONS if each != NOT_OURS_TO_SAY], ids=_name
)
def test_our_calling_side_says_what_theirs_said(association: Association) -> None:
    name, number = association
    theirs = spdus(of(recorded(name)[number], by_caller=True))
    user, sent = in_place_of_the_caller(association)
    assert without(spdus(sent)) == CALLING_OTHERWISE.get(association, without(theirs))
    assert_nothing_is_our_fault(user)


def assert_nothing_is_our_fault(user: User) -> None:
    ended = [each for each in user.heard if isinstance(each, RtPAbort) and not each.by_peer]
    assert not ended, ended


def test_the_captures_have_what_they_are_for() -> None:
    modes = {
        proposal.mode for each in ASSOCIATIONS if isinstance(proposal := opening(each), RtOpen)
    }
    assert modes == set(Mode)
    assert len(ASSOCIATIONS) > 50


# What each capture is about


@pytest.mark.parametrize(
    "name", ["connector_checkpoint_size_0_to_pp.pcap", "ping_emu_to_pp_checkpoint0.pcap"]
)
def test_the_answer_to_a_checkpoint_size_of_0_is_taken(name: str) -> None:
    for number in range(len(recorded(name))):
        proposal, (answer, _) = opening((name, number)), answered((name, number))
        assert isinstance(proposal, RtOpen)
        assert proposal.checkpoint_size == 0
        assert isinstance(answer, RtOpenAccept)
        assert (answer.checkpoint_size, answer.window_size) == (7, proposal.window_size)


def test_a_checkpoint_more_than_the_window_is_taken() -> None:
    """PP 6 in normal mode, 100 KB: each of our side's answers where PP's called side gave it."""
    ((steps),) = recorded("pp_msg_88n_100k.pcap")
    answer, _ = answered(("pp_msg_88n_100k.pcap", 0))
    assert isinstance(answer, RtOpenAccept)
    stack = RtseConnection(initiator=False)
    apdu, waiting, most = b"", 0, 0
    heard: list[RtPrimitive] = []
    for step in steps:
        if step.by_caller:
            new = stack.receive_data(frame(step.tpdu))
            waiting += sum(isinstance(each, RtCheckpoint) for each in new)
            most = max(most, waiting)
            apdu += b"".join(each.octets for each in new if isinstance(each, RtTransferData))
            heard += new
            continue
        for said in spdus([step.tpdu]):
            if said is Spdu.MIA:
                serial = serial_number(step.tpdu)
                waiting -= 1
                stack.request(RtCheckpointSecured(serial))
            elif said in _ANSWERS:
                stack.request(answer if said is Spdu.AC else _ANSWERS[said])
        stack.data_to_send()
    assert most == answer.window_size + 1
    assert len(apdu) == 107078
    assert RtTransferEnd() in heard
    assert heard[-1] == RtClose()


_ANSWERS: dict[Spdu, RtPrimitive] = {
    Spdu.AC: RtOpenAccept(b""),
    Spdu.AEA: RtTransferSecured(),
    Spdu.DN: RtCloseAccept(),
}


def serial_number(tpdu: bytes) -> int:
    (unit,) = decode_tsdu(tpdu[3:])
    return int(unit.get(Pi.SERIAL_NUMBER))


def test_a_recovery_that_pp_refuses_is_refused_for_good() -> None:
    """AARE rejected-permanent; the bind error in RTORJ is a bare INTEGER: PP's own form."""
    for number in range(2):
        answer, _ = answered(("emu_recover_refused_by_pp_88n.pcap", number))
        assert answer == RtOpenReject(bytes.fromhex("020102"), "user", permanent=True)
    answer, _ = answered(("m1_emu_to_pp_84_mono.pcap", 8))  # in the X.410 modes
    assert isinstance(answer, RtOpenReject)
    assert (answer.layer, answer.reason) == ("rtse", RefuseReason.CANNOT_RECOVER)
    assert answer.permanent


def test_an_apdu_that_is_none_gets_an_exception_report() -> None:
    """ISODE's RTSE sends text for an APDU; an abort would end what else it has to send."""
    name, number = NOT_OURS_TO_SAY
    user, sent = in_place_of_the_called((name, number))
    assert [each for each in user.heard if isinstance(each, RtTransferUnreadable)] == [
        RtTransferUnreadable("BER tag 0x04 where an EXTERNAL must be")
    ]
    reports = [unit for unit in units(sent) if unit.spdu is Spdu.ED]
    assert [report.get(Pi.REASON) for report in reports] == [
        bytes((ExceptionReason.PROCEDURAL_ERROR,))
    ]


def units(tpdus: list[bytes]) -> list[Unit]:
    return [unit for tpdu in tpdus if tpdu[1] == DT for unit in decode_tsdu(tpdu[3:])]


def test_refused_binds_have_the_octets_that_isode_understood() -> None:
    """Each refusal as our called side gave it to ISODE, and as our calling side hears it."""
    name = "bind_refusals_isode_to_emu.pcap"
    for number in range(1, len(recorded(name))):
        proposal, (answer, _) = opening((name, number)), answered((name, number))
        assert isinstance(proposal, RtOpen)
        assert isinstance(answer, RtOpenReject)
        assert (answer.layer, answer.permanent) == ("user", True)
        if proposal.mode is Mode.NORMAL_1988:
            assert bind.decode_error(answer.user_data)
        else:
            assert answer.reason == RefuseReason.VALIDATION_FAILURE
        _, sent = in_place_of_the_called((name, number))
        theirs = units(of(recorded(name)[number], by_caller=False))
        assert [unit.user_data for unit in units(sent)] == [unit.user_data for unit in theirs]
