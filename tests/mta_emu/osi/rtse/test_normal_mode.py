"""RTSE over association control and presentation."""

from typing import Any

import pytest

from mta_emu.osi.acse import AAbort, APAbort, AReleaseAccept
from mta_emu.osi.presentation.primitives import PData, Pdv, PTokenPlease
from mta_emu.osi.rtse.apdus import Rtab
from mta_emu.osi.rtse.lower import Abort, Data, Please, ProviderAbort, ReleaseAccept
from mta_emu.osi.rtse.normal_mode import NormalMode
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.session.primitives import Part, SConnect, SConnectRefuse, SUAbort, Token


class Session:
    """Stands for the session connection: keeps what it is asked for."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def request(self, primitive: Any) -> None:
        self.requests.append(primitive)


@pytest.fixture
def session() -> Session:
    return Session()


@pytest.fixture
def normal(session: Session) -> NormalMode:
    return NormalMode(session, (Mode.NORMAL_1988,))  # type: ignore[arg-type]


def test_a_mode_that_is_not_served_is_refused(session: Session) -> None:
    normal = NormalMode(session, (Mode.X410_1984,))  # type: ignore[arg-type]
    (heard,) = normal.indications([SConnect(user_data=b"\x31\x00")])
    assert isinstance(heard, ProviderAbort)
    assert heard.layer == "presentation"
    assert isinstance(session.requests[0], SConnectRefuse)


@pytest.mark.parametrize("octets", ["b603800104", "3603800104"])
def test_an_rtab_may_have_isodes_tag(normal: NormalMode, octets: str) -> None:
    """[22] is context-specific; ISODE writes the number as a universal one."""
    assert normal._indication(AAbort(Pdv(3, bytes.fromhex(octets)))) == Abort(Rtab(4))


@pytest.mark.parametrize("abort", [Pdv(3, b"\x05\x00"), Pdv(7, bytes.fromhex("b603800104"))])
def test_an_abort_is_the_peers_whatever_is_in_it(normal: NormalMode, abort: Pdv) -> None:
    heard = normal._indication(AAbort(abort))
    assert isinstance(heard, ProviderAbort)
    assert heard.by_peer
    assert "why cannot be read" in heard.reason


def test_an_abort_of_the_peers_presentation_that_cannot_be_read(
    normal: NormalMode, session: Session
) -> None:
    (heard,) = normal.indications([SUAbort(b"\x05\x00")])
    assert isinstance(heard, ProviderAbort)
    assert heard.by_peer
    assert session.requests == []


@pytest.mark.parametrize(
    ("event", "heard"),
    [
        (AAbort(None), Abort(None)),
        (AReleaseAccept(), ReleaseAccept()),
        (PTokenPlease(Token.DATA, ()), Please(0)),
        (PTokenPlease(Token.DATA, (Pdv(3, b"\x02\x01\x05"),)), Please(5)),
        (PData((Pdv(3, b"\x04\x02hi"),)), Data(b"hi")),
        (
            APAbort("gone", by_peer=True, connection_lost=True, layer="transport"),
            ProviderAbort("gone", by_peer=True, connection_lost=True, layer="transport"),
        ),
    ],
)
def test_what_comes_from_below(normal: NormalMode, event: Any, heard: Any) -> None:
    assert normal._indication(event) == heard


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (PData(()), "0 values where one RTTR must be"),
        (PData((Pdv(5, b"\x04\x02hi"),)), "context 5 where 3 must be"),
        (PData((Pdv(3, b"\x02\x01\x05"),)), "rttp-apdu where rttr-apdu must be"),
    ],
)
def test_what_is_no_apdu_is_answered_with_rtab(
    normal: NormalMode, session: Session, event: Any, text: str
) -> None:
    heard = normal._checked(event)
    assert isinstance(heard, ProviderAbort)
    assert text in heard.reason
    assert isinstance(session.requests[0], SUAbort)


def test_a_long_rttr_in_parts(normal: NormalMode) -> None:
    parts = (b"\x24\x80\x04\x03on", b"e\x04\x03two", b"\x00\x00")
    flags = (Part.BEGINNING, Part.MIDDLE, Part.END)
    heard = [
        normal._indication(PData((Pdv(3, octets),), part))
        for octets, part in zip(parts, flags, strict=True)
    ]
    assert b"".join(each.octets for each in heard if isinstance(each, Data)) == b"onetwo"
    assert [each.part for each in heard if isinstance(each, Data)] == list(flags)
