"""The conditions of the reliable transfer table."""

import pytest

from mta_emu.osi.predicate import Predicate
from mta_emu.osi.rtse import predicates as when
from mta_emu.osi.rtse.apdus import Rtorq
from mta_emu.osi.rtse.association import Outgoing
from mta_emu.osi.rtse.lower import Associate
from mta_emu.osi.rtse.machine import Rtpm
from mta_emu.osi.rtse.primitives import DialogueMode, Mode, Octets
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    MAX_SERIAL_NUMBER,
    ExceptionReason,
    SActivityResume,
    SPExceptionReport,
    SUExceptionReport,
)
from tests.mta_emu.osi.rtse.conftest import ACTIVITY, IDENTIFIER, LATER, Bench


@pytest.mark.parametrize("recover", [None, IDENTIFIER])
def test_an_rtorq_opens_or_recovers(bench: Bench, recover: object) -> None:
    rtorq = Rtorq(recover=recover)  # type: ignore[arg-type]
    associate = Associate(Selectors(), Selectors(), rtorq, Mode.NORMAL_1988)
    assert when.asks_to_recover(bench.rtpm, associate) is (recover is not None)


@pytest.mark.parametrize("initiator", [False, True])
@pytest.mark.parametrize("called_side", [False, True])
def test_one_side_begins_with_the_turn(initiator: bool, called_side: bool) -> None:
    rtpm = Bench(initiator=initiator).rtpm
    rtpm.called_side_begins = called_side
    assert when.begins(rtpm, None) is (called_side is not initiator)
    assert when.is_initiator(rtpm, None) is initiator


def test_only_two_way_alternate_has_a_turn(bench: Bench) -> None:
    for mode in DialogueMode:
        bench.rtpm.association.dialogue_mode = mode
        assert when.is_two_way(bench.rtpm, None) is (mode is DialogueMode.TWO_WAY_ALTERNATE)


def test_a_transfer_can_be_resumed_after_a_confirmed_checkpoint(bench: Bench) -> None:
    assert not when.is_sending(bench.rtpm, None)
    assert not when.can_resume(bench.rtpm, None)
    bench.send()
    assert when.is_sending(bench.rtpm, None)
    assert not when.can_resume(bench.rtpm, None)
    outgoing = bench.send(confirmed=True)
    assert when.can_resume(bench.rtpm, None)
    outgoing.given_up = "its time is over"
    assert not when.can_resume(bench.rtpm, None)
    assert when.is_given_up(bench.rtpm, None)


def test_an_exception_may_pass(bench: Bench) -> None:
    outgoing = bench.send(confirmed=True)
    passing = [SPExceptionReport(), *map(SUExceptionReport, when.PASSING)]
    assert all(when.can_go_on(bench.rtpm, report) for report in passing)
    assert not when.can_go_on(bench.rtpm, SUExceptionReport(ExceptionReason.TEMPORARILY_UNABLE))
    outgoing.interruptions = 1
    assert not any(when.can_go_on(bench.rtpm, report) for report in passing)


def test_what_the_next_piece_is(bench: Bench) -> None:
    outgoing = bench.send()

    def holds(*predicates: Predicate[Rtpm]) -> list[bool]:
        return [predicate(bench.rtpm, None) for predicate in predicates]

    middle = (when.window_is_open, when.ends_apdu, when.sets_checkpoint)
    assert holds(*middle) == [True, False, True]
    bench.rtpm.session.variables.next_serial_number = MAX_SERIAL_NUMBER
    assert holds(*middle) == [True, False, False]
    bench.rtpm.session.variables.next_serial_number = 2
    for serial in (2, 3):
        outgoing.next_piece()
        outgoing.checkpoint_set(serial)
    assert holds(*middle) == [False, True, True]
    bench.rtpm.association.outgoing = Outgoing(Octets(bytes(300_000)), 0, 3)
    assert holds(*middle) == [True, False, False]  # a piece of the one RTTR


@pytest.mark.parametrize(
    ("name", "connection", "serial", "knows", "checkpoint", "start"),
    [
        (ACTIVITY, None, 0, True, True, True),
        (ACTIVITY, IDENTIFIER, 1, True, True, False),
        (ACTIVITY, IDENTIFIER, 9, True, False, False),
        (ACTIVITY, LATER, 1, False, True, False),
        (b"\x02\x01\x05", None, 0, False, True, True),
    ],
)
def test_what_the_peer_resumes(
    bench: Bench,
    name: bytes,
    connection: object,
    serial: int,
    knows: bool,
    checkpoint: bool,
    start: bool,
) -> None:
    incoming = bench.receive()
    incoming.checkpoint(1)
    resume = SActivityResume(b"\x02\x01\x07", name, serial, connection)  # type: ignore[arg-type]
    assert when.knows_activity(bench.rtpm, resume) is knows
    assert when.has_checkpoint(bench.rtpm, resume) is checkpoint
    assert when.from_start(bench.rtpm, resume) is start
    assert not when.is_complete(bench.rtpm, resume)
    incoming.complete = True
    assert when.is_complete(bench.rtpm, resume)


def test_without_a_transfer_nothing_is_known_or_complete(bench: Bench) -> None:
    resume = SActivityResume(b"\x02\x01\x07", ACTIVITY, 0)
    assert not when.knows_activity(bench.rtpm, resume)
    assert not when.is_complete(bench.rtpm, resume)
