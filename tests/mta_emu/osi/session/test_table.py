"""The state table of X.225 Annex A: every way of every cell, and everything that is not in it.

Tests are made from the table: for each way of a cell the variables are searched in which the
standard's predicate holds, and for each cell those in which none does.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.predicate import always
from mta_emu.osi.session import actions
from mta_emu.osi.session.actions import sends
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.events import EVENTS, INVALID
from mta_emu.osi.session.machine import State
from mta_emu.osi.session.mapping import to_primitive
from mta_emu.osi.session.primitives import (
    FunctionalUnit,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SControlGive,
    SData,
    SessionPrimitive,
    SPAbort,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    STypedData,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.session.table import TABLE, Cell
from mta_emu.osi.session.variables import Variables
from mta_emu.osi.transport.primitives import TDisconnect
from tests.mta_emu.osi.session.conftest import all_variables

_FU = FunctionalUnit

#: Requests and responses for each event of the user.
REQUESTS: dict[str, list[SessionPrimitive]] = {
    EVENTS[type(primitives[0])]: primitives
    for primitives in (
        [SConnect()],
        [SConnectAccept()],
        [SConnectRefuse()],
        [SData(b"x")],
        [STypedData(b"x")],
        [STokenPlease(Token.DATA)],
        [STokenGive(Token.DATA), STokenGive(Token.MAJOR_ACTIVITY)],
        [SControlGive()],
        [SSyncMinor()],
        [SSyncMinorAck(1), SSyncMinorAck(2)],
        [SUExceptionReport(0)],
        [SActivityStart(b"\x02\x01\x01")],
        [SActivityResume(b"\x02\x01\x02", b"\x02\x01\x01", serial_number=1)],
        [SActivityInterrupt()],
        [SActivityInterruptAck()],
        [SActivityDiscard()],
        [SActivityDiscardAck()],
        [SActivityEnd()],
        [SActivityEndAck()],
        [SRelease()],
        [SReleaseAccept()],
        [SUAbort()],
    )
}
_CONNECT = {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}
#: SPDUs for each event of the peer. Points 1 and 2 were set, 3 is the next.
UNITS: dict[str, list[Unit]] = {
    units[0].spdu.name: units
    for units in (
        [  # in the order of the cell: refused, overflowing, accepted
            Unit(Spdu.CN, {**_CONNECT, Pi.VERSION_NUMBER: b"\x04"}),
            Unit(Spdu.CN, {**_CONNECT, Pi.DATA_OVERFLOW: b"\x01"}),
            Unit(Spdu.CN, _CONNECT),
        ],
        [Unit(Spdu.AC, _CONNECT)],
        [Unit(Spdu.OA, {Pi.VERSION_NUMBER: b"\x02"})],
        [Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x00"}, b"x"), Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x02"})],
        [Unit(Spdu.RF, {Pi.REASON: b"\x02"})],
        [Unit(Spdu.FN)],
        [Unit(Spdu.DN)],
        [Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"})],
        [Unit(Spdu.AA)],
        [Unit(Spdu.GT, {Pi.TOKEN_ITEM: b"\x01"}), Unit(Spdu.GT, {Pi.TOKEN_ITEM: b"\x10"})],
        [Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x01"})],
        [Unit(Spdu.GTC)],
        [Unit(Spdu.GTA)],
        [Unit(Spdu.DT, {}, b"x")],
        [Unit(Spdu.TD, {}, b"x")],
        [Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"3"}), Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"2"})],
        [Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}), Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"2"})],
        [Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"})],
        [
            Unit(
                Spdu.AR,
                {
                    Pi.OLD_ACTIVITY_IDENTIFIER: b"\x02\x01\x01",
                    Pi.SERIAL_NUMBER: b"1",
                    Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x02",
                },
            )
        ],
        [Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"3"}), Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"4"})],
        [Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"2"}), Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"3"})],
        [Unit(Spdu.AI, {Pi.REASON: b"\x00"})],
        [Unit(Spdu.AIA)],
        [Unit(Spdu.AD, {Pi.REASON: b"\x00"})],
        [Unit(Spdu.ADA)],
        [Unit(Spdu.ED, {Pi.REASON: b"\x00"})],
        [Unit(Spdu.ER, {Pi.REFLECT: b"\x01"})],
        # of functional units that are never in use, or for transport expedited data
        [Unit(Spdu.EX, {}, b"x")],
        [Unit(Spdu.PR, {Pi.PREPARE_TYPE: b"\x02"})],
        [Unit(Spdu.NF)],
        [Unit(Spdu.RS, {Pi.RESYNC_TYPE: b"\x01", Pi.SERIAL_NUMBER: b"1"})],
        [Unit(Spdu.RA, {Pi.SERIAL_NUMBER: b"1"})],
        [Unit(Spdu.CD, {}, b"x")],
        [Unit(Spdu.CDA)],
    )
}
EVENTS_WITH_TESTS = REQUESTS.keys() | UNITS.keys()
#: Their predicates look at what the SPDU says; one of the units is for each way.
BY_WAY = {"CN", "CDO"}

SPACE = all_variables()
#: Only the side that made the transport connection gets here.
MADE_TRANSPORT = {State.STA01, State.STA01B, State.STA02A, State.STA02B}


def objects(event: str) -> list[Any]:
    """What the predicates see of an event, for each of its requests or SPDUs."""
    if event in REQUESTS:
        return [
            replace(what, serial_number=3)  # type: ignore[call-arg]
            if isinstance(what, (SSyncMinor, SActivityEnd))
            else what
            for what in REQUESTS[event]
        ]
    if event in {"CN", "CDO", "AC", "OA", "RF"}:
        return [None]
    return [to_primitive(unit) for unit in UNITS[event]]


def chosen(cells: tuple[Cell, ...], variables: Variables, what: Any) -> int | None:
    """Which way a cell goes."""
    ways = (index for index, cell in enumerate(cells) if cell.predicate(variables, what))
    return next(ways, None)


def search(state: State, event: str, way: int | None) -> tuple[Variables, int] | None:
    """Variables, and which of the event's objects, with which the cell goes that way."""
    cells = TABLE[state, event]
    if event in BY_WAY:
        return (SPACE[0], way) if way is not None else None
    for variables in SPACE:
        for index, what in enumerate(objects(event)):
            if chosen(cells, variables, what) == way:
                return variables, index
    return None


def in_state(
    state: State, variables: Variables, make_peer: Callable[..., Any]
) -> tuple[SessionConnection, Any]:
    """A session in `state` with these variables, and its peer."""
    if state in MADE_TRANSPORT:
        variables = replace(variables, made_transport=True)
    session = SessionConnection(initiator=variables.made_transport)
    if state is State.STA01:
        return session, None
    if variables.made_transport:
        session.request(SConnect())
    peer = make_peer(session)
    peer.said()
    if state is State.STA08:
        peer.send(UNITS["CN"][-1])
    if state is State.STA01D:
        peer.send(UNITS["CN"][1])
        peer.said()
    session.state = state
    session.variables = replace(variables)
    return session, peer


WAYS = [
    pytest.param(state, event, way, id=f"{state.name}-{event}-{way}")
    for (state, event), cells in TABLE.items()
    if event in EVENTS_WITH_TESTS
    for way in range(len(cells))
]


#: Actions that send, indicate or end the connection, and what the standard calls that.
SPDUS = {sends(spdu): spdu.name for spdu in Spdu} | {
    actions.send_connect: "CN",
    actions.send_overflow_accept: "OA",
    actions.send_overflow: "CDO",
    actions.send_accept: "AC",
    actions.send_refuse: "RF",
    actions.send_provider_refuse: "RF",
    actions.send_tokens_ack: "GTA",
    actions.send_provider_abort: "AB",
}
HEARD = {
    actions.indicate,
    actions.indicate_connect,
    actions.indicate_overflowed_connect,
    actions.confirm_connect,
    actions.indicate_provider_refuse,
    actions.indicate_no_connect,
    actions.indicate_invalid,
    actions.indicate_lost,
    actions.refuse_for_transport,
}
#: Actions that only set variables.
SPECIFIC = {value for name, value in vars(actions).items() if re.fullmatch(r"a\d+\w*", name)}
FROM_TRANSPORT = {"TCONind", "TCONcnf", "TDISind"}


def test_every_event_has_a_row_and_every_state_a_way_out() -> None:
    assert {event for _, event in TABLE} <= EVENTS_WITH_TESTS | FROM_TRANSPORT | {INVALID}
    assert REQUESTS.keys() == set(EVENTS.values())
    assert UNITS.keys() == set(Spdu.__members__)
    for state in State:
        assert any(
            cell.next_state is not state
            for (at, _), cells in TABLE.items()
            if at is state
            for cell in cells
        ), state
        assert (state, "TDISind") in TABLE, "the connection may be lost in every state"
        assert (state, INVALID) in TABLE, "the peer may be wrong in every state"


def test_every_state_is_entered() -> None:
    entered = {State.STA01} | {cell.next_state for cells in TABLE.values() for cell in cells}
    assert entered == set(State)


@pytest.mark.parametrize(("state", "event", "way"), WAYS)
def test_every_way_of_every_cell(
    state: State, event: str, way: int, make_peer: Callable[..., Any]
) -> None:
    found = search(state, event, way)
    assert found, "no variables make the predicate hold: the way is dead"
    variables, index = found
    cell = TABLE[state, event][way]
    session, peer = in_state(state, variables, make_peer)
    before = replace(session.variables)
    if event in REQUESTS:
        session.request(REQUESTS[event][index])
        heard = peer.exchange() if peer else []
    else:
        heard = peer.send(UNITS[event][index])
    assert session.state is cell.next_state
    if not {actions.send_accept, actions.confirm_connect} & set(cell.actions):
        seen = objects(event)[index if len(objects(event)) > index else 0]
        assert session.variables == after(cell, before, seen)
    else:
        assert session.variables.functional_units  # they begin anew
    assert len(heard) == len(HEARD & set(cell.actions))
    if cell.next_state is not State.STA01B:
        assert session.closed is (actions.disconnect_transport in cell.actions)
        said = [unit.spdu.name for unit in peer.said()]
        assert said == [SPDUS[action] for action in cell.actions if action in SPDUS]


def after(cell: Cell, variables: Variables, what: Any) -> Variables:
    """The variables as a cell's specific actions leave them."""
    apart = SessionConnection(initiator=True)
    apart.variables = replace(variables)
    for action in cell.actions:
        if action in SPECIFIC - {actions.a50}:
            action(apart, what)
        elif action is actions.disconnect_transport:
            apart.variables.transport_disconnected = True
    return apart.variables


def test_every_action_of_the_table_is_of_one_kind() -> None:
    used = {action for cells in TABLE.values() for cell in cells for action in cell.actions}
    transport = {
        actions.connect_transport,
        actions.disconnect_transport,
        actions.note_selectors,
    }
    assert used - transport <= SPDUS.keys() | HEARD | SPECIFIC
    assert used >= SPECIFIC


@pytest.mark.parametrize(("way", "user_data"), [(0, b""), (1, bytes(10_241))])
def test_every_way_of_the_cell_that_the_transport_enters(
    way: int, user_data: bytes, make_peer: Callable[..., Any]
) -> None:
    """T-CONNECT confirm, without and with a connect that overflows (p204)."""
    assert len(TABLE[State.STA01B, "TCONcnf"]) == 2
    session = SessionConnection(initiator=True)
    session.request(SConnect(user_data=user_data))
    assert session.state is State.STA01B
    peer = make_peer(session)
    assert session.state is TABLE[State.STA01B, "TCONcnf"][way].next_state
    assert [unit.spdu.name for unit in peer.said()] == ["CN"]


CELLS = [
    pytest.param(state, event, id=f"{state.name}-{event}")
    for state, event in TABLE
    if event in EVENTS_WITH_TESTS
]


@pytest.mark.parametrize(("state", "event"), CELLS)
def test_where_no_predicate_holds_it_is_misuse_or_an_abort(
    state: State, event: str, make_peer: Callable[..., Any]
) -> None:
    found = search(state, event, None)
    if found is None:
        assert any(cell.predicate is always for cell in TABLE[state, event]) or event in BY_WAY
        return
    variables, index = found
    refuses(*in_state(state, variables, make_peer), event, index)


OUTSIDE = [
    pytest.param(state, event, id=f"{state.name}-{event}")
    for state, event in product(State, sorted(EVENTS_WITH_TESTS))
    if (state, event) not in TABLE
    and state is not State.STA16
    and not (event in UNITS and state in {State.STA01, State.STA01B})
]


@pytest.mark.parametrize(("state", "event"), OUTSIDE)
def test_what_the_table_lacks_is_misuse_or_an_abort(
    state: State, event: str, make_peer: Callable[..., Any]
) -> None:
    refuses(*in_state(state, SPACE[0], make_peer), event, 0)


def refuses(session: SessionConnection, peer: Any, event: str, index: int) -> None:
    """The event is not carried out: the user has misused the service, or the peer is aborted."""
    state, before = session.state, replace(session.variables)
    if event in REQUESTS:
        with pytest.raises(ServiceMisuse, match=state.value):
            session.request(REQUESTS[event][index])
        assert session.state is state
    else:
        (heard,) = peer.send(UNITS[event][index])
        assert isinstance(heard, SPAbort)
        assert not heard.by_peer
        assert event in heard.reason
        # AB: transport connection not kept, protocol error (X.225 8.3.9), what was wrong
        abort = peer.said()[-1]
        assert (abort.spdu, abort.get(Pi.TRANSPORT_DISCONNECT)) == (Spdu.AB, b"\x05")
        assert UNITS[event][index].spdu.si in abort.get(Pi.REFLECT)
        assert session.state is State.STA16
    assert session.variables == before


@pytest.mark.parametrize("event", sorted(EVENTS_WITH_TESTS))
def test_what_comes_near_the_end_is_ignored(event: str, make_peer: Callable[..., Any]) -> None:
    """But for what brings the end about: the peer's ABORT, ABORT ACCEPT or a new CONNECT."""
    session, peer = in_state(State.STA16, SPACE[0], make_peer)
    if event in REQUESTS:
        session.request(REQUESTS[event][0])
        assert peer.exchange() == []
    else:
        assert peer.send(UNITS[event][0]) == []
    assert peer.said() == []
    assert session.closed is (event in {"CN", "AA", "AB"})


@pytest.mark.parametrize("state", State)
def test_the_connection_may_be_lost_in_every_state(
    state: State, make_peer: Callable[..., Any]
) -> None:
    """The user hears of it once, unless this side ended the connection or waits for that."""
    session, _ = in_state(state, SPACE[0], make_peer)
    heard = session.receive_eof()
    assert len(heard) == (0 if state is State.STA16 else 1)
    assert session.state is State.STA01
    assert session.closed
    assert session.receive_eof() == []


def test_a_disconnect_that_crosses_ours_is_not_indicated() -> None:
    session = SessionConnection(initiator=True)
    session.variables.transport_disconnected = True
    assert session.indications([TDisconnect("gone")]) == []
