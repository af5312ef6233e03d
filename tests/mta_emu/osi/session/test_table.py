"""The state table of X.225 Annex A, cell by cell, and everything that is not in it."""

from collections.abc import Callable
from typing import Any

import pytest

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
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
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.session.table import EVENTS, TABLE, State

DUPLEX_FUNCTIONAL_UNITS = (
    RTSE_FUNCTIONAL_UNITS & ~FunctionalUnit.HALF_DUPLEX | FunctionalUnit.DUPLEX
)
ALL_TOKENS = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY

#: One request or response for each event of the user.
REQUESTS: dict[str, SessionPrimitive] = {
    EVENTS[type(primitive)]: primitive
    for primitive in (
        SConnect(),
        SConnectAccept(),
        SConnectRefuse(),
        SData(b"x"),
        STokenPlease(Token.DATA),
        STokenGive(Token.DATA),
        SControlGive(),
        SSyncMinor(),
        SSyncMinorAck(1),
        SUExceptionReport(0),
        SActivityStart(b"\x02\x01\x01"),
        SActivityResume(b"\x02\x01\x02", b"\x02\x01\x01", serial_number=1),
        SActivityInterrupt(),
        SActivityInterruptAck(),
        SActivityDiscard(),
        SActivityDiscardAck(),
        SActivityEnd(),
        SActivityEndAck(),
        SRelease(),
        SReleaseAccept(),
        SUAbort(),
    )
}
#: One SPDU for each event of the peer. Point 1 waits for its confirmation, 2 is the next.
UNITS: dict[str, Unit] = {
    unit.spdu.name: unit
    for unit in (
        Unit(Spdu.CN, {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}),
        Unit(Spdu.AC, {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}),
        Unit(Spdu.RF, {Pi.REASON: b"\x02"}),
        Unit(Spdu.FN),
        Unit(Spdu.DN),
        Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"}),
        Unit(Spdu.GT, {Pi.TOKEN_ITEM: b"\x01"}),
        Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x01"}),
        Unit(Spdu.GTC),
        Unit(Spdu.GTA),
        Unit(Spdu.DT, {}, b"x"),
        Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"2"}),
        Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}),
        Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}),
        Unit(
            Spdu.AR,
            {
                Pi.OLD_ACTIVITY_IDENTIFIER: b"\x02\x01\x01",
                Pi.SERIAL_NUMBER: b"1",
                Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x02",
            },
        ),
        Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"2"}),
        Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"1"}),
        Unit(Spdu.AI, {Pi.REASON: b"\x00"}),
        Unit(Spdu.AIA),
        Unit(Spdu.AD, {Pi.REASON: b"\x00"}),
        Unit(Spdu.ADA),
        Unit(Spdu.ED, {Pi.REASON: b"\x00"}),
    )
}
BEFORE_CONNECTION = {State.STA01, State.STA01B, State.STA01C}


def in_state(state: State, cell_predicate: str, make_peer: Callable[..., Any]) -> Any:
    """A session in `state`, its variables such that the predicate holds."""
    initiator = state in (State.STA01, State.STA01B, State.STA02A)
    session = SessionConnection(initiator=initiator)
    if state is State.STA01:
        return session, None
    if initiator:
        session.request(SConnect())
    peer = make_peer(session)
    session.state = state
    session.functional_units = (
        DUPLEX_FUNCTIONAL_UNITS if cell_predicate == "is_duplex" else RTSE_FUNCTIONAL_UNITS
    )
    session.next_serial_number = 2
    peers = cell_predicate.startswith("peer") or cell_predicate in ("may_confirm", "may_report")
    session.owned_tokens = Token(0) if peers else ALL_TOKENS
    session._in_activity = not cell_predicate.endswith("idle")
    session._we_confirm = cell_predicate == "may_confirm"
    return session, peer


def cells() -> list[Any]:
    return [
        pytest.param(state, event, id=f"{state.name}-{event}")
        for state, event in TABLE
        if event in REQUESTS or (event in UNITS)
    ]


def test_the_table_names_what_exists() -> None:
    for cell in TABLE.values():
        assert hasattr(SessionConnection, f"_{cell.action}")
        assert not cell.predicate or hasattr(SessionConnection, f"_{cell.predicate}")
    assert {event for _, event in TABLE} <= REQUESTS.keys() | UNITS.keys() | {"TCONcnf"}
    assert REQUESTS.keys() == set(EVENTS.values())


@pytest.mark.parametrize(("state", "event"), cells())
def test_every_cell_leads_where_it_says(
    state: State, event: str, make_peer: Callable[..., Any]
) -> None:
    cell = TABLE[state, event]
    session, peer = in_state(state, cell.predicate, make_peer)
    if event in REQUESTS:
        session.request(REQUESTS[event])
    else:
        heard = peer.send(UNITS[event])
        assert not any(isinstance(indication, SPAbort) for indication in heard)
    assert session.state is cell.next_state


@pytest.mark.parametrize("event", REQUESTS)
@pytest.mark.parametrize("state", [state for state in State if state is not State.STA16])
def test_a_request_that_the_table_lacks_is_misuse(
    state: State, event: str, make_peer: Callable[..., Any]
) -> None:
    if (state, event) in TABLE:
        return
    session, _ = in_state(state, "", make_peer)
    with pytest.raises(ServiceMisuse, match=state.value):
        session.request(REQUESTS[event])
    assert session.state is state


@pytest.mark.parametrize("event", UNITS)
@pytest.mark.parametrize(
    "state", [state for state in State if state not in {State.STA16, State.STA01, State.STA01B}]
)
def test_an_spdu_that_the_table_lacks_is_aborted(
    state: State, event: str, make_peer: Callable[..., Any]
) -> None:
    if (state, event) in TABLE:
        return
    session, peer = in_state(state, "", make_peer)
    (heard,) = peer.send(UNITS[event])
    assert isinstance(heard, SPAbort)
    assert not heard.by_peer
    assert event in heard.reason
    # AB, transport not kept and protocol error: 1 + 4 (X.225 8.3.9)
    assert peer.said()[-1] == Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x05"})
    assert session.state is State.STA16


@pytest.mark.parametrize(
    ("state", "event"),
    [pytest.param(*key, id=f"{key[0].name}-{key[1]}") for key, c in TABLE.items() if c.predicate],
)
def test_where_the_predicate_fails_it_is_misuse_or_an_abort(
    state: State, event: str, make_peer: Callable[..., Any]
) -> None:
    """The tokens, the activity and the right to confirm are on the wrong side."""
    predicate = TABLE[state, event].predicate
    session, peer = in_state(state, predicate, make_peer)
    session.functional_units = RTSE_FUNCTIONAL_UNITS
    session.owned_tokens = ALL_TOKENS & ~session.owned_tokens
    session._in_activity = not session._in_activity
    session._we_confirm = not session._we_confirm
    if event in REQUESTS:
        with pytest.raises(ServiceMisuse):
            session.request(REQUESTS[event])
    else:
        (heard,) = peer.send(UNITS[event])
        assert isinstance(heard, SPAbort)


@pytest.mark.parametrize("event", [*REQUESTS, *UNITS])
def test_after_the_end_everything_is_ignored(event: str, make_peer: Callable[..., Any]) -> None:
    session, peer = in_state(State.STA16, "", make_peer)
    if event in REQUESTS:
        session.request(REQUESTS[event])
        assert peer.exchange() == []
    else:
        assert peer.send(UNITS[event]) == []
    assert session.state is State.STA16
