"""The state table of reliable transfer: what it must have, and any events in any order."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError, ServiceMisuse
from mta_emu.osi.rtse.apdus import Rtab, Rtoac, Rtorq
from mta_emu.osi.rtse.association import ActivityName, Outgoing, RtAssociation
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.lower import (
    Abort,
    Associate,
    AssociateAccept,
    AssociateReject,
    Data,
    Please,
    ProviderAbort,
    Release,
    ReleaseAccept,
)
from mta_emu.osi.rtse.machine import ASSOCIATED, Invalid, State, Unreadable, Writable
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
    RtPrimitive,
    RtRecover,
    RtRecoverAccept,
    RtTransfer,
    RtTransferAbandon,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferSecured,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.rtse.table import EVENTS, TABLE
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    MAX_SERIAL_NUMBER,
    ExceptionReason,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SControlGive,
    SPExceptionReport,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.tpkt import TpktReader, frame
from tests.mta_emu.osi.conftest import Stacks
from tests.mta_emu.osi.rtse.conftest import APDU, IDENTIFIER, LATER, Recorder

NOBODY = Selectors()
NULL = b"\x05\x00"
LIVING = set(State) - {State.IDLE, State.ENDED}


def test_every_state_is_entered_and_left() -> None:
    entered = {State.IDLE} | {cell.next_state for ways in TABLE.values() for cell in ways}
    assert entered == set(State)
    for state in LIVING:
        assert (state, ProviderAbort) in TABLE, "the connection may be lost in every state"
        assert (state, Invalid) in TABLE, "the peer may be wrong in every state"
        assert (state, RtUAbort) in TABLE, "the user may give up in every state"
    assert {state for state, _ in TABLE} == set(State)


def test_what_is_over_stays_over() -> None:
    for (state, _), ways in TABLE.items():
        if state is State.ENDED:
            assert {cell.next_state for cell in ways} == {State.ENDED}


def test_every_event_has_a_name_of_its_own() -> None:
    assert len(set(EVENTS.values())) == len(EVENTS)
    assert {event for _, event in TABLE} == EVENTS.keys()


def test_a_lost_connection_is_recoverable_where_there_is_an_association() -> None:
    for state in LIVING:
        side = RtseConnection(initiator=True)
        side.state = state
        (ended,) = side._receive(ProviderAbort("gone", by_peer=True, connection_lost=True))
        assert ended.recoverable is (state in ASSOCIATED or state is State.RECOVERING)  # type: ignore[attr-defined]
        assert side.state is State.ENDED


def test_octets_are_asked_for_in_a_transfer_only() -> None:
    assert [state for state, event in TABLE if event is Writable] == [State.SENDING]


# Any events in any order


def open_request(mode: Mode) -> RtOpen:
    return RtOpen(NOBODY, NOBODY, NULL, DialogueMode.TWO_WAY_ALTERNATE, 1, 3, IDENTIFIER, mode=mode)


def requests(mode: Mode) -> list[RtPrimitive]:
    return [
        open_request(mode),
        RtOpenAccept(NULL, 1, 3),
        RtOpenReject(NULL),
        RtRecover(NOBODY, NOBODY, IDENTIFIER, LATER, mode),
        RtRecoverAccept(),
        RtTransfer(Octets(APDU)),
        RtTransferAbandon("its time is over"),
        *(RtCheckpointSecured(serial) for serial in range(1, 4)),
        RtTransferSecured(),
        *(RtTransferRefuse(reason) for reason in ExceptionReason),
        RtTurnPlease(1),
        RtTurnGive(),
        RtClose(),
        RtCloseAccept(),
        RtUAbort(),
    ]


def opened_stacks(mode: Mode) -> Stacks:
    stacks = Stacks(mode=mode)
    stacks.calling.request(open_request(mode))
    stacks.run()
    stacks.called.request(RtOpenAccept(NULL, 1, 3))
    stacks.run()
    return stacks


@cache
def recorded(mode: Mode, from_calling: bool) -> tuple[bytes, ...]:
    """The TPDUs of one side, of an association in which everything happens."""
    wire: list[bytes] = []
    stacks = opened_stacks(mode)
    for first, second in ((stacks.calling, stacks.called), (stacks.called, stacks.calling)):
        first.request(RtTransfer(Octets(APDU)))
        stacks.run()
        second.request(
            RtTransferRefuse(ExceptionReason.NON_SPECIFIC)
        )  # it is discarded and begun again
        stacks.secure(second)
        stacks.run()
        first.request(RtTransfer(Octets(b"\x04\x01x")))
        stacks.secure(second)
        stacks.run()
        second.request(RtTurnPlease())
        stacks.run()
        first.request(RtTurnGive())
        stacks.run()
    stacks.calling.request(RtTransfer(Octets(APDU)))
    stacks.run()
    stacks.called.request(RtCheckpointSecured(1))
    stacks.run()
    wire += [octets for sender, octets in stacks.wire if sender is from_calling]
    lost = stacks.calling.association, stacks.called.association
    again = Stacks(mode=mode)
    again.calling.adopt(lost[0])
    again.calling.request(RtRecover(NOBODY, NOBODY, IDENTIFIER, LATER, mode))
    again.run()
    again.called.adopt(lost[1])
    again.called.request(RtRecoverAccept())
    again.secure(again.called)
    again.run()
    again.calling.request(RtClose())
    again.run()
    again.called.request(RtCloseAccept())
    again.run()
    wire += [octets for sender, octets in again.wire if sender is from_calling]
    reader = TpktReader()
    return tuple(tpdu for octets in wire for tpdu in reader.feed(octets))


@st.composite
def scripts(draw: Callable[..., Any]) -> tuple[Mode, bool, list[RtPrimitive | bytes]]:
    """A mode, which side is under test, and what its user and its peer do, in any order."""
    mode, initiator = draw(st.sampled_from(Mode)), draw(st.booleans())
    of_the_peer = st.sampled_from(recorded(mode, not initiator))
    events = st.one_of(st.sampled_from(requests(mode)), of_the_peer, of_the_peer)
    return mode, initiator, draw(st.lists(events, max_size=40))


@given(scripts(), st.booleans())
def test_any_events_in_any_order(
    script: tuple[Mode, bool, list[RtPrimitive | bytes]], opened: bool
) -> None:
    """A user that misuses the service is told so, a peer that breaks the protocol is aborted, and
    wherever that leads the loss of the connection ends it."""
    mode, initiator, events = script
    side = RtseConnection(initiator)
    if opened:
        stacks = opened_stacks(mode)
        side = stacks.calling if initiator else stacks.called
    for event in events:
        if isinstance(event, bytes):
            for heard in side.receive_data(frame(event)):
                answer(side, heard)
        else:
            with suppress(ServiceMisuse):
                side.request(event)
        while side.data_to_send():
            pass
        if side.state in ASSOCIATED:
            assert side.association.has_turn is side.session.owns_all_tokens
    side.receive_eof()
    assert side.closed
    assert side.state is State.ENDED
    assert side.receive_eof() == []


def answer(side: RtseConnection, heard: RtPrimitive) -> None:
    """Now and then what a good user would do, so that the machine gets far."""
    match heard:
        case RtOpen():
            side.request(RtOpenAccept(NULL, 1, 3))
        case RtRecover():
            side.request(RtRecoverAccept())
        case RtCheckpoint(serial) if serial % 2:
            side.request(RtCheckpointSecured(serial))
        case RtTransferEnd():
            side.request(RtTransferSecured())


@pytest.mark.parametrize("mode", Mode)
def test_the_recorded_association_has_everything(mode: Mode) -> None:
    """Played whole to a side that answers, it leads through the states of a receiver."""
    side, seen = RtseConnection(initiator=False), set()
    for tpdu in recorded(mode, from_calling=True):
        for heard in side.receive_data(frame(tpdu)):
            answer(side, heard)
            seen.add(side.state)
        side.data_to_send()
    assert {State.NO_TURN, State.RECEIVING} <= seen


# The table alone: above layers that take whatever is requested


class Anything(Recorder):
    """Stands for the session's tokens and serial numbers too."""

    def __init__(self, chance: Random) -> None:
        super().__init__()
        self.chance = chance
        self.owns_all_tokens = chance.random() < 0.8

    @property
    def next_serial_number(self) -> int:
        return self.chance.choice((1, 2, MAX_SERIAL_NUMBER))


def events_below(side: RtseConnection, chance: Random) -> list[Any]:
    """What may come from the peer and from inside."""
    coming, going = side.association.incoming, side.association.outgoing
    if going and chance.random() < 0.2:
        going.checkpoint_confirmed(99)
    activity = next(iter(coming.names)) if coming and chance.random() < 0.9 else None
    old = activity.identifier if activity else b"\x02\x01\x63"
    connection = activity.connection if activity else IDENTIFIER
    rtorqs = [Rtorq(NULL), Rtorq(NULL, dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE)]
    rtorqs.append(Rtorq(recover=IDENTIFIER))
    turn = chance.random() < 0.5
    return [
        Associate(NOBODY, NOBODY, chance.choice(rtorqs), Mode.NORMAL_1988, IDENTIFIER, turn),
        AssociateAccept(Rtoac(NULL, IDENTIFIER if side.recovering else None)),
        AssociateReject(None),
        Data(b"octets"),
        Please(1),
        Release(),
        ReleaseAccept(),
        Abort(chance.choice((None, Rtab(), Rtab(7), Rtab(4)))),
        ProviderAbort("gone", by_peer=True, connection_lost=True),
        Invalid("wrong"),
        Unreadable("no APDU"),
        Writable(),
        SActivityStart(b"\x02\x01\x01"),
        SActivityResume(b"\x02\x01\x07", old, chance.choice((0, 1, 9)), connection),
        SActivityInterrupt(),
        SActivityInterruptAck(),
        SActivityDiscard(),
        SActivityDiscardAck(),
        SActivityEnd(),
        SActivityEndAck(),
        SSyncMinor(1),
        SSyncMinorAck(1),
        SUExceptionReport(chance.choice(list(ExceptionReason))),
        SPExceptionReport(),
        SControlGive(),
        STokenGive(Token.DATA),
    ]


def step(side: RtseConnection, chance: Random) -> tuple[State, type, int] | None:
    """An event that the state has a cell for; which way that goes, None when it has no way."""
    candidates = requests(Mode.NORMAL_1988) + events_below(side, chance)
    possible = [event for event in candidates if (side.state, type(event)) in TABLE]
    ending = (RtUAbort, Abort, ProviderAbort, Invalid)
    if chance.random() < 0.8:  # now and then only, or nothing would get far
        possible = [event for event in possible if not isinstance(event, ending)] or possible
    going = [event for event in possible if isinstance(event, (Writable, RtTransfer, SActivityEnd))]
    event = chance.choice(going if going and chance.random() < 0.3 else possible)
    before, cell = side.state, side._cell(event)
    if cell is None:
        return None
    way = before, type(event), TABLE[before, type(event)].index(cell)
    with suppress(ProtocolError):
        side._carry_out(cell, event)
        assert side.state is cell.next_state
    return way


def test_every_way_of_every_cell_is_taken_and_nothing_raises() -> None:
    """Walks through the table from a fixed seed, so long that all of it has been seen."""
    chance = Random(228)
    taken = set()
    for _ in range(6000):
        side = RtseConnection(initiator=chance.random() < 0.5)
        below = Anything(chance)
        side.lower = side.session = below  # type: ignore[assignment]
        side.choose_mode = lambda x410: None  # type: ignore[method-assign]
        if chance.random() < 0.3:
            side.adopt(replace(ADOPTED, has_turn=chance.random() < 0.5))
            side.association.outgoing = going_on(chance)
        for _ in range(30):
            taken.add(step(side, chance))
            if side.state is State.ENDED and chance.random() < 0.5:
                break
    ways = {(*at, way) for at, cells in TABLE.items() for way in range(len(cells))}
    assert not ways - taken, sorted((s.name, EVENTS[e], w) for s, e, w in ways - taken)


ADOPTED = RtAssociation(
    dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE,
    checkpoint_size=1,
    window_size=3,
    identifier=IDENTIFIER,
)


def going_on(chance: Random) -> Outgoing | None:
    """A transfer in hand, with a checkpoint confirmed or without; or none."""
    if chance.random() < 0.3:
        return None
    outgoing = Outgoing(Octets(APDU), 1024, 3)
    outgoing.names.append(ActivityName(IDENTIFIER, b"\x02\x01\x01"))
    if chance.random() < 0.5:
        outgoing.next_piece()
        outgoing.checkpoint_set(1)
        outgoing.checkpoint_confirmed(1)
    return outgoing
