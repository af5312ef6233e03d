"""Reliable transfer, X.228: two stacks joined in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.rtse.apdus import Rtorq
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader
from mta_emu.osi.rtse.lower import Associate
from mta_emu.osi.rtse.machine import State
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPAbort,
    RtTransfer,
    RtTransferAbandon,
    RtTransferConfirm,
    RtTransferData,
    RtTransferDiscard,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferSecured,
    RtTransferStart,
    RtTransferUnreadable,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import MAX_SERIAL_NUMBER
from mta_emu.osi.session.spdu import Spdu, decode_tsdu
from mta_emu.osi.tpkt import TpktReader, frame

NOBODY = Selectors()
NULL = b"\x05\x00"
APDU = b"\x04\x82\x14\x00" + bytes(range(256)) * 20


def test_open_negotiates_downwards(make_stacks: Callable[..., Any]) -> None:
    stacks = make_stacks()
    request = RtOpen(
        Selectors(b"P1", b"S1", b"T1"),
        Selectors(b"P2", b"S2", b"T2"),
        NULL,
        DialogueMode.TWO_WAY_ALTERNATE,
        63,
        3,
    )
    stacks.calling.request(request)
    assert stacks.run() == ([], [request])
    stacks.called.request(RtOpenAccept(NULL, 1, 5))
    assert stacks.run() == ([RtOpenAccept(NULL, 1, 3)], [])
    assert stacks.calling.has_turn
    assert not stacks.called.has_turn


def test_reject_carries_the_users_error(make_stacks: Callable[..., Any]) -> None:
    stacks = make_stacks()
    stacks.calling.request(RtOpen(NOBODY, NOBODY, NULL))
    stacks.run()
    error = bytes.fromhex("b203020102")
    stacks.called.request(RtOpenReject(error))
    assert stacks.run()[0] == [RtOpenReject(error, "user", permanent=True)]
    assert stacks.calling.closed
    assert stacks.called.closed


@pytest.mark.parametrize(
    ("local", "called", "layer", "reason"),
    [
        (Selectors(transport=b"X"), Selectors(transport=b"Y"), "transport", 3),
        (Selectors(session=b"X"), Selectors(session=b"Y"), "session", 129),
        (Selectors(presentation=b"X"), Selectors(presentation=b"Y"), "presentation", 3),
    ],
)
def test_a_wrong_selector_is_refused_by_its_layer(
    make_stacks: Callable[..., Any], local: Selectors, called: Selectors, layer: str, reason: int
) -> None:
    stacks = make_stacks(local)
    stacks.calling.request(RtOpen(called, NOBODY, NULL))
    (refusal,), heard = stacks.run()
    assert not any(isinstance(each, RtOpen) for each in heard)
    assert (refusal.layer, refusal.reason) == (layer, reason)
    assert refusal.text


@pytest.mark.parametrize("checkpoint_size", [0, 1, 2, 30])
@pytest.mark.parametrize("window_size", [1, 3])
def test_transfer(
    make_stacks: Callable[..., Any], mode: Mode, checkpoint_size: int, window_size: int
) -> None:
    stacks = make_stacks(mode=mode).open(checkpoint_size=checkpoint_size, window_size=window_size)
    stacks.calling.request(RtTransfer(Octets(APDU)))
    assert stacks.secure(stacks.called) == APDU
    assert stacks.run()[0] == [RtTransferConfirm(accepted=True)]
    assert stacks.calling.has_turn


def test_the_window_is_never_exceeded(make_stacks: Callable[..., Any]) -> None:
    stacks = make_stacks().open(checkpoint_size=1, window_size=2)
    stacks.calling.request(RtTransfer(Octets(APDU)))  # more than five checkpoints
    waiting: list[int] = []
    confirmed = 0
    ended = False
    while not ended:
        _, heard = stacks.run()
        waiting += [each.serial for each in heard if isinstance(each, RtCheckpoint)]
        ended = any(isinstance(each, RtTransferEnd) for each in heard)
        assert len(waiting) - confirmed <= 2
        if not ended:
            assert len(waiting) - confirmed == 2  # and it is used to the full
            stacks.called.request(RtCheckpointSecured(waiting[confirmed]))
            confirmed += 1
    assert waiting == list(range(1, 6))


class Eager(RtseConnection):
    """A sender that sets one checkpoint more than the window allows, as ISODE does, or many."""

    beyond = 1

    def data_to_send(self) -> bytes:
        going = self.association.outgoing
        if going and self.state is State.SENDING:
            going._window_size = self.association.window_size + self.beyond
        return super().data_to_send()


def test_one_checkpoint_more_than_the_window_is_taken(
    make_stacks: Callable[..., Any], mode: Mode
) -> None:
    stacks = make_stacks(mode=mode)
    stacks.calling = Eager(initiator=True)
    stacks.open(checkpoint_size=1, window_size=2)
    stacks.calling.request(RtTransfer(Octets(APDU)))
    _, heard = stacks.run()
    waiting = [each.serial for each in heard if isinstance(each, RtCheckpoint)]
    assert waiting == [1, 2, 3]
    for serial in waiting:
        stacks.called.request(RtCheckpointSecured(serial))
    octets = b"".join(each.octets for each in heard if isinstance(each, RtTransferData))
    assert octets + stacks.secure(stacks.called) == APDU


def test_more_checkpoints_than_twice_the_window_are_an_abuse(
    make_stacks: Callable[..., Any],
) -> None:
    stacks = make_stacks()
    stacks.calling = Eager(initiator=True)
    stacks.calling.beyond = 9
    stacks.open(checkpoint_size=1, window_size=2)
    stacks.calling.request(RtTransfer(Octets(APDU)))
    _, heard = stacks.run()
    waiting = [each.serial for each in heard if isinstance(each, RtCheckpoint)]
    assert waiting == [1, 2, 3, 4]
    assert isinstance(heard[-1], RtPAbort)
    assert heard[-1].reason == "checkpoint 5: 5 wait for their confirmation, the window is 2"


@pytest.mark.parametrize(("proposed", "answered"), [(0, 7), (0, 0), (1, 7), (7, 0)])
def test_the_checkpoint_size_that_is_answered_is_used(
    make_stacks: Callable[..., Any], mode: Mode, proposed: int, answered: int
) -> None:
    """0 leaves the choice to the peer (X.228 7.1); ISODE answers with its own."""
    stacks = make_stacks(mode=mode)
    stacks.calling.request(
        RtOpen(NOBODY, NOBODY, NULL, DialogueMode.MONOLOGUE, proposed, 3, mode=mode)
    )
    stacks.run()
    stacks.called.proposed = replace(stacks.called.proposed, checkpoint_size=answered)
    stacks.called.request(RtOpenAccept(NULL, answered, 3))
    assert stacks.run()[0] == [RtOpenAccept(NULL, answered, 3)]
    stacks.calling.request(RtTransfer(Octets(bytes(20_000))))
    _, heard = stacks.run()
    checkpoints = [each for each in heard if isinstance(each, RtCheckpoint)]
    assert len(checkpoints) == (2 if answered else 0)  # of 7 KB each, in 20 000 octets


@pytest.mark.parametrize("called_side_begins", [False, True])
def test_the_turn_is_at_first_where_the_caller_put_it(
    make_stacks: Callable[..., Any], mode: Mode, called_side_begins: bool
) -> None:
    stacks = make_stacks(mode=mode)
    stacks.calling.choose_mode(x410=mode is not Mode.NORMAL_1988)
    rtorq = Rtorq(NULL, dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE)
    stacks.calling.lower.request(
        Associate(NOBODY, NOBODY, rtorq, mode, called_side_has_turn=called_side_begins)
    )
    stacks.run()
    stacks.called.request(RtOpenAccept(NULL))
    assert stacks.called.has_turn is called_side_begins
    assert stacks.called.session.owns_all_tokens is called_side_begins


def test_the_turn_goes_there_and_back(stacks: Any) -> None:
    stacks.called.request(RtTurnPlease(priority=3))
    assert stacks.run()[0] == [RtTurnPlease(3)]
    stacks.calling.request(RtTurnGive())
    assert stacks.run()[1] == [RtTurnGive()]
    assert stacks.called.has_turn
    stacks.called.request(RtTransfer(Octets(APDU)))
    assert stacks.secure(stacks.calling) == APDU
    assert stacks.run()[1] == [RtTransferConfirm(accepted=True)]
    stacks.called.request(RtTurnGive())
    assert stacks.run()[0] == [RtTurnGive()]


def test_turn_please_crosses_the_turn(stacks: Any) -> None:
    stacks.calling.request(RtTurnGive())
    stacks.called.request(RtTurnPlease())
    assert stacks.run() == ([], [RtTurnGive()])
    stacks.called.request(RtTurnPlease())  # the user has not heard of the turn yet
    assert stacks.run() == ([], [])
    assert stacks.called.has_turn


def test_monologue_knows_no_turn(make_stacks: Callable[..., Any]) -> None:
    stacks = make_stacks().open(DialogueMode.MONOLOGUE)
    with pytest.raises(ServiceMisuse):
        stacks.called.request(RtTurnPlease())
    with pytest.raises(ServiceMisuse):
        stacks.calling.request(RtTurnGive())


@pytest.mark.parametrize("at_the_end", [False, True])
def test_a_refused_transfer_is_discarded_and_the_next_one_works(
    stacks: Any, at_the_end: bool
) -> None:
    stacks.calling.request(RtTransfer(Octets(b"\x04\x02ok" if at_the_end else APDU)))
    stacks.run()
    stacks.called.request(RtTransferRefuse())
    ((confirm,), heard) = stacks.run()
    assert heard == []
    assert confirm == RtTransferConfirm(
        accepted=False, reason="the peer could not take the message"
    )
    stacks.calling.request(RtTransfer(Octets(b"\x04\x02ok")))
    assert stacks.secure(stacks.called) == b"\x04\x02ok"


def test_the_turn_is_asked_for_between_a_refusal_and_its_discard(stacks: Any) -> None:
    """Mail that waits here does not know that the peer has yet to discard what was refused."""
    stacks.calling.request(RtTransfer(Octets(APDU)))
    stacks.run()
    stacks.called.request(RtTransferRefuse())
    stacks.called.request(RtTurnPlease(3))
    ((confirm, please), heard) = stacks.run()
    assert heard == []
    assert not confirm.accepted
    assert please == RtTurnPlease(3)
    stacks.calling.request(RtTurnGive())
    assert stacks.run() == ([], [RtTurnGive()])


def test_the_turn_is_asked_for_when_the_peer_has_just_released(stacks: Any) -> None:
    stacks.calling.request(RtClose())
    stacks.called.receive_data(stacks.calling.data_to_send())
    stacks.called.request(RtTurnPlease(3))  # which the user does not know yet
    stacks.called.request(RtCloseAccept())
    assert stacks.run()[0] == [RtCloseAccept()]


def test_a_discarded_transfer_is_told_and_late_answers_are_dropped(stacks: Any) -> None:
    stacks.calling.request(RtTransfer(Octets(APDU)))
    stacks.run()
    stacks.calling.request(RtTransferAbandon("its time is over"))
    (confirm,), heard = stacks.run()
    assert confirm == RtTransferConfirm(accepted=False, reason="its time is over")
    assert heard == [RtTransferDiscard()]
    stacks.called.request(RtCheckpointSecured(1))
    stacks.called.request(RtTransferSecured())
    assert stacks.called.state is State.NO_TURN


def test_what_is_complete_cannot_be_discarded(stacks: Any) -> None:
    """Otherwise the message would be here, and come again. The answer is RTAB, reason 7."""
    stacks.calling.request(RtTransfer(Octets(b"\x04\x02ok")))
    stacks.called.receive_data(stacks.calling.data_to_send())
    stacks.called.request(RtTransferSecured())
    stacks.calling.request(RtTransferAbandon("its time is over"))
    (confirm, ended), _ = stacks.run()
    assert confirm == RtTransferConfirm(accepted=True)
    assert ended == RtPAbort("the peer's reliable transfer aborted, reason 7", by_peer=True)


def test_release(stacks: Any) -> None:
    stacks.calling.request(RtClose())
    assert stacks.run()[1] == [RtClose()]
    stacks.called.request(RtCloseAccept())
    assert stacks.run()[0] == [RtCloseAccept()]
    assert stacks.calling.closed
    assert stacks.called.closed


def test_only_the_initiator_releases(stacks: Any) -> None:
    stacks.calling.request(RtTurnGive())
    stacks.run()
    with pytest.raises(ServiceMisuse):
        stacks.called.request(RtClose())


def test_a_release_in_a_transfer_is_a_misuse(stacks: Any) -> None:
    stacks.calling.request(RtTransfer(Octets(APDU)))
    with pytest.raises(ServiceMisuse):
        stacks.calling.request(RtClose())


@pytest.mark.parametrize("user_data", [b"", NULL])
def test_user_abort(make_stacks: Callable[..., Any], user_data: bytes) -> None:
    stacks = make_stacks().open()
    stacks.called.request(RtUAbort(user_data))
    assert stacks.run()[0] == [RtUAbort(user_data)]
    assert stacks.calling.closed


def test_a_transfer_that_is_no_external_is_refused(make_stacks: Callable[..., Any]) -> None:
    stacks = make_stacks().open()
    # GT, AS with activity 1; then GT, DT with an RTTR in context 3 that holds NULL
    octets = bytes.fromhex("0100 0100 610b 3009 020103 a004 04020500")
    stacks.called.receive_data(frame(b"\x02\xf0\x80" + bytes.fromhex("0100 2d05 2903 020101")))
    (heard,) = stacks.called.receive_data(frame(b"\x02\xf0\x80" + octets))
    assert isinstance(heard, RtTransferUnreadable)
    assert "EXTERNAL" in heard.reason
    # PT, then ED with reason 6, irrecoverable procedural error
    assert stacks.called.data_to_send() == frame(
        b"\x02\xf0\x80" + bytes.fromhex("0200 3003 320106")
    )
    # what comes of it is passed over; AD is answered with ADA, and another transfer may begin
    for spdu in ("0100" + octets.hex()[4:], "0100 3900"):
        assert stacks.called.receive_data(frame(b"\x02\xf0\x80" + bytes.fromhex(spdu))) == []
    assert stacks.called.data_to_send() == frame(b"\x02\xf0\x80" + bytes.fromhex("0200 3a00"))
    assert stacks.called.state is State.NO_TURN


def test_there_are_no_checkpoints_beyond_the_last_serial_number(stacks: Any) -> None:
    """X.225 has six digits for it; the end of the activity takes one more."""
    stacks.calling.request(RtTransfer(Octets(APDU)))
    stacks.called.receive_data(stacks.calling.data_to_send())
    for side in (stacks.calling, stacks.called):
        numbers = side.session.variables
        numbers.next_serial_number = numbers.lowest_unconfirmed = MAX_SERIAL_NUMBER - 1
    stacks.called.association.incoming.checkpoint_confirmed(MAX_SERIAL_NUMBER - 2)
    _, heard = stacks.run()
    checkpoints = [each.serial for each in heard if isinstance(each, RtCheckpoint)]
    assert checkpoints == [MAX_SERIAL_NUMBER - 1]
    assert heard[-1] == RtTransferEnd()


@pytest.mark.parametrize("progress", ["connect", "bound", "transfer", "turn asked", "released"])
def test_a_lost_connection_is_told_once(make_stacks: Callable[..., Any], progress: str) -> None:
    stacks = make_stacks()
    if progress == "connect":
        stacks.calling.request(RtOpen(NOBODY, NOBODY, NULL))
        stacks.run()
    else:
        stacks.open()
    if progress == "transfer":
        stacks.calling.request(RtTransfer(Octets(APDU)))
        stacks.run()
    if progress == "turn asked":
        stacks.called.request(RtTurnPlease())
        stacks.run()
    if progress == "released":
        stacks.calling.request(RtClose())
        stacks.run()
    for side in (stacks.calling, stacks.called):
        (heard,) = side.receive_eof()
        assert isinstance(heard, RtPAbort)
        assert heard.by_peer
        assert side.receive_eof() == []
        side.request(RtClose())  # dropped: the user has yet to hear of the end


@given(st.lists(st.binary(max_size=60), max_size=3), st.booleans())
def test_whatever_comes_never_raises(tsdus: list[bytes], bound: bool) -> None:
    called = RtseConnection(initiator=False)
    if bound:
        calling = RtseConnection(initiator=True)
        calling.request(RtOpen(NOBODY, NOBODY, NULL, DialogueMode.TWO_WAY_ALTERNATE, 1, 3))
        for _ in range(3):
            if any(called.receive_data(calling.data_to_send())):
                called.request(RtOpenAccept(NULL, 1, 3))
            calling.receive_data(called.data_to_send())
    for tsdu in tsdus:
        called.receive_data(frame(b"\x02\xf0\x80" + tsdu))
        called.data_to_send()
    called.receive_eof()
    assert called.closed


def test_events_arrive_in_order(stacks: Any) -> None:
    stacks.calling.request(RtTransfer(Octets(b"\x04\x01a")))
    _, heard = stacks.run()
    assert heard == [RtTransferStart(), RtTransferData(b"\x04\x01a"), RtTransferEnd()]


# Without checkpoints an APDU is one RTTR, in one SSDU (X.228 7.3.3)

LONG = b"\x04\x83\x30\x00\x00" + bytes(3 << 20)


@pytest.fixture
def without_checkpoints(make_stacks: Callable[..., Any], mode: Mode) -> Any:
    return make_stacks(mode=mode).open(checkpoint_size=0)


def data_of(stacks: Any) -> list[bytes]:
    """The user data of the DT SPDUs from the calling side, each whole."""
    tsdus, reader, tsdu = [], TpktReader(), b""
    for from_calling, octets in stacks.wire:
        for tpdu in reader.feed(octets) if from_calling else ():
            if tpdu[1] == 0xF0:
                tsdu += tpdu[3:]
                if tpdu[2]:
                    tsdus.append(tsdu)
                    tsdu = b""
    units = [unit for tsdu in tsdus for unit in decode_tsdu(tsdu)]
    return [unit.user_data for unit in units if unit.spdu is Spdu.DT]


@pytest.mark.parametrize("apdu", [APDU, LONG], ids=["short", "long"])
def test_without_checkpoints_an_apdu_is_one_ssdu(
    without_checkpoints: Any, mode: Mode, apdu: bytes
) -> None:
    stacks = without_checkpoints
    stacks.calling.request(RtTransfer(Octets(apdu)))
    assert stacks.secure(stacks.called) == apdu
    (data,) = data_of(stacks)
    if mode is Mode.NORMAL_1988:
        presentation = compile_modules("mta_emu.osi.asn1", "presentation")
        _, (pdv,) = presentation.decode("User-data", data)
        _, value = pdv["presentation-data-values"]
        kind, rttr = compile_modules("mta_emu.osi.asn1", "rtse").decode("RTSE-apdus", bytes(value))
        assert kind == "rttr-apdu"
        data = ExternalReader().feed(bytes(rttr))
    assert data == apdu


def test_no_more_of_an_apdu_is_asked_for_than_is_sent(without_checkpoints: Any) -> None:
    asked = []

    class Source(Octets):
        def read(self, offset: int, size: int) -> bytes:
            asked.append(size)
            return super().read(offset, size)

    without_checkpoints.calling.request(RtTransfer(Source(LONG)))
    while without_checkpoints.calling.data_to_send():
        assert max(asked) <= 256 * 1024


def test_a_checkpoint_size_may_be_of_any_length(
    make_stacks: Callable[..., Any], mode: Mode
) -> None:
    stacks = make_stacks(mode=mode).open(checkpoint_size=1500)
    stacks.calling.request(RtTransfer(Octets(LONG)))
    assert stacks.secure(stacks.called) == LONG
    assert [len(each) // (1500 * 1024) for each in data_of(stacks)] == [1, 1, 0]


def test_an_exception_in_the_middle_of_an_rttr(without_checkpoints: Any) -> None:
    stacks = without_checkpoints
    stacks.calling.request(RtTransfer(Octets(LONG)))
    for _ in range(8):
        stacks.called.receive_data(stacks.calling.data_to_send())
    stacks.called.request(RtTransferRefuse())
    (confirm,), heard = stacks.run()
    assert confirm == RtTransferConfirm(
        accepted=False, reason="the peer could not take the message"
    )
    assert heard == []
    stacks.calling.request(RtTransfer(Octets(APDU)))
    assert stacks.secure(stacks.called) == APDU


@pytest.mark.parametrize("so_far", [1, 8])
def test_a_transfer_abandoned_in_the_middle_of_an_rttr(
    without_checkpoints: Any, so_far: int, mode: Mode
) -> None:
    stacks = without_checkpoints
    stacks.calling.request(RtTransfer(Octets(LONG)))
    for _ in range(so_far):
        stacks.called.receive_data(stacks.calling.data_to_send())
    stacks.calling.request(RtTransferAbandon("its time is over"))
    confirm, heard = stacks.run()
    if mode is Mode.NORMAL_1988:  # half a PPDU is none
        assert isinstance(heard[-1], RtPAbort)
        assert isinstance(confirm[-1], RtPAbort)
    else:
        assert confirm == [RtTransferConfirm(accepted=False, reason="its time is over")]
        assert heard[-1] == RtTransferDiscard()
