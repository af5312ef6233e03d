"""Presentation, X.226 normal mode."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.presentation import (
    Context,
    PConnect,
    PConnectAccept,
    PConnectRefuse,
    PData,
    Pdv,
    PPAbort,
    PRelease,
    PReleaseAccept,
    PresentationConnection,
    PTokenPlease,
    PUAbort,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SData,
    STokenPlease,
    SUAbort,
    Token,
)

ACSE, OTHER = "2.2.1.0.1", "1.2.3"
NULL = b"\x05\x00"
HELLO = (Pdv(1, NULL),)

#: Worked out by hand from X.226 8.2: SET { [0] SET { [0] mode 1 },
#: [2] { [4] { { context 1, 2.2.1.0.1, { 2.1.1 } } }, user data: RLRQ normal in context 1 } }
CP = (
    "312a a003800101 a223"
    "a411 300f 020101 0604 52010001 3004 0602 5101"
    "610e 300c 020101 a007 6205 a203020100"
)


class Session:
    """Stands for the session connection: keeps what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def request(self, primitive: Any) -> None:
        self.requests.append(primitive)


def presentation(*syntaxes: str, selector: bytes = b"") -> tuple[PresentationConnection, Session]:
    session = Session()
    known = frozenset(syntaxes or (ACSE,))
    return PresentationConnection(session, known, selector), session  # type: ignore[arg-type]


def connected() -> tuple[PresentationConnection, Session]:
    called, session = presentation()
    called.indications([SConnect(user_data=_cp())])
    called.request(PConnectAccept(HELLO))
    session.requests.clear()
    return called, session


def _cp(*contexts: Context, user_data: tuple[Pdv, ...] = HELLO, selector: bytes = b"") -> bytes:
    calling, session = presentation()
    selectors = Selectors(presentation=selector)
    contexts = contexts or (Context(1, ACSE),)
    calling.request(PConnect(selectors, Selectors(), contexts, user_data))
    octets: bytes = session.requests[0].user_data
    return octets


def test_golden_connect() -> None:
    assert _cp(user_data=(Pdv(1, bytes.fromhex("6205a203020100")),)) == bytes.fromhex(CP)


def test_connect_is_indicated_with_everything() -> None:
    called, _ = presentation()
    (heard,) = called.indications(
        [SConnect(called_s_selector=b"S", calling_t_selector=b"T", user_data=_cp(selector=b"P"))]
    )
    assert heard == PConnect(
        called=Selectors(presentation=b"P", session=b"S"),
        calling=Selectors(transport=b"T"),
        contexts=(Context(1, ACSE),),
        user_data=HELLO,
    )


def test_contexts_are_accepted_one_by_one() -> None:
    called, session = presentation()
    contexts = (Context(1, ACSE), Context(3, OTHER), Context(5, ACSE, ("1.1",)))
    called.indications([SConnect(user_data=_cp(*contexts))])
    called.request(PConnectAccept(HELLO))
    (accept,) = session.requests
    assert isinstance(accept, SConnectAccept)
    # [5] result list: acceptance in BER, provider rejection 2 with reasons 1 and 2
    results = bytes.fromhex("300780010081025101 30068001028201 01 3006800102820102")
    assert b"\xa5" + bytes((len(results),)) + results in accept.user_data


def test_a_wrong_selector_is_refused_with_reason_3() -> None:
    called, session = presentation(selector=b"OURS")
    assert called.indications([SConnect(user_data=_cp(selector=b"OTHER"))]) == []
    (refusal,) = session.requests
    calling, _ = presentation()
    calling.request(PConnect(Selectors(), Selectors(), (Context(1, ACSE),), HELLO))
    (heard,) = calling.indications([refusal])
    assert heard == PConnectRefuse((), "presentation", 3, "by the peer's presentation")


def test_a_user_refusal_carries_its_data() -> None:
    called, session = presentation()
    called.indications([SConnect(user_data=_cp())])
    called.request(PConnectRefuse(HELLO))
    calling, _ = presentation()
    calling.request(PConnect(Selectors(), Selectors(), (Context(1, ACSE),), HELLO))
    assert calling.indications(session.requests) == [PConnectRefuse(HELLO)]


def test_a_refusal_from_below_keeps_its_layer() -> None:
    calling, _ = presentation()
    (heard,) = calling.indications([SConnectRefuse(3, layer="transport", text="why")])
    assert heard == PConnectRefuse((), "transport", 3, "why")


@pytest.mark.parametrize(
    "primitive",
    [PData(HELLO), PTokenPlease(Token.DATA, HELLO), PRelease(HELLO), PReleaseAccept(HELLO)],
)
def test_values_pass_in_their_context(primitive: Any) -> None:
    called, session = connected()
    called.request(primitive)
    assert called.indications(session.requests) == [primitive]


def test_user_abort_passes() -> None:
    called, session = connected()
    called.request(PUAbort(HELLO))
    called.request(PUAbort())
    assert called.indications(session.requests) == [PUAbort(HELLO), PUAbort()]


@pytest.mark.parametrize(
    ("user_data", "text"),
    [
        ("610a3008020107a003020105", "context 7, which is not in use"),
        ("40020500", "simply encoded"),
        ("0500", "not a User-data"),
        ("61803080", "does not end"),
        ("6184ffffffff", "octets, 0 are there"),
    ],
)
def test_wrong_data_is_aborted_with_arp(user_data: str, text: str) -> None:
    called, session = connected()
    (heard,) = called.indications([SData(bytes.fromhex(user_data))])
    assert isinstance(heard, PPAbort)
    assert not heard.by_peer
    assert text in heard.reason
    # ARP-PPDU: SEQUENCE { [0] provider-reason 1, unrecognized ppdu }
    assert session.requests == [SUAbort(bytes.fromhex("3003800101"))]


def test_a_provider_abort_is_told() -> None:
    called, _ = connected()
    (heard,) = called.indications([SUAbort(bytes.fromhex("3003800102"))])
    assert heard == PPAbort("the peer's presentation aborted, reason 2", by_peer=True)


def test_too_many_contexts_are_an_error() -> None:
    called, _ = presentation()
    contexts = [Context(number, ACSE) for number in range(1, 40, 2)]
    (heard,) = called.indications([SConnect(user_data=_cp(*contexts))])
    assert isinstance(heard, PPAbort)
    assert "at most 16" in heard.reason


@given(st.binary(max_size=80))
def test_whatever_comes_never_raises(octets: bytes) -> None:
    for primitive in (SConnect, SConnectAccept, SData, SUAbort):
        called, _ = connected()
        called.indications([primitive(user_data=octets)])
    called.indications([STokenPlease(Token.DATA, octets), SConnectRefuse(2, octets)])
