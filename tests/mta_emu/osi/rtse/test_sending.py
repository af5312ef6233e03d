"""A transfer of this side, cell by cell."""

import pytest

from mta_emu.osi.rtse import sending
from mta_emu.osi.rtse.machine import Writable
from mta_emu.osi.rtse.primitives import Octets, RtTransfer, RtTransferAbandon, RtTransferConfirm
from mta_emu.osi.session.primitives import (
    ExceptionReason,
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
from tests.mta_emu.osi.rtse.conftest import ACTIVITY, APDU, IDENTIFIER, LATER, Bench


def test_a_transfer_begins_an_activity(bench: Bench) -> None:
    sending.start_transfer(bench.rtpm, RtTransfer(Octets(APDU)))
    assert bench.asked == [SActivityStart(b"\x02\x01\x01")]
    sending.start_again(bench.rtpm, None)
    assert bench.asked == [SActivityStart(b"\x02\x01\x02")]
    assert bench.rtpm.association.outgoing
    assert bench.rtpm.association.outgoing.offset == 0


def test_pieces_checkpoints_and_the_end(bench: Bench) -> None:
    outgoing = bench.send()
    sending.send_piece(bench.rtpm, Writable())
    sending.set_checkpoint(bench.rtpm, Writable())
    sending.end_transfer(bench.rtpm, Writable())
    data, point, end = bench.asked
    assert (data.octets, point, end) == (APDU[1024:2048], SSyncMinor(), SActivityEnd())
    sending.note_confirmed(bench.rtpm, SSyncMinorAck(1))
    assert outgoing.confirmed[0] == 1


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_resumed_activity_is_known_by_its_first_name(bench: Bench, elsewhere: bool) -> None:
    bench.send(confirmed=True)
    if elsewhere:
        bench.rtpm.association.identifier = LATER
    sending.resume(bench.rtpm, None)
    (resumed,) = bench.asked
    assert resumed == SActivityResume(
        b"\x02\x01\x01",
        ACTIVITY,
        serial_number=1,
        old_connection=IDENTIFIER if elsewhere else None,
        old_called_reference=IDENTIFIER.ss_user_reference if elsewhere else b"",
    )


@pytest.mark.parametrize(
    ("report", "given_up"),
    [
        (SUExceptionReport(ExceptionReason.NON_SPECIFIC), False),
        (SUExceptionReport(ExceptionReason.TEMPORARILY_UNABLE), True),
        (SUExceptionReport(ExceptionReason.PROCEDURAL_ERROR), True),
        (SPExceptionReport(), False),
    ],
)
def test_an_exception_may_pass_once(
    bench: Bench, report: SUExceptionReport | SPExceptionReport, given_up: bool
) -> None:
    outgoing = bench.send(confirmed=True)
    sending.note_exception(bench.rtpm, report)
    assert bool(outgoing.given_up) is given_up
    sending.note_exception(bench.rtpm, report)
    assert outgoing.given_up
    outgoing.given_up = ""
    outgoing.checkpoint_confirmed(2)  # it got further: it is not stuck
    sending.note_exception(bench.rtpm, report)
    assert bool(outgoing.given_up) is given_up


def test_ends_of_a_transfer(bench: Bench) -> None:
    bench.send()
    sending.interrupt(bench.rtpm, None)
    sending.discard(bench.rtpm, None)
    assert bench.asked == [SActivityInterrupt(), SActivityDiscard()]
    sending.note_given_up(bench.rtpm, RtTransferAbandon("its time is over"))
    heard = sending.confirm_given_up(bench.rtpm, SActivityDiscardAck())
    assert heard == RtTransferConfirm(accepted=False, reason="its time is over")
    assert bench.rtpm.association.outgoing is None
    sending.note_given_up(bench.rtpm, RtTransferAbandon("late"))  # there is none any more
    bench.send()
    heard = sending.confirm_transferred(bench.rtpm, SActivityEndAck())
    assert heard == RtTransferConfirm(accepted=True)
    assert bench.rtpm.association.outgoing is None
