"""The X.410-1984 mode: what lies between session and RTSE, golden octets of real stacks."""

import pytest

from mta_emu.decode import x410
from mta_emu.decode.steps import Kind
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.spdu import Spdu

#: From a stack of the 1990s: checkpoint size 1, window 3, open with NULL.
ACCEPT = bytes.fromhex("3113 a003800100 a10c 800101 810103 a204a0020500")
#: The same stack's refusal: validation failure.
REFUSE = bytes.fromhex("3103800102")


def test_an_accept() -> None:
    layer, apdu = x410.read(Spdu.AC, ACCEPT)
    assert layer
    assert (layer.primitive, layer.kind, layer.pdu) == ("P-CONNECT", Kind.RESPONSE, "CPA")
    assert layer.parameters == {"mode": "x410-1984"}
    assert apdu
    assert apdu.name == "rtoac-apdu"
    assert (apdu.value["checkpointSize"], apdu.value["windowSize"]) == (1, 3)


def test_a_refusal_is_bare() -> None:
    layer, apdu = x410.read(Spdu.RF, REFUSE)
    assert layer is None
    assert apdu == ("rtorj-apdu", {"refuseReason": 2}, "")


def test_data_are_the_apdus_octets() -> None:
    assert x410.read(Spdu.DT, b"octets") == (None, ("rttr-apdu", b"octets", ""))


@pytest.mark.parametrize("spdu", [Spdu.FN, Spdu.DN, Spdu.MIP, Spdu.RF, Spdu.AB, Spdu.PT])
def test_what_carries_nothing(spdu: Spdu) -> None:
    assert x410.read(spdu, b"") == (None, None)


def test_what_is_none_is_an_error() -> None:
    with pytest.raises(ProtocolError):
        x410.read(Spdu.AC, b"\x30\x00")


def test_the_swapped_protocol_number_is_p1s() -> None:
    assert int.from_bytes((12).to_bytes(2, "little"), "big") == x410.SWAPPED_P1
    assert {None, 1, 12, x410.SWAPPED_P1} == set(x410.P1)
