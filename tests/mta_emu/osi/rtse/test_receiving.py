"""A transfer of the peer, cell by cell."""

import pytest

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse import receiving
from mta_emu.osi.rtse.association import ActivityName, Incoming
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.rtse.lower import Data
from mta_emu.osi.rtse.machine import Unreadable, UnreadableError
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
from tests.mta_emu.osi.rtse.conftest import ACTIVITY, IDENTIFIER, LATER, Bench


def test_a_transfer_from_its_start_to_its_end(bench: Bench) -> None:
    rtpm = bench.rtpm
    assert receiving.indicate_start(rtpm, SActivityStart(ACTIVITY)) == RtTransferStart()
    assert receiving.indicate_data(rtpm, Data(b"octets")) == RtTransferData(b"octets")
    assert receiving.indicate_checkpoint(rtpm, SSyncMinor(1)) == RtCheckpoint(1)
    receiving.confirm_checkpoint(rtpm, RtCheckpointSecured(1))
    assert receiving.indicate_end(rtpm, SActivityEnd()) == RtTransferEnd()
    receiving.confirm_transfer(rtpm, RtTransferSecured())
    assert bench.asked == [SSyncMinorAck(1), SActivityEndAck()]
    assert rtpm.association.incoming
    assert rtpm.association.incoming.complete


def test_checkpoints_up_to_twice_the_window_are_taken(bench: Bench) -> None:
    bench.receive()
    for serial in range(1, 7):
        receiving.indicate_checkpoint(bench.rtpm, SSyncMinor(serial))
    with pytest.raises(ProtocolError, match=r"checkpoint 7: 7 wait .*, the window is 3"):
        receiving.indicate_checkpoint(bench.rtpm, SSyncMinor(7))


def test_a_resumed_transfer_gives_nothing_twice(bench: Bench) -> None:
    incoming = bench.receive()
    for serial, octets in enumerate((b"one", b"two"), 1):
        receiving.indicate_data(bench.rtpm, Data(octets))
        receiving.indicate_checkpoint(bench.rtpm, SSyncMinor(serial))
    bench.rtpm.association.identifier = LATER
    resume = SActivityResume(b"\x02\x01\x09", ACTIVITY, 1, IDENTIFIER)
    assert receiving.indicate_resume(bench.rtpm, resume) == RtTransferResume(1, 6)
    assert receiving.indicate_data(bench.rtpm, Data(b"two")) is None
    assert receiving.indicate_data(bench.rtpm, Data(b"three")) == RtTransferData(b"three")
    assert ActivityName(LATER, b"\x02\x01\x09") in incoming.names


def test_octets_that_are_no_apdu_are_refused_for_good(bench: Bench) -> None:
    bench.rtpm.association.incoming = Incoming(
        ExternalReader(), ActivityName(IDENTIFIER, ACTIVITY), 3
    )
    with pytest.raises(UnreadableError, match="where an EXTERNAL must be"):
        receiving.indicate_data(bench.rtpm, Data(b"\x30\x00"))
    heard = receiving.refuse(bench.rtpm, Unreadable("why"))
    assert heard == RtTransferUnreadable("why")
    assert bench.asked == [SUExceptionReport(ExceptionReason.PROCEDURAL_ERROR)]
    assert bench.rtpm.association.incoming is None


@pytest.mark.parametrize(
    ("reason", "kept"),
    [
        (ExceptionReason.NON_SPECIFIC, True),
        (ExceptionReason.LOCAL_SS_USER_ERROR, True),
        (ExceptionReason.TEMPORARILY_UNABLE, False),
        (ExceptionReason.PROCEDURAL_ERROR, False),
    ],
)
def test_what_may_go_on_is_kept(bench: Bench, reason: ExceptionReason, kept: bool) -> None:
    bench.receive()
    receiving.report_exception(bench.rtpm, RtTransferRefuse(reason))
    assert bench.asked == [SUExceptionReport(reason)]
    assert (bench.rtpm.association.incoming is not None) is kept


def test_a_discard_is_indicated_where_something_is_to_be_forgotten(bench: Bench) -> None:
    bench.receive()
    heard = [receiving.acknowledge_discard(bench.rtpm, SActivityDiscard()) for _ in range(2)]
    assert heard == [RtTransferDiscard(), None]
    receiving.acknowledge_interrupt(bench.rtpm, SActivityInterrupt())
    assert bench.asked == [SActivityDiscardAck(), SActivityDiscardAck(), SActivityInterruptAck()]


def test_answers_that_come_late(bench: Bench) -> None:
    receiving.note_secured(bench.rtpm, RtTransferSecured())  # nothing is in hand
    incoming = bench.receive()
    receiving.note_secured(bench.rtpm, RtTransferSecured())
    assert incoming.complete
    receiving.note_refused(bench.rtpm, RtTransferRefuse())
    assert bench.rtpm.association.incoming is None
    assert bench.asked == []
