"""The presentation protocol machine, X.226 normal mode."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.presentation.connection import PresentationConnection
from mta_emu.osi.presentation.primitives import (
    Context,
    PConnect,
    PConnectAccept,
    PConnectRefuse,
    PData,
    Pdv,
    PPAbort,
    PRelease,
    PReleaseAccept,
    PTokenPlease,
    PUAbort,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    Part,
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
    (why,) = called.indications([SConnect(user_data=_cp(selector=b"OTHER"))])
    assert why == PPAbort("called P-selector 0x4f54484552 is not ours", by_peer=False)
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
    ("user_data", "text", "reason"),
    [
        ("610a3008020107a003020105", "context 7, which is not in use", "06"),
        ("40020500", "simply encoded", "01"),
        ("0500", "not a User-data", "01"),
        ("61803080", "does not end", "01"),
        ("6184ffffffff", "octets, 0 are there", "01"),
    ],
)
def test_wrong_data_is_aborted_with_arp(user_data: str, text: str, reason: str) -> None:
    called, session = connected()
    (heard,) = called.indications([SData(bytes.fromhex(user_data))])
    assert isinstance(heard, PPAbort)
    assert not heard.by_peer
    assert text in heard.reason
    # ARP-PPDU: SEQUENCE { [0] provider-reason 1 unrecognized ppdu, or 6 invalid value }
    assert session.requests == [SUAbort(bytes.fromhex("30038001" + reason))]


def test_a_provider_abort_is_told() -> None:
    called, _ = connected()
    (heard,) = called.indications([SUAbort(bytes.fromhex("3003800102"))])
    assert heard == PPAbort("the peer's presentation aborted, reason 2", by_peer=True)


def test_too_many_contexts_are_refused() -> None:
    called, session = presentation()
    contexts = [Context(number, ACSE) for number in range(1, 40, 2)]
    (heard,) = called.indications([SConnect(user_data=_cp(*contexts))])
    assert isinstance(heard, PPAbort)
    assert "at most 16" in heard.reason
    # CPR { [10] local-limit-exceeded }
    assert session.requests == [SConnectRefuse(user_data=bytes.fromhex("30038a0102"))]


def test_a_context_has_one_number() -> None:
    called, session = presentation()
    (heard,) = called.indications([SConnect(user_data=_cp(Context(1, ACSE), Context(1, OTHER)))])
    assert heard == PPAbort("context 1 is proposed twice", by_peer=False)
    assert session.requests == [SUAbort(bytes.fromhex("3003800106"))]


def _cp_with(parameter: str) -> bytes:
    """The golden CP with one parameter more, before its user data."""
    octets = bytes.fromhex(CP)
    head, contexts, rest = octets[7:9], octets[9:28], octets[28:]
    assert (contexts[0], rest[0]) == (0xA4, 0x61)
    added = bytes.fromhex(parameter)
    parameters = contexts + added + rest
    inner = octets[2:7] + head[:1] + bytes((len(parameters),)) + parameters
    return b"\x31" + bytes((len(inner),)) + inner


@pytest.mark.parametrize(
    "parameter",
    ["8b020580", "8c0101", "ae00", "89020780"],
    ids=["protocol options", "nominated context", "extensions", "session requirements"],
)
def test_a_cp_may_have_what_later_editions_added(parameter: str) -> None:
    called, _ = presentation()
    (heard,) = called.indications([SConnect(user_data=_cp_with(parameter))])
    assert isinstance(heard, PConnect)
    assert len(heard.user_data) == 1


def test_a_default_context_and_another_version_are_refused() -> None:
    """CPR { [5] the contexts' results, [10] reason 5 or 4 }."""
    unknown_version = _cp().replace(b"\xa4", b"\x80\x02\x07\x00\xa4", 1)
    unknown_version = unknown_version[:1] + bytes((len(unknown_version) - 2,)) + unknown_version[2:]
    at = unknown_version.index(b"\xa2") + 1
    length = bytes((unknown_version[at] + 4,))
    unknown_version = unknown_version[:at] + length + unknown_version[at + 1 :]
    default_context = _cp_with("a60a 8004 52010001 81025101".replace(" ", ""))
    for cp, reason in ((default_context, b"\x8a\x01\x05"), (unknown_version, b"\x8a\x01\x04")):
        called, session = presentation()
        (heard,) = called.indications([SConnect(user_data=cp)])
        assert isinstance(heard, PPAbort)
        (refusal,) = session.requests
        assert isinstance(refusal, SConnectRefuse)
        assert refusal.user_data.endswith(reason)


@given(st.binary(max_size=80))
def test_whatever_comes_never_raises(octets: bytes) -> None:
    for primitive in (SConnect, SConnectAccept, SData, SUAbort):
        called, _ = connected()
        called.indications([primitive(user_data=octets)])
    called.indications([STokenPlease(Token.DATA, octets), SConnectRefuse(2, octets)])


LONG = bytes(range(256)) * 20


def _parts(octets: bytes, size: int = 1000) -> list[SData]:
    pieces = [octets[at : at + size] for at in range(0, len(octets), size)]
    last = len(pieces) - 1
    return [
        SData(each, Part((not at) * Part.BEGINNING | (at == last) * Part.END))
        for at, each in enumerate(pieces)
    ]


def test_long_data_have_the_octets_of_the_same_data_at_once() -> None:
    called, session = connected()
    value = b"\x04\x82\x14\x00" + LONG
    called.request(PData((Pdv(1, value),)))
    called.request(PData((Pdv(1, value[:2000]),), Part.BEGINNING, len(value)))
    called.request(PData((Pdv(1, value[2000:]),), Part.END, len(value)))
    whole, first, second = session.requests
    assert first.user_data + second.user_data == whole.user_data
    assert (whole.part, first.part, second.part) == (Part.WHOLE, Part.BEGINNING, Part.END)


@pytest.mark.parametrize(
    "before",
    [
        "61 82140b 30 821407 020101 a0 821400",
        "61 80 30 80 020101 a0 80",
        "61 80 30 80 06025101 020101 a0 821400",
        "61 80 30 80 020101 81 821400",
    ],
    ids=["definite", "indefinite", "with its transfer syntax", "octet-aligned"],
)
def test_long_data_are_one_value(before: str) -> None:
    called, _ = connected()
    heard = called.indications([*_parts(bytes.fromhex(before) + LONG + bytes(6))])
    values = b"".join(each.user_data[0].value for each in heard if isinstance(each, PData))
    assert values.startswith(LONG)
    assert len(values) <= len(LONG) + 6
    assert {each.user_data[0].context for each in heard if isinstance(each, PData)} == {1}


def test_long_data_may_be_cut_off_anywhere() -> None:
    before = bytes.fromhex("61 80 30 80 06025101 020101 a0 821400")
    for end in range(len(before)):
        called, _ = connected()
        heard = called.indications([SData(before[:end], Part.BEGINNING)])
        assert isinstance(heard[0], PPAbort)


@pytest.mark.parametrize(
    ("before", "text", "reason"),
    [
        ("0500", "0x05 where 0x61 must be", 1),
        ("61 80 31 80", "0x31 where 0x30 must be", 1),
        ("61 80 30 80 020107 a0 80", "context 7, which is not in use", 6),
        ("61 80 30 80 02020101 a0 80", "no presentation context", 1),
        ("61 80 30 80 020101 8200", "where a long value must be", 1),
        ("61 80 30 80 020101 a0 82ffff", "before their value", 1),
    ],
)
def test_long_data_that_are_wrong(before: str, text: str, reason: int) -> None:
    called, session = connected()
    heard = called.indications([*_parts(bytes.fromhex(before) + LONG)])
    (abort,) = [each for each in heard if isinstance(each, PPAbort)][:1]
    assert text in abort.reason
    assert session.requests[0] == SUAbort(bytes((0x30, 3, 0x80, 1, reason)))
