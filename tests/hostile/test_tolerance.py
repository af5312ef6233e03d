"""What looks wrong and is not, what is wrong above the stack, and bounds that hold meanwhile."""

import asyncio
import tracemalloc
from collections.abc import Callable
from dataclasses import replace

import pytest

from mta_emu.osi import ber
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, encode_tsdu
from mta_emu.osi.tpkt import frame
from mta_emu.osi.transport.connection import MAX_TSDU_SIZE
from tests.hostile.conftest import Honest
from tests.hostile.wire import ACTIVITY, Attacker, data, message, tsdu
from tests.mta_emu.mta.conftest import PORT, A, B, Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

RTSE, MTSE = 3, 5
END = Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"1"})


def external(value: bytes) -> bytes:
    """The EXTERNAL that an APDU travels in, with an indefinite length, because real stacks do."""
    return b"\x28\x80\x02\x01\x05" + ber.tlv(b"\xa0", value) + b"\x00\x00"


def in_pieces(octets: bytes, size: int = 100) -> bytes:
    """An OCTET STRING made of OCTET STRINGs, in indefinite length."""
    pieces = [octets[start : start + size] for start in range(0, len(octets), size)]
    return b"\x24\x80" + b"".join(ber.tlv(b"\x04", piece) for piece in pieces) + b"\x00\x00"


def long_form(octets: bytes) -> bytes:
    """A value whose length takes four octets, three of them zero for a short one."""
    _, length, start = ber.header(octets)
    assert length is not None
    return octets[:1] + b"\x84" + length.to_bytes(4, "big") + octets[start:]


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda whole: ber.tlv(b"\x04", whole), id="shortest forms"),
        pytest.param(in_pieces, id="constructed string in pieces"),
        pytest.param(lambda whole: long_form(ber.tlv(b"\x04", whole)), id="long form of a length"),
    ],
)
async def test_every_form_of_ber_is_read(
    victim: Running, honest: Honest, attacker: Attacker, wrap: Callable[[bytes], bytes]
) -> None:
    """A stack may choose any of them (X.209), and real ones do."""
    before = len(victim.all("transfer", direction="in"))
    await attacker.reach("activity")
    await attacker.send(tsdu(data(RTSE, wrap(external(honest.message()))), END))
    await victim.until(lambda: len(victim.all("transfer", direction="in")) == before + 1)
    await attacker.send(tsdu(Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"})))
    await attacker.rest()
    await honest.lives()


@pytest.mark.parametrize(
    "wrap",
    [
        pytest.param(lambda whole: ber.tlv(b"\x04", whole), id="shortest forms"),
        pytest.param(lambda whole: in_pieces(whole, 5000), id="constructed string in pieces"),
    ],
)
async def test_an_apdu_without_checkpoints_is_one_ssdu_however_long(
    honest: Honest, attacker: Attacker, wrap: Callable[[bytes], bytes]
) -> None:
    """X.228 7.3.3: another MTA may send 15 MB so. They go to the store as they come."""
    attacker.opening = replace(attacker.opening, checkpoint_size=0)
    await attacker.reach("activity")
    octets = encode_tsdu(data(RTSE, wrap(external(honest.message(15_000_000)))))
    tpdus = [octets[start : start + 8000] for start in range(0, len(octets), 8000)]
    tracemalloc.start()
    try:
        for tpdu in tpdus[:-1]:
            await attacker.send(frame(b"\x02\xf0\x00" + tpdu))
        await attacker.send(frame(b"\x02\xf0\x80" + tpdus[-1]) + tsdu(END))
        assert (await attacker.one_spdu()).spdu is Spdu.AEA
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * MAX_TSDU_SIZE
    await honest.lives()


async def test_of_a_parameter_that_comes_twice_in_a_tpdu_the_last_counts(
    honest: Honest, attacker: Attacker
) -> None:
    """X.224 13.2.3: and one that is not known there is ignored."""
    await attacker.send(
        frame(bytes.fromhex("0fe00000000100 c0010d c00108 990101".replace(" ", "")))
    )
    cc = await attacker.one_tpdu()
    assert cc.parameter(0xC0) == b"\x08"
    await honest.lives()


async def test_a_zero_length_in_the_long_form(honest: Honest, attacker: Attacker) -> None:
    """An empty activity identifier's user data, `c1 ff 00 00`, is nothing at all."""
    await attacker.reach("association")
    await attacker.send(tsdu(b"\x01\x00\x2d\x09\x29\x03\x02\x01\x01\xc1\xff\x00\x00"))
    await attacker.send(tsdu(data(RTSE, ber.tlv(b"\x04", external(honest.message()))), END))
    assert (await attacker.one_spdu()).spdu is Spdu.AEA
    await honest.lives()


@pytest.mark.parametrize(
    ("apdu", "text"),
    [
        (b"\x05\x00", "BER tag 0x05 where an MTS-APDU must be"),
        (message(1002)[:300], "the transfer ended before"),
        (b"\xa0\x02\x30\x00", "where an envelope must be"),
        (b"\xa0\x84\x7f\xff\xff\xff\x31\x84\x7f\xff\xff\xff" + bytes(300), "the transfer ended"),
    ],
)
async def test_an_apdu_that_is_none_is_refused_and_the_association_goes_on(
    victim: Running, honest: Honest, attacker: Attacker, apdu: bytes, text: str
) -> None:
    """An exception report (X.225 8.3.25), and nothing is taken."""
    before = len(victim.all("protocol-error"))
    await attacker.reach("activity")
    await attacker.send(tsdu(data(RTSE, ber.tlv(b"\x04", external(apdu))), END))
    refusal = await attacker.one_spdu()
    assert (refusal.spdu, refusal.octet(Pi.REASON)) == (Spdu.ED, 6)  # procedural error
    await attacker.send(tsdu(Unit(Spdu.AD, {Pi.REASON: b"\x06"})))
    assert (await attacker.one_spdu()).spdu is Spdu.ADA
    (problem,) = victim.all("protocol-error")[before:]
    assert problem["layer"] == "mts"
    assert text in problem["reason"]
    await attacker.send(
        tsdu(ACTIVITY, data(RTSE, ber.tlv(b"\x04", external(honest.message()))), END)
    )
    assert (await attacker.one_spdu()).spdu is Spdu.AEA
    await honest.lives()


async def test_a_bind_that_is_none(victim: Running, honest: Honest, attacker: Attacker) -> None:
    before = len(victim.all("protocol-error"))
    attacker.bind_with(b"\x04\x03abc")
    await attacker.reach("transport")
    await attacker.send(attacker.connect)
    assert [each.name for each in await attacker.rest()] == ["AB"]
    (problem,) = victim.all("protocol-error")[before:]
    assert problem["layer"] == "mts"
    await honest.lives()


async def test_a_tpkt_beyond_the_data(victim: Running, honest: Honest, attacker: Attacker) -> None:
    """65 535 octets are promised, three come, and the caller is gone."""
    before = len(victim.all("protocol-error"))
    await attacker.send(b"\x03\x00\xff\xff\x06\xe0\x00")
    attacker.writer.write_eof()
    assert await attacker.rest() == []
    await victim.until(lambda: len(victim.all("protocol-error")) > before)
    await honest.lives()


async def test_segments_that_never_end_take_bounded_memory(
    honest: Honest, attacker: Attacker
) -> None:
    """32 MB in one TSDU: what is held is the bound of a TSDU, its copy while it grows, a buffer."""
    await attacker.reach("transport")
    await honest.lives()
    tracemalloc.start()
    try:
        for _ in range(512):
            if not attacker.writer.is_closing():
                await attacker.send(frame(b"\x02\xf0\x00" + bytes(65_000)))
        said = await attacker.rest()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert said == []
    assert peak < 4 * MAX_TSDU_SIZE
    await honest.lives()


async def test_callers_that_say_nothing_are_bounded_by_the_control_blocks(
    victim: Running, honest: Honest
) -> None:
    """The 20 of an Exchange server: the next is turned away with 9156, and who is in stays in."""
    idle = [await asyncio.open_connection(B, PORT, local_addr=(A, 0)) for _ in range(25)]
    await victim.said("event", id=9156)
    await honest.lives()
    for _, writer in idle:
        writer.close()
    await honest.lives()
