"""The turn, RT-CLOSE and aborts, cell by cell."""

import pytest

from mta_emu.osi.rtse import ending
from mta_emu.osi.rtse.apdus import AbortReason, Rtab
from mta_emu.osi.rtse.lower import Abort, Please, ProviderAbort, Release, ReleaseAccept
from mta_emu.osi.rtse.machine import Invalid
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
from tests.mta_emu.osi.rtse.conftest import Bench


def test_the_turn(bench: Bench) -> None:
    ending.send_rttp(bench.rtpm, RtTurnPlease(3))
    ending.give_turn(bench.rtpm, RtTurnGive())
    assert bench.asked == [Please(3), SControlGive()]
    assert ending.indicate_please(bench.rtpm, Please(2)) == RtTurnPlease(2)
    assert ending.indicate_turn(bench.rtpm, SControlGive()) == RtTurnGive()


def test_the_release(bench: Bench) -> None:
    ending.send_release(bench.rtpm, RtClose())
    ending.accept_release(bench.rtpm, RtCloseAccept())
    assert bench.asked == [Release(), ReleaseAccept()]
    assert ending.indicate_close(bench.rtpm, Release()) == RtClose()
    assert ending.confirm_close(bench.rtpm, ReleaseAccept()) == RtCloseAccept()


def test_aborts_of_this_side_say_why(bench: Bench) -> None:
    ending.send_rtab(bench.rtpm, RtUAbort(b"\x05\x00"))
    assert bench.asked == [Abort(Rtab(AbortReason.USER_ERROR, b"\x05\x00"))]
    heard = [
        ending.abort_invalid(bench.rtpm, Invalid("wrong")),
        ending.abort_completed(bench.rtpm, None),
        ending.abort_unrecognized(bench.rtpm, None),
    ]
    assert [each.by_peer for each in heard] == [False] * 3
    assert [abort.rtab.reason for abort in bench.asked] == [
        AbortReason.PROTOCOL_ERROR,
        AbortReason.TRANSFER_COMPLETED,
        AbortReason.UNRECOGNIZED_ACTIVITY,
    ]


@pytest.mark.parametrize(
    ("rtab", "heard"),
    [
        (None, RtUAbort()),
        (Rtab(6, b"\x05\x00"), RtUAbort(b"\x05\x00")),
        (Rtab(4), RtPAbort("the peer's reliable transfer aborted, reason 4", by_peer=True)),
        (Rtab(7), RtPAbort("the peer's reliable transfer aborted, reason 7", by_peer=True)),
    ],
)
def test_aborts_of_the_peer(bench: Bench, rtab: Rtab | None, heard: object) -> None:
    assert ending.indicate_abort(bench.rtpm, Abort(rtab)) == heard


def test_what_the_peer_calls_complete_is(bench: Bench) -> None:
    bench.send()
    heard = ending.indicate_abort(bench.rtpm, Abort(Rtab(AbortReason.TRANSFER_COMPLETED)))
    assert isinstance(heard, tuple)
    assert heard[0] == RtTransferConfirm(accepted=True)
    assert bench.rtpm.association.outgoing is None


def test_only_an_association_can_be_recovered(bench: Bench) -> None:
    lost = ProviderAbort("gone", by_peer=True, connection_lost=True, layer="transport")
    assert ending.indicate_lost(bench.rtpm, lost).recoverable
    assert not ending.indicate_provider_abort(bench.rtpm, lost).recoverable
