"""No input of a peer costs more than in proportion to its length, in any layer."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from mta_emu.osi import ber
from mta_emu.osi.asn1 import compile_modules
from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.presentation import ppdus
from mta_emu.osi.presentation.longvalue import LongValueReader, beginning
from mta_emu.osi.presentation.primitives import Pdv
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.external import ExternalReader, external
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtOpen,
    RtOpenAccept,
    RtTransfer,
)
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session import segments
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import Part, SConnect, SConnectAccept, SData
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu, encode_tsdu
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.connection import TransportConnection
from tests.scaling import assert_linear

NULL = b"\x05\x00"


def nested(inner: bytes, depth: int, *, definite: bool) -> bytes:
    for _ in range(depth):
        inner = ber.tlv(b"\x30", inner) if definite else b"\x30\x80" + inner + b"\x00\x00"
    return inner


def in_pieces(octets: bytes, size: int) -> list[bytes]:
    return [octets[at : at + size] for at in range(0, len(octets), size)]


def feed_all(reader: Callable[[], Any], size: int) -> Callable[[bytes], object]:
    def feed(octets: bytes) -> None:
        fed = reader()
        for piece in in_pieces(octets, size):
            fed.feed(piece)

    return feed


def string(size: int, *, pieces: int, definite: bool) -> bytes:
    """An OCTET STRING of `size` octets in pieces, each nested as deep as it may be."""
    piece = ber.tlv(b"\x04", bytes(pieces))
    inner = piece * (size // pieces)
    for _ in range(20):
        inner = ber.tlv(b"\x24", inner) if definite else b"\x24\x80" + inner + b"\x00\x00"
    return inner


#: What a value of many small ones looks like, in the forms that cost most.
SHAPES: dict[str, Callable[[int], bytes]] = {
    "wide": lambda size: ber.tlv(b"\x30", b"\x80\x00" * size),
    "deep": lambda size: nested(b"\x80\x00" * size, 60, definite=True),
    "deep, indefinite": lambda size: nested(b"\x80\x00" * size, 60, definite=False),
    "many indefinite": lambda size: ber.tlv(b"\x30", b"\x30\x80\x00\x00" * size),
    "indefinite in indefinite": lambda size: b"\x30\x80" + b"\x30\x80\x00\x00" * size + b"\x00\x00",
    "one long": lambda size: ber.tlv(b"\x30", ber.tlv(b"\x04", bytes(size * 50))),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "read",
    [
        ber.definite,
        lambda octets: ber.EndFinder().find(octets),
        lambda octets: ber.elements(ber.contents(octets)),
        lambda octets: list(ber.children(octets)),
    ],
    ids=["definite", "EndFinder", "elements", "children"],
)
def test_ber(read: Callable[[bytes], object], shape: str) -> None:
    assert_linear(read, SHAPES[shape])


@pytest.mark.parametrize("definite", [True, False])
@pytest.mark.parametrize("fed", [1, 1000, 1 << 20])
def test_a_string_in_pieces(definite: bool, fed: int) -> None:
    assert_linear(
        feed_all(ber.StringReader, fed), lambda size: string(size, pieces=1, definite=definite)
    )


def test_the_end_of_a_value_that_comes_in_pieces() -> None:
    def find(octets: bytes) -> None:
        finder, come = ber.EndFinder(), bytearray()
        for piece in in_pieces(octets, 100):
            come += piece
            try:
                finder.find(come)
            except ber.Incomplete:
                continue

    assert_linear(find, SHAPES["deep, indefinite"])


def tpkts(size: int) -> bytes:
    return frame(b"\x02\xf0\x80x") * size


@pytest.mark.parametrize("fed", [1, 100, 1 << 30])
def test_tpkt(fed: int) -> None:
    def read(octets: bytes) -> None:
        reader = TpktReader()
        for piece in in_pieces(octets, fed):
            for _ in reader.feed(piece):
                pass

    assert_linear(read, tpkts)
    assert_linear(read, lambda size: frame(bytes(min(size, 65_000))))


def open_transport() -> TransportConnection:
    called = TransportConnection(initiator=False)
    called.receive_data(frame(bytes.fromhex("06 e0 0000 0001 00")))
    return called


def test_a_tsdu_in_many_tpdus() -> None:
    def read(octets: bytes) -> None:
        open_transport().receive_data(octets)

    assert_linear(read, lambda size: frame(b"\x02\xf0\x00x") * size)
    assert_linear(
        lambda tsdu: open_transport().data(tsdu), lambda size: bytes(size * 100), largest=1 << 17
    )


def test_spdus() -> None:
    parameters = b"".join(bytes((code, 0)) for code in range(60, 255) if code != 33)
    spdus = {
        # parameters that X.225 does not know, and groups of them
        "unknown": lambda size: (
            b"\x19\xff" + (size * 3).to_bytes(2, "big") + b"\x05\x01\x00" * size
        ),
        "data": lambda size: encode_tsdu(Unit(Spdu.DT, {}, bytes(size * 20))),
        "known": lambda size: b"\x19\xff" + len(parameters).to_bytes(2, "big") + parameters,
    }
    for make in spdus.values():
        assert_linear(_try(decode_tsdu), make, largest=20_000)


def _try(read: Callable[[bytes], object]) -> Callable[[bytes], object]:
    def tried(octets: bytes) -> None:
        with suppress(ProtocolError):
            read(octets)

    return tried


@pytest.mark.parametrize("max_tsdu", [64, 1000])
def test_segments(max_tsdu: int) -> None:
    assert_linear(
        lambda unit: list(segments.cut(unit, max_tsdu)),
        lambda size: Unit(Spdu.DT, {}, bytes(size * 60)),
    )

    def join(units: list[Unit]) -> None:
        joiner = segments.Joiner(1 << 20)
        for unit in units:
            joiner.add(unit, segmented=True)

    assert_linear(
        join, lambda size: list(segments.cut(Unit(Spdu.DT, {}, bytes(size * 60)), max_tsdu))
    )


def open_session(**options: Any) -> SessionConnection:
    calling, called = (SessionConnection(initiator, **options) for initiator in (True, False))
    calling.request(SConnect())
    for _ in range(3):
        called.receive_data(calling.data_to_send())
        if called.state.name == "STA08":
            called.request(SConnectAccept())
        calling.receive_data(called.data_to_send())
    return calling


@pytest.mark.parametrize("max_tsdu", [0, 64, 60_000])
def test_an_ssdu_through_the_session(max_tsdu: int) -> None:
    def send(octets: bytes) -> None:
        session = open_session(max_tsdu_size=max_tsdu)
        for at, piece in enumerate(in_pieces(octets, 10_000)):
            session.request(SData(piece, Part.MIDDLE if at else Part.BEGINNING))
            session.data_to_send()

    assert_linear(send, lambda size: bytes(size * 100), start=2000)


def test_values_of_the_presentation() -> None:
    assert_linear(
        ppdus.decode_values, lambda size: ppdus.encode_values((Pdv(3, NULL),) * (size // 10))
    )
    assert_linear(ppdus.encode_values, lambda size: (Pdv(3, NULL),) * (size // 10))
    assert_linear(
        ppdus.decode_values, lambda size: ppdus.encode_values((Pdv(3, SHAPES["deep"](size)),))
    )


def test_a_long_value_in_parts() -> None:
    def read(octets: bytes) -> None:
        reader = LongValueReader()
        for piece in in_pieces(octets, 100):
            reader.feed(piece, last=False)

    assert_linear(read, lambda size: beginning(3, size * 10) + bytes(size * 10))


def test_an_external_in_parts() -> None:
    def make(size: int) -> bytes:
        source = external(5, Octets(bytes(size * 10)))
        return source.read(0, source.length)

    assert_linear(feed_all(ExternalReader, 100), make)
    assert_linear(_try(feed_all(ExternalReader, 1)), lambda size: b"\x28\x80" + b"\x02\x00" * size)


@pytest.mark.parametrize("name", ["rtorj-apdu", "rttr-apdu", "rtab-apdu"])
def test_apdus(name: str) -> None:
    codec = compile_modules("mta_emu.osi.asn1", "rtse", "x410")
    values: dict[str, Callable[[int], Any]] = {
        "rtorj-apdu": lambda size: {"userDataRJ": SHAPES["many indefinite"](size)},
        "rttr-apdu": lambda size: bytes(size * 10),
        "rtab-apdu": lambda size: {"reflectedParameter": (bytes(size), size * 8)},
    }
    assert_linear(
        lambda octets: codec.decode("RTSE-apdus", octets),
        lambda size: codec.encode("RTSE-apdus", (name, values[name](size))),
    )
    assert_linear(lambda value: codec.encode("RTSE-apdus", (name, value)), values[name])


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("checkpoint_size", [0, 1])
def test_a_transfer(mode: Mode, checkpoint_size: int) -> None:
    """Both sides, from the APDU to the octets and back."""

    def transfer(octets: bytes) -> None:
        calling, called = RtseConnection(initiator=True), RtseConnection(initiator=False)
        calling.request(
            RtOpen(
                Selectors(), Selectors(), NULL, DialogueMode.MONOLOGUE, checkpoint_size, mode=mode
            )
        )
        for _ in range(2):
            for heard in called.receive_data(calling.data_to_send()):
                assert isinstance(heard, RtOpen)
                called.request(RtOpenAccept(NULL, checkpoint_size))
            calling.receive_data(called.data_to_send())
        calling.request(RtTransfer(Octets(octets)))
        while onward := calling.data_to_send():
            for heard in called.receive_data(onward):
                if isinstance(heard, RtCheckpoint):
                    called.request(RtCheckpointSecured(heard.serial))
            calling.receive_data(called.data_to_send())

    assert_linear(transfer, lambda size: bytes(size * 100), start=200, largest=20_000)


def test_a_connect_of_many_parameters() -> None:
    """A CONNECT whose user data come in many pieces (X.225 7.3)."""

    def connect(size: int) -> bytes:
        cn = Unit(
            Spdu.CN,
            {
                Pi.VERSION_NUMBER: b"\x02",
                Pi.USER_REQUIREMENTS: b"\x02\x49",
                Pi.DATA_OVERFLOW: b"\x01",
            },
            bytes(100),
        )
        piece = frame(b"\x02\xf0\x80" + encode_tsdu(Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x00"}, b"x")))
        opening = frame(bytes.fromhex("06 e0 0000 0001 00"))
        return opening + frame(b"\x02\xf0\x80" + encode_tsdu(cn)) + piece * size

    assert_linear(
        lambda octets: RtseConnection(initiator=False).receive_data(octets), connect, largest=60_000
    )
