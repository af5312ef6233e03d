"""An abort names the layer that gave up, from wherever below it comes."""

import pytest

from mta_emu.osi.rtse.apdus import Rtorq
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.lower import RTSE_TOKENS, Associate
from mta_emu.osi.rtse.primitives import Mode, RtOpen, RtOpenAccept, RtPAbort
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import Token
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, encode_tsdu
from mta_emu.osi.tpkt import frame

BIND = b"\x05\x00"


@pytest.fixture
def called() -> RtseConnection:
    """The called side of an association that has just been accepted."""
    calling, called = RtseConnection(initiator=True), RtseConnection(initiator=False)
    calling.request(RtOpen(Selectors(), Selectors(), BIND))
    for _ in range(2):
        called.receive_data(calling.data_to_send())
        calling.receive_data(called.data_to_send())
    called.request(RtOpenAccept(BIND))
    called.data_to_send()
    return called


def data(value: str) -> bytes:
    return encode_tsdu(Unit(Spdu.DT, user_data=bytes.fromhex(value)))


AN_ACTIVITY = encode_tsdu(Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}))


@pytest.mark.parametrize(
    ("layer", "octets"),
    [
        ("transport", b"\x04\x00\x00\x07\x02\xf0\x80"),
        ("transport", frame(b"\x09\xf0\x80")),
        ("session", frame(b"\x02\xf0\x80" + b"\x63\x00")),
        ("session", frame(b"\x02\xf0\x80" + encode_tsdu(Unit(Spdu.FN)))),
        ("rtse", frame(b"\x02\xf0\x80" + data("61 00"))),
        ("presentation", frame(b"\x02\xf0\x80" + data("60 00"))),
        ("presentation", frame(b"\x02\xf0\x80" + data("61 0a 30 08 020163 a003 040100"))),
        ("rtse", frame(b"\x02\xf0\x80" + data("61 0a 30 08 020103 a003 020100"))),
    ],
)
def test_the_layer_that_gave_up(called: RtseConnection, layer: str, octets: bytes) -> None:
    heard = called.receive_data(frame(b"\x02\xf0\x80" + AN_ACTIVITY) + octets)
    abort = heard[-1]
    assert isinstance(abort, RtPAbort)
    assert (abort.layer, abort.by_peer) == (layer, False)
    assert str(abort) == f"{layer}: {abort.reason}"


def test_a_lost_connection_is_not_ours(called: RtseConnection) -> None:
    (abort,) = called.receive_eof()
    assert isinstance(abort, RtPAbort)
    assert abort.by_peer
    assert str(abort) == "the TCP connection was closed"


@pytest.mark.parametrize("called_side", [False, True])
def test_the_turn_is_all_of_the_tokens(called_side: bool) -> None:
    associate = Associate(
        Selectors(), Selectors(), Rtorq(BIND), Mode.X410_1984, called_side_has_turn=called_side
    )
    assert associate.called_side_tokens == (RTSE_TOKENS if called_side else Token(0))
