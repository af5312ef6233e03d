"""What outlives a connection: how far each transfer has come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.rtse.association import ActivityName, Incoming, Outgoing, RtAssociation
from mta_emu.osi.rtse.primitives import DialogueMode, Octets
from mta_emu.osi.rtse.x410_mode import Unwrapped
from mta_emu.osi.session.primitives import Part
from tests.mta_emu.osi.rtse.conftest import IDENTIFIER


@given(st.integers(0, 60), st.integers(0, 20), st.integers(1, 3))
def test_rttrs_in_pieces(length: int, checkpoint_size: int, piece: int) -> None:
    """Each RTTR begins and ends once, is as long as it says, and all of them are the APDU."""
    apdu = bytes(range(length))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mta_emu.osi.rtse.association._PIECE", piece)
        outgoing = Outgoing(Octets(apdu), checkpoint_size, 3)
        pieces = []
        while True:
            last, ends = outgoing.next_ends_apdu, outgoing.next_ends_rttr
            pieces.append(outgoing.next_piece())
            assert ends is (Part.END in pieces[-1].part)
            if last:
                break
    assert b"".join(each.octets for each in pieces) == apdu
    rttrs: list[tuple[int, bytes]] = []
    for each in pieces:
        assert (Part.BEGINNING in each.part) is (not rttrs or len(rttrs[-1][1]) == rttrs[-1][0])
        if Part.BEGINNING in each.part:
            rttrs.append((each.length, b""))
        rttrs[-1] = (each.length, rttrs[-1][1] + each.octets)
    assert all(length == len(octets) for length, octets in rttrs)
    assert all(length == checkpoint_size for length, _ in rttrs[:-1])


def test_only_what_is_confirmed_is_not_sent_again() -> None:
    outgoing = Outgoing(Octets(bytes(50)), 10, 2)
    for serial in (1, 2):
        assert outgoing.window_open
        outgoing.next_piece()
        outgoing.checkpoint_set(serial)
    assert not outgoing.window_open
    outgoing.names = [ActivityName(IDENTIFIER, b"1"), ActivityName(IDENTIFIER, b"2")]
    outgoing.checkpoint_confirmed(1)
    assert outgoing.window_open
    assert outgoing.names == [ActivityName(IDENTIFIER, b"2")]  # the peer knows it by this one
    outgoing.back_to_confirmed()
    assert outgoing.offset == 10
    outgoing.back_to_start()
    assert (outgoing.offset, outgoing.confirmed, outgoing.names) == (0, (0, 0), [])


def test_a_checkpoint_that_may_be_resumed_is_kept() -> None:
    incoming = Incoming(Unwrapped(), ActivityName(IDENTIFIER, b"1"), 2)
    for serial in range(1, 9):
        incoming.feed(b"12345")
        incoming.checkpoint(serial)
        incoming.checkpoint_confirmed(serial)
    # twice the window before the last one, which is as many as may have been on their way
    assert [serial for serial in range(10) if incoming.can_resume(serial)] == [4, 5, 6, 7, 8]
    incoming.resume(6, ActivityName(IDENTIFIER, b"2"))
    assert incoming.unconfirmed == 0
    assert incoming.feed(b"12345" * 2) == b""
    assert incoming.feed(b"new") == b"new"
    assert incoming.kept == 43


@given(st.integers(1, 70_000))
def test_activities_are_numbered(number: int) -> None:
    association = RtAssociation(activities=number - 1, identifier=IDENTIFIER)
    name = association.next_activity()
    assert name.connection == IDENTIFIER
    assert name.identifier[:1] == b"\x02"  # the BER of an INTEGER (X.228 7.3.1)
    assert int.from_bytes(name.identifier[2:], "big", signed=True) == number


def test_what_is_in_hand() -> None:
    association = RtAssociation(dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE)
    assert association.is_two_way
    assert not association.in_hand
    assert association.progress == (0, 0)
    association.outgoing = Outgoing(Octets(b"1234"), 1, 3)
    association.incoming = Incoming(Unwrapped(), ActivityName(IDENTIFIER, b"1"), 3)
    association.incoming.feed(b"123")
    assert association.in_hand
    assert association.progress == (0, 3)
    association.outgoing, association.incoming.complete = None, True
    assert not association.in_hand


def test_a_peer_that_resumes_for_ever_does_not_make_more_and_more_be_kept() -> None:
    names = [ActivityName(IDENTIFIER, bytes((2, 2, 1, number))) for number in range(100)]
    incoming = Incoming(Unwrapped(), names[0], 3)
    for name in names[1:]:
        incoming.resume(0, name)
    assert list(incoming.names) == names[-16:]
