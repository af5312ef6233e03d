"""No capture costs more than in proportion to its size, whoever made it."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from mta_emu.decode.dissector import examine
from mta_emu.decode.ladder import ladder, records
from mta_emu.decode.steps import LayerName, Side
from mta_emu.osi import ber
from mta_emu.osi.rtse.primitives import Mode
from mta_emu.osi.session.primitives import Part
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, encode_tsdu
from mta_emu.osi.tpkt import frame
from tests.mta_emu.decode.conftest import Talk, Wire
from tests.mta_emu.decode.rawwire import RawWire, datagram, save
from tests.mta_emu.decode.test_association import message
from tests.scaling import assert_linear

CALLING, CALLED = Side
CR, CC = frame(bytes.fromhex("06e00000000100")), frame(bytes.fromhex("06d00001000200"))
S7 = bytes.fromhex("32 01 0000 0001 000e 0000 04 01 12 0a 10 02 0001 0001 84 000000")
RTTR = bytes.fromhex("61 0c 30 0a 02 01 03 a0 05 04 03 280101")
_DT = b"\x02\xf0\x80"


def said(mode: Mode = Mode.NORMAL_1988) -> list[tuple[Side, bytes]]:
    """What opens an association, burst for burst."""
    talk = Talk(Wire(), mode=mode).open()
    return [
        (CALLING if packet["IP"].src == "203.0.113.10" else CALLED, bytes(packet["TCP"].payload))
        for packet in talk.wire.packets
        if packet["TCP"].payload
    ]


OPENING = {mode: said(mode) for mode in (Mode.NORMAL_1988, Mode.X410_1988)}


def opened(mode: Mode = Mode.NORMAL_1988) -> RawWire:
    wire = RawWire().open()
    for sender, octets in OPENING[mode]:
        wire.say(sender, octets)
    return wire


def spdu(unit: Unit) -> bytes:
    return frame(_DT + encode_tsdu(unit))


def tpkts_of_another(size: int) -> list[bytes]:
    wire = RawWire().open().say(CALLING, CR).say(CALLED, CC)
    for _ in range(size):
        wire.say(CALLING, frame(_DT + S7))
    return wire.packets


def no_session_at_all(size: int) -> list[bytes]:
    return (
        RawWire()
        .open()
        .say(CALLING, CR)
        .say(CALLED, CC)
        .say(CALLING, frame(_DT + b"\xee\xee") * size)
        .packets
    )


def no_tpkt_any_more(size: int) -> list[bytes]:
    return opened().say(CALLED, b"\x16\x03\x01\x02" * size, 64).packets


def almost_tpkts(size: int) -> list[bytes]:
    return opened().say(CALLED, b"\x04" + b"\x03\x00\x03\x00\x02\xf0" * size, 7).packets


def one_octet_a_segment(size: int) -> list[bytes]:
    return opened().say(CALLING, frame(_DT + bytes(size % 60_000 + 9)), 1).packets


def segments_backwards(size: int) -> list[bytes]:
    packets = opened().say(CALLING, frame(_DT + b"\x01\x00\x01\x00") * size, 11).packets
    return [*packets[:2], *packets[:1:-1]]


def segments_shuffled_and_twice(size: int) -> list[bytes]:
    packets = opened().say(CALLING, frame(_DT + b"\x01\x00\x01\x00") * size, 11).packets
    rest = packets[2:] * 2
    random.Random(1).shuffle(rest)
    return packets[:2] + rest


def every_other_segment_lost(size: int) -> list[bytes]:
    wire = opened()
    for _ in range(size):
        wire.say(CALLING, frame(_DT + b"\x01\x00\x01\x00")).say(CALLED, frame(_DT + b"\x01\x00"))
    return wire.packets[::2]


def one_way(size: int) -> list[bytes]:
    wire = opened()
    for _ in range(size):
        wire.say(CALLING, spdu(Unit(Spdu.DT, {}, RTTR))).say(CALLED, frame(_DT + b"\x01\x00"))
    return [packet for packet in wire.packets if packet[15] == 1]


def many_calls(size: int) -> list[bytes]:
    return [RawWire(calling_port=port).open().packets[0] for port in range(1, size % 65_000 + 2)]


def fragments_that_lack_one(size: int) -> list[bytes]:
    return [
        datagram(CALLING, bytes(8), identifier=each % 65536, fragment=0x2001)
        for each in range(size)
    ]


def one_datagram_in_fragments(size: int) -> list[bytes]:
    """As many as are whole datagrams of 8 octets a fragment, the last one first."""
    packets = []
    for each in range(size):
        offset = 511 - each % 512
        more = 0x2000 if offset < 511 else 0
        packets.append(datagram(CALLING, bytes(8), identifier=each // 512, fragment=more | offset))
    return packets


def an_overflowing_connect(size: int) -> list[bytes]:
    wire = RawWire().open().say(CALLING, CR).say(CALLED, CC)
    wire.say(CALLING, spdu(Unit(Spdu.CN, {Pi.DATA_OVERFLOW: b"\x01"}, bytes(10_240))))
    piece = spdu(Unit(Spdu.CDO, {Pi.ENCLOSURE: bytes((Part.MIDDLE,))}, bytes(20)))
    return wire.say(CALLING, piece * size).packets


def a_segmented_ssdu(size: int) -> list[bytes]:
    wire = opened()
    first = spdu(Unit(Spdu.DT, {Pi.ENCLOSURE: bytes((Part.BEGINNING,))}, b"x"))
    piece = spdu(Unit(Spdu.DT, {Pi.ENCLOSURE: bytes((Part.MIDDLE,))}, b"x"))
    return wire.say(CALLING, first + piece * size).packets


def a_tsdu_that_does_not_end(size: int) -> list[bytes]:
    return opened().say(CALLING, frame(b"\x02\xf0\x00" + b"xx") * size).packets


def checkpoints_without_end(size: int) -> list[bytes]:
    wire = opened().say(CALLING, spdu(Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"})))
    for number in range(1, size + 1):
        point = {Pi.SERIAL_NUMBER: str(number % 999_999).encode()}
        wire.say(CALLING, spdu(Unit(Spdu.MIP, point)))
        if number % 2:
            wire.say(CALLED, spdu(Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"})))
    return wire.packets


def an_envelope_in_small_pieces(size: int) -> list[bytes]:
    wire = opened(Mode.X410_1988)
    wire.say(CALLING, spdu(Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"})))
    apdu = ber.tlv(b"\xa0", ber.tlv(b"\x31", b"\x9e\x00" * size) + b"\x04\x00")
    for start in range(0, len(apdu), 16):
        wire.say(CALLING, spdu(Unit(Spdu.DT, {}, apdu[start : start + 16])))
    return wire.say(CALLING, spdu(Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"1"}))).packets


def many_messages(size: int) -> list[bytes]:
    wire, apdu = opened(Mode.X410_1988), message()
    for number in range(1, size // 16 + 2):
        wire.say(CALLING, spdu(Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"})))
        wire.say(CALLING, spdu(Unit(Spdu.DT, {}, apdu)))
        wire.say(CALLING, spdu(Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"1"})))
        wire.say(CALLED, spdu(Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"1"})))
        assert number
    return wire.packets


def aborts_after_the_end(size: int) -> list[bytes]:
    abort = spdu(Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x01"}))
    return opened().say(CALLED, abort * size).packets


SHAPES = [
    tpkts_of_another,
    no_session_at_all,
    no_tpkt_any_more,
    almost_tpkts,
    one_octet_a_segment,
    segments_backwards,
    segments_shuffled_and_twice,
    every_other_segment_lost,
    one_way,
    many_calls,
    fragments_that_lack_one,
    one_datagram_in_fragments,
    an_overflowing_connect,
    a_segmented_ssdu,
    a_tsdu_that_does_not_end,
    checkpoints_without_end,
    an_envelope_in_small_pieces,
    many_messages,
    aborts_after_the_end,
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_no_capture_costs_more_than_its_size(
    shape: Callable[[int], list[bytes]], tmp_path: Path
) -> None:
    def show(path: Path) -> None:
        for association in examine(path).associations:
            for _ in records(1, association, LayerName.MTS):
                pass

    assert_linear(
        show, lambda size: save(tmp_path / f"{size}.pcap", shape(size)), start=1000, largest=1 << 17
    )


def test_a_ladder_costs_no_more_than_its_rows(tmp_path: Path) -> None:
    def draw(path: Path) -> None:
        (association,) = examine(path).associations
        ladder([1], (association,), LayerName.MTS)

    assert_linear(
        draw,
        lambda size: save(tmp_path / f"{size}.pcap", many_messages(size)),
        start=1000,
        largest=1 << 17,
    )
