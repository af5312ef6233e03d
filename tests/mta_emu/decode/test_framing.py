"""TPDUs out of streams, also where the beginning is missing."""

import pytest

from mta_emu.decode.framing import BEGINNINGS, Tpdus
from mta_emu.decode.steps import Side
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.tpkt import frame

DT = frame(b"\x02\xf0\x80" + b"user data")
CR = frame(bytes.fromhex("09e00000708e00c0010b"))


def tpdus(framing: Tpdus, *octets: bytes) -> list[bytes]:
    return [tpdu for each in octets for tpdu in framing.feed(each)]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_from_the_beginning(size: int) -> None:
    stream = CR + DT + DT
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert tpdus(Tpdus(from_the_beginning=True), *pieces) == [CR[4:], DT[4:], DT[4:]]


@pytest.mark.parametrize("size", [1, 3, 100])
def test_from_the_middle_of_a_tpkt(size: int) -> None:
    stream = DT[6:] + DT + CR
    pieces = [stream[start : start + size] for start in range(0, len(stream), size)]
    assert tpdus(Tpdus(from_the_beginning=False), *pieces) == [DT[4:], CR[4:]]


def test_after_a_gap() -> None:
    framing = Tpdus(from_the_beginning=True)
    assert tpdus(framing, DT, DT[:8]) == [DT[4:]]
    framing.lost()
    assert tpdus(framing, DT[10:] + DT) == [DT[4:]]


def test_after_a_wrong_header() -> None:
    framing = Tpdus(from_the_beginning=True)
    with pytest.raises(ProtocolError, match="TPKT version 4"):
        tpdus(framing, b"\x04" + DT[1:])
    framing.lost()
    assert tpdus(framing, DT) == [DT[4:]]


def test_what_begins_like_an_association() -> None:
    assert BEGINNINGS[Side.CALLING].match(CR)
    for other in (DT, b"GET / HTTP/1.1", b"\x16\x03\x01\x02\x00\x01", b""):
        assert not BEGINNINGS[Side.CALLING].match(other)
