"""A real X.400 bind and release, octet for octet."""

from pathlib import Path

import pytest

from mta_emu.mts import bind
from mta_emu.mts.bind import Credentials
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import RtOpen, RtOpenAccept
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session import spdu
from mta_emu.osi.session.primitives import FunctionalUnit
from mta_emu.osi.session.spdu import Pi, Spdu
from mta_emu.osi.tpkt import frame
from mta_emu.osi.transport.connection import TransportConnection
from tests.shared import shared

CAPTURES = shared("captures")
FILES = sorted(CAPTURES.glob("x400-ping-success.hex"))
KINDS = {"CN": Spdu.CN, "AC": Spdu.AC, "FN": Spdu.FN}


def spdus(path: Path) -> dict[str, bytes]:
    lines = [line.split() for line in path.read_text().splitlines() if line[:1] in "<>"]
    return {name: bytes.fromhex(octets) for _, name, octets in lines}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_spdus_decode_and_encode_to_the_same_octets(path: Path) -> None:
    for name, octets in spdus(path).items():
        (unit,) = spdu.decode_tsdu(octets)
        assert unit.spdu is KINDS[name]
        assert spdu.encode(unit) == octets


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_bind_is_heard_in_all_layers(path: Path) -> None:
    called = RtseConnection(initiator=False)
    wire = TransportConnection(initiator=True)
    wire.connect()
    called.receive_data(wire.data_to_send())
    wire.receive_data(called.data_to_send())
    wire.data(spdus(path)["CN"])
    (heard,) = called.receive_data(wire.data_to_send())
    assert isinstance(heard, RtOpen)
    assert (heard.checkpoint_size, heard.window_size, heard.dialogue_mode) == (63, 3, 0)
    assert bind.decode_argument(heard.user_data) == Credentials("percival.smhs.co.uk", b"excalibur")
    connect = called.session.proposal.connect
    assert connect.functional_units == FunctionalUnit(0x0249)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_accept_is_heard_in_all_layers(path: Path) -> None:
    calling = RtseConnection(initiator=True)
    calling.request(
        RtOpen(Selectors(), Selectors(), bind.encode_argument(Credentials()), checkpoint_size=63)
    )
    wire = TransportConnection(initiator=False)
    wire.receive_data(calling.data_to_send())
    calling.receive_data(wire.data_to_send())
    calling.data_to_send()
    accept = spdus(path)["AC"]
    assert spdu.decode_tsdu(accept)[0].parameters[Pi.CALLED_SELECTOR] == b""
    (heard,) = calling.receive_data(frame(b"\x02\xf0\x80" + accept))
    assert isinstance(heard, RtOpenAccept)
    assert (heard.checkpoint_size, heard.window_size) == (63, 3)
    assert bind.decode_result(heard.user_data) == Credentials("guinevere.smhs.co.uk", b"merlin")
