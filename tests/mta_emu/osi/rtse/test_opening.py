"""RT-OPEN and association recovery, cell by cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse import opening
from mta_emu.osi.rtse.apdus import RefuseReason, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.lower import Associate, AssociateAccept, AssociateReject
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtRecover,
    RtRecoverAccept,
)
from mta_emu.osi.selectors import Selectors
from tests.mta_emu.osi.rtse.conftest import IDENTIFIER, LATER, Bench

NOBODY = Selectors()
NULL = b"\x05\x00"


@given(st.tuples(*[st.integers(0, 99)] * 2), st.tuples(*[st.integers(1, 99)] * 2))
def test_an_answer_is_never_above_the_proposal(
    sizes: tuple[int, int], windows: tuple[int, int]
) -> None:
    bench = Bench(initiator=False)
    rtorq = Rtorq(NULL, checkpoint_size=sizes[0], window_size=windows[0])
    opening.indicate_open(
        bench.rtpm, Associate(NOBODY, NOBODY, rtorq, Mode.NORMAL_1988, IDENTIFIER)
    )
    opening.send_rtoac(bench.rtpm, RtOpenAccept(NULL, sizes[1], windows[1]))
    (accept,) = bench.asked
    assert accept == AssociateAccept(Rtoac(NULL, None, min(sizes), min(windows)), IDENTIFIER)
    association = bench.rtpm.association
    assert (association.checkpoint_size, association.window_size) == (min(sizes), min(windows))


def test_what_is_answered_holds(bench: Bench) -> None:
    opening.send_rtorq(bench.rtpm, RtOpen(NOBODY, NOBODY, NULL, checkpoint_size=0, window_size=2))
    heard = opening.confirm_open(bench.rtpm, AssociateAccept(Rtoac(NULL, None, 7, 5)))
    assert heard == RtOpenAccept(NULL, 7, 5)
    association = bench.rtpm.association
    assert (association.checkpoint_size, association.window_size) == (7, 5)


def test_an_association_is_opened_or_recovered_as_was_asked(bench: Bench) -> None:
    with pytest.raises(ProtocolError, match="recovered that was to be opened"):
        opening.confirm_open(bench.rtpm, AssociateAccept(Rtoac(recover=IDENTIFIER)))
    with pytest.raises(ProtocolError, match="opened that was to be recovered"):
        opening.confirm_recovered(bench.rtpm, AssociateAccept(Rtoac(NULL)))


@pytest.mark.parametrize(
    ("mode", "rtorj"), [(Mode.NORMAL_1988, Rtorj(user_data=NULL)), (Mode.X410_1984, Rtorj(2))]
)
def test_a_user_refuses_with_data_or_with_a_reason(bench: Bench, mode: Mode, rtorj: Rtorj) -> None:
    bench.rtpm.proposed = RtOpen(NOBODY, NOBODY, NULL, mode=mode)
    opening.refuse_open(bench.rtpm, RtOpenReject(NULL, reason=2))
    assert bench.asked == [AssociateReject(rtorj)]


def test_a_recovery_is_refused_with_a_reason(bench: Bench) -> None:
    opening.refuse_recovery(bench.rtpm, RtOpenReject(reason=RefuseReason.CANNOT_RECOVER))
    assert bench.asked == [AssociateReject(Rtorj(RefuseReason.CANNOT_RECOVER))]


@pytest.mark.parametrize(
    ("confirm", "layer", "reason", "permanent"),
    [
        (AssociateReject(None, "session", 129, "why"), "session", 129, False),
        (AssociateReject(Rtorj(user_data=NULL), permanent=True), "user", 0, True),
        (AssociateReject(Rtorj(user_data=NULL)), "user", 0, False),  # rejected-transient
        (AssociateReject(Rtorj(0), permanent=True), "rtse", 0, False),
        (AssociateReject(Rtorj(1), permanent=True), "rtse", 1, True),
        (AssociateReject(Rtorj(2), permanent=True), "user", 2, True),
        (AssociateReject(Rtorj(3), permanent=True), "user", 3, True),
        (AssociateReject(Rtorj(), permanent=True), "rtse", 0, True),
    ],
)
def test_who_refused_and_for_how_long(
    bench: Bench, confirm: AssociateReject, layer: str, reason: int, permanent: bool
) -> None:
    heard = opening.confirm_refused(bench.rtpm, confirm)
    assert (heard.layer, heard.reason, heard.permanent) == (layer, reason, permanent)


@pytest.mark.parametrize("has_turn", [False, True])
def test_a_recovery_names_the_old_connection_and_where_the_turn_is(
    bench: Bench, has_turn: bool
) -> None:
    bench.rtpm.association.has_turn = has_turn
    bench.rtpm.association.dialogue_mode = DialogueMode.TWO_WAY_ALTERNATE
    opening.send_recovery(bench.rtpm, RtRecover(NOBODY, NOBODY, IDENTIFIER, LATER))
    (associate,) = bench.asked
    assert associate.rtorq.recover == IDENTIFIER
    assert associate.rtorq.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE
    assert associate.identifier == LATER
    assert associate.called_side_has_turn is not has_turn


def test_a_recovered_association_lives_on_the_new_connection(bench: Bench) -> None:
    associate = Associate(NOBODY, NOBODY, Rtorq(recover=IDENTIFIER), Mode.NORMAL_1988, LATER, True)
    heard = opening.indicate_recovery(bench.rtpm, associate)
    assert heard == RtRecover(NOBODY, NOBODY, IDENTIFIER, LATER)
    assert bench.rtpm.called_side_begins
    opening.send_recovered(bench.rtpm, RtRecoverAccept())
    (accept,) = bench.asked
    assert (accept.rtoac.recover, accept.identifier) == (IDENTIFIER, LATER)
    assert bench.rtpm.association.identifier == LATER
