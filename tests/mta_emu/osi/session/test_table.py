"""The state table of X.225 Annex A: every way of every cell, and everything that is not in it.

Tests are made from the table: for each way of a cell the variables are searched in which the
standard's predicate holds, and for each cell those in which none does.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from mta_emu.osi.errors import ServiceMisuse
from mta_emu.osi.session.connection import _OUTPUTS, SessionConnection
from mta_emu.osi.session.mapping import to_primitive
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
    STypedData,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.session.table import EVENTS, TABLE, Cell, State
from mta_emu.osi.session.variables import ACTIONS, PREDICATES, Variables

ALL_TOKENS = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY
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

FUNCTIONAL_UNITS = (
    RTSE_FUNCTIONAL_UNITS,
    RTSE_FUNCTIONAL_UNITS | _FU.TYPED_DATA,
    RTSE_FUNCTIONAL_UNITS & ~_FU.HALF_DUPLEX & ~_FU.EXCEPTIONS | _FU.DUPLEX | _FU.TYPED_DATA,
    _FU.DUPLEX,
    _FU.DUPLEX | _FU.TYPED_DATA,
    _FU.HALF_DUPLEX | _FU.EXCEPTIONS,
    _FU.HALF_DUPLEX | _FU.EXCEPTIONS | _FU.MINOR_SYNCHRONIZE,
)
OWNED = (Token(0), ALL_TOKENS, Token.DATA, ALL_TOKENS & ~Token.DATA, Token.MAJOR_ACTIVITY)
BOOLS = (False, True)


def all_variables() -> Iterator[Variables]:
    """Every combination of the variables that a predicate could tell apart."""
    for units, owned, active, confirm, collision, dnr, made in product(
        FUNCTIONAL_UNITS, OWNED, BOOLS, BOOLS, BOOLS, BOOLS, BOOLS
    ):
        variables = Variables(made, units, Token(0), 3, 1, confirm, active, collision, dnr)
        variables.owned = owned & variables.available
        yield variables


SPACE = list(all_variables())
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
    """Which way a cell goes, by the standard's words for predicates."""
    for index, cell in enumerate(cells):
        terms = [term for term in cell.predicate.split(" & ") if term]
        if all(
            PREDICATES[term.removeprefix("not ")](variables, what) is not term.startswith("not ")
            for term in terms
        ):
            return index
    return None


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


def test_the_table_names_what_exists() -> None:
    for cells in TABLE.values():
        for cell in cells:
            for term in filter(None, cell.predicate.split(" & ")):
                assert term.removeprefix("not ") in PREDICATES
            for output in cell.does.split():
                known = output in ACTIONS or output in _OUTPUTS or output in Spdu.__members__
                assert known or output.rstrip("+-").endswith(("ind", "cnf")), output
    assert {event for _, event in TABLE} <= EVENTS_WITH_TESTS | {"TCONcnf"}
    assert REQUESTS.keys() == set(EVENTS.values())
    assert UNITS.keys() == set(Spdu.__members__)
    used = {
        term.removeprefix("not ")
        for cells in TABLE.values()
        for cell in cells
        for term in cell.predicate.split(" & ")
    }
    assert PREDICATES.keys() == used - {""}


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
    outputs = cell.does.split()
    if not {"AC", "SCONcnf+"} & set(outputs):  # these begin the variables anew
        seen = objects(event)[index if len(objects(event)) > index else 0]
        assert session.variables == after(outputs, before, seen, sent=event in REQUESTS)
    indications = [output for output in outputs if output.rstrip("+-").endswith(("ind", "cnf"))]
    assert len(heard) == len(indications)
    if cell.next_state is not State.STA01B:
        assert session.closed is ("TDISreq" in outputs)
        said = [unit.spdu.name for unit in peer.said()]
        assert said == [output for output in outputs if output in Spdu.__members__]


def after(outputs: list[str], variables: Variables, what: Any, *, sent: bool) -> Variables:
    """The variables as a cell's specific actions leave them."""
    expected = replace(variables)
    for output in outputs:
        if output in ACTIONS:
            ACTIONS[output](expected, what, sent=sent)
    return expected


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
        assert not all(cell.predicate for cell in TABLE[state, event]) or event in BY_WAY
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
        assert UNITS[event][index].spdu.value[0] in abort.get(Pi.REFLECT)
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


# The predicates, as Annex A writes them

FORMULAS = {
    "p01": "not Vtca",
    "p03": "I(dk)",
    "p04": "FU(FD) and not Vcoll",
    "p05": "A(dk)",
    "p06": "FU(TD)",
    "p07": "FU(TD) and not Vcoll",
    "p10": "not Vcoll",
    "p11": "II(ma)",
    "p14": "(not FU(ACT) or Vact) and A(dk) and AA(mi)",
    "p15": "(not FU(ACT) or Vact) and I(dk) and II(mi)",
    "p17": "(not FU(ACT) or Vact) and FU(SY) and not Vsc",
    "p18": "(not FU(ACT) or Vact) and FU(SY) and Vsc",
    "p19": "sn == VM",
    "p20": "sn == VM - 1",
    "p21": "VM > sn >= VA",
    "p34": "FU(ACT)",
    "p38": "FU(ACT)",
    "p39": "Vact and II(ma)",
    "p40": "AA(ma)",
    "p44": "(FU(ACT) and not Vact) and A(dk) and A(mi) and A(ma)",
    "p45": "(FU(ACT) and not Vact) and I(dk) and I(mi) and I(ma)",
    "p48": "FU(EXCEP) and FU(HD)",
    "p50": "FU(EXCEP) and (not FU(ACT) or Vact) and AA(dk)",
    "p51": "FU(EXCEP) and (not FU(ACT) or Vact) and II(dk)",
    "p52": "FU(EXCEP) and not FU(ACT) and II(dk)",
    "p53": "RT and all(AV(t) for t in RT)",
    "p54": "RT and all(II(t) for t in RT)",
    "p55": "(FU(ACT) and not Vact) and all(I(t) for t in (mi, dk, ma))",
    "p57": "RT and all(II(t) for t in RT) and dk not in RT",
    "p58": "all(II(t) for t in RT) and dk in RT",
    "p59": "RT and all(AA(t) for t in RT)",
    "p60": "RT and all(AA(t) for t in RT) and dk not in RT",
    "p61": "all(AA(t) for t in RT) and dk in RT",
    "p62": "(FU(ACT) and not Vact) and all(A(t) for t in (mi, dk, ma))",
    "p63": "all(I(t) for t in (mi, dk, ma)) and (not FU(ACT) or not Vact)",
    "p65": "any(AV(t) for t in (mi, dk, ma))",
    "p68": "all(A(t) for t in (mi, dk, ma)) and (not FU(ACT) or not Vact)",
    "p69": "Vcoll",
    "p70": "FU(FD)",
    "p71": "FU(ACT) and Vact and I(dk) and I(mi) and II(ma)",
    "p72": "FU(ACT) and Vact and A(dk) and A(mi) and AA(ma)",
    "p75": "(Vcoll and Vdnr) or not Vcoll",
}
UNIT_NAMES = {
    "FD": _FU.DUPLEX,
    "HD": _FU.HALF_DUPLEX,
    "TD": _FU.TYPED_DATA,
    "ACT": _FU.ACTIVITY_MANAGEMENT,
    "SY": _FU.MINOR_SYNCHRONIZE,
    "EXCEP": _FU.EXCEPTIONS,
}
dk, mi, ma = Token.DATA, Token.MINOR_SYNCHRONIZE, Token.MAJOR_ACTIVITY
AVAILABLE_WITH = {dk: _FU.HALF_DUPLEX, mi: _FU.MINOR_SYNCHRONIZE, ma: _FU.ACTIVITY_MANAGEMENT}


def by_the_standard(formula: str, v: Variables, what: Any) -> bool:
    """A formula of Annex A, with its functions as they are defined there."""

    def av(token: Token) -> bool:
        return AVAILABLE_WITH[token] in v.functional_units

    def owned(token: Token) -> bool:
        return token in v.owned

    names = {
        **UNIT_NAMES,
        **{"dk": dk, "mi": mi, "ma": ma},
        "FU": lambda unit: unit in v.functional_units,
        "AV": av,
        "I": lambda token: not av(token) or owned(token),
        "A": lambda token: not av(token) or not owned(token),
        "II": lambda token: av(token) and owned(token),
        "AA": lambda token: av(token) and not owned(token),
        "RT": [token for token in (dk, mi, ma) if token in getattr(what, "tokens", Token(0))],
        "sn": getattr(what, "serial_number", 0),
        "VM": v.next_serial_number,
        "VA": v.lowest_unconfirmed,
        "Vact": v.in_activity,
        "Vsc": v.we_confirm,
        "Vcoll": v.collision,
        "Vdnr": v.disconnected,
        "Vtca": not v.made_transport,
    }
    return bool(eval(formula, names))


def test_every_predicate_has_its_formula() -> None:
    of_a_proposal = {"p76", "p202", "p204"}
    assert FORMULAS.keys() == PREDICATES.keys() - of_a_proposal


@pytest.mark.parametrize("name", FORMULAS)
def test_predicates_are_the_standards(name: str) -> None:
    whats: list[Any] = [None]
    if "RT" in FORMULAS[name]:
        whats = [STokenGive(Token(bits)) for bits in (0, 1, 4, 16, 5, 17, 20, 21)]
    elif "sn" in FORMULAS[name]:
        whats = [SSyncMinorAck(serial) for serial in range(5)]
    for variables, what in product(SPACE, whats):
        found = PREDICATES[name](variables, what)
        assert found is by_the_standard(FORMULAS[name], variables, what), (variables, what)


#: Operations on V(A), V(M) and Vsc, from V(A) 1 and V(M) 3 (X.225 Annex A): action,
#: Vsc before, V(A), V(M) and Vsc after, with serial number 2 in what comes or goes.
OPERATIONS = [
    ("[23]", False, 3, 4, True),
    ("[23]", True, 1, 4, True),
    ("[24]", True, 3, 4, False),
    ("[24]", False, 1, 4, False),
    ("[31]", False, 3, 4, False),
    ("[31]", True, 1, 4, True),
    ("[22]", False, 3, 3, False),
    ("[25]", False, 3, 3, False),
    ("[26]", True, 1, 1, True),
    ("[27]", True, 3, 3, True),
]


@pytest.mark.parametrize(("action", "confirm", "lowest", "following", "confirm_after"), OPERATIONS)
def test_operations_on_the_serial_numbers(
    action: str, confirm: bool, lowest: int, following: int, confirm_after: bool
) -> None:
    variables = Variables(True, RTSE_FUNCTIONAL_UNITS, ALL_TOKENS, 3, 1, confirm, in_activity=True)
    ACTIONS[action](variables, SSyncMinorAck(2), sent=True)
    assert (
        variables.lowest_unconfirmed,
        variables.next_serial_number,
        variables.we_confirm,
    ) == (lowest, following, confirm_after)


@pytest.mark.parametrize(
    ("what", "sent", "before", "after"),
    [
        (STokenGive(Token.DATA), True, ALL_TOKENS, ALL_TOKENS & ~Token.DATA),
        (STokenGive(Token.DATA), False, Token(0), Token.DATA),
        (SControlGive(), True, ALL_TOKENS, Token(0)),
        (SControlGive(), False, Token(0), ALL_TOKENS),
    ],
)
def test_tokens_move(what: Any, sent: bool, before: Token, after: Token) -> None:
    variables = Variables(True, RTSE_FUNCTIONAL_UNITS, before)
    ACTIONS["[11]"](variables, what, sent=sent)
    assert variables.owned == after


@pytest.mark.parametrize(("action", "owned"), [("[29]", ALL_TOKENS), ("[30]", Token(0))])
def test_an_interrupted_activity_leaves_the_tokens_on_one_side(action: str, owned: Token) -> None:
    variables = Variables(True, RTSE_FUNCTIONAL_UNITS, Token.MAJOR_ACTIVITY, in_activity=True)
    ACTIONS[action](variables, None, sent=True)
    assert (variables.owned, variables.in_activity) == (owned, False)
