"""Every class of bug that stacks of this kind have had, against a live MTA over a socket.

Each time: the refusal or abort that the standard orders, one record of the layer and the reason,
and an association that was open all the time goes on as if nothing had happened.
"""

from dataclasses import dataclass

import pytest

from mta_emu.osi import ber
from mta_emu.osi.session.spdu import Pi, Spdu, Unit
from mta_emu.osi.tpkt import frame
from tests.hostile.conftest import Honest
from tests.hostile.wire import ACTIVITY, Attacker, Said, data, tsdu
from tests.mta_emu.mta.conftest import Running

pytestmark = pytest.mark.asyncio(loop_scope="module")

PROTOCOL_ERROR = 1 | 4  # transport disconnect of AB: not kept, protocol error
USER_ABORT = 1 | 2
CR = "06e00000000100"
RTTR, MTSE, ACSE, RTSE = b"\x04", 5, 1, 3


@dataclass(frozen=True)
class Attack:
    """What is sent after which legal beginning, what must come back, and what must be told.

    `answer` is the last thing that the MTA says, "" when it just closes.
    """

    stage: str
    octets: bytes
    answer: str
    layer: str
    text: str


def nested(depth: int) -> bytes:
    """A value inside a value inside a value."""
    octets = b"\x05\x00"
    for _ in range(depth):
        octets = ber.tlv(b"\x30", octets)
    return octets


def connect_with(user_data: bytes) -> Unit:
    units = {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}
    return Unit(Spdu.CN, units, user_data)


def proposing(*contexts: tuple[int, bytes]) -> bytes:
    """A CP that proposes contexts, given as identifier and abstract syntax; no user data."""
    ber_only = ber.tlv(b"\x30", ber.tlv(b"\x06", b"\x51\x01"))
    listed = b"".join(
        ber.tlv(b"\x30", bytes((2, 1, number)) + ber.tlv(b"\x06", syntax) + ber_only)
        for number, syntax in contexts
    )
    return ber.tlv(b"\x31", b"\xa0\x03\x80\x01\x01" + ber.tlv(b"\xa2", ber.tlv(b"\xa4", listed)))


def parameter(pi: int, length: int) -> bytes:
    """A parameter of many zeros, with the long form of its length."""
    return bytes((pi, 0xFF)) + length.to_bytes(2, "big") + bytes(length)


def spdu(si: int, parameters: bytes) -> bytes:
    return bytes((si, 0xFF)) + len(parameters).to_bytes(2, "big") + parameters


ATTACKS: dict[str, Attack] = {
    # TPKT and transport
    "TPKT length below the header": Attack(
        "tcp", bytes.fromhex("03000003"), "", "transport", "TPKT length 3: must be at least 7"
    ),
    "TPKT of another version": Attack(
        "tcp", b"GET / HTTP/1.1\r\n\r\n", "", "transport", "TPKT version 71: must be 3"
    ),
    "LI beyond the TPDU": Attack(
        "tcp",
        frame(bytes.fromhex("7fe00000000100")),
        "ER",
        "transport",
        "TPDU length indicator 127",
    ),
    "a TPDU parameter beyond the header": Attack(
        "tcp", frame(bytes.fromhex("09e00000000100 c0ff0d")), "ER", "transport", "0xc0 runs beyond"
    ),
    "a TPDU parameter of length zero": Attack(
        "tcp",
        frame(bytes.fromhex("08e00000000100 c000")),
        "ER",
        "transport",
        "TPDU size 0x: must be",
    ),
    "a TPDU of no class": Attack(
        "transport", frame(bytes.fromhex("0230 80")), "ER", "transport", "TPDU code 0x30"
    ),
    "a second CR": Attack(
        "transport", frame(bytes.fromhex(CR)), "ER", "transport", "TPDU 0xe0 in state data transfer"
    ),
    "segments without octets": Attack(
        "transport", frame(bytes.fromhex("02f000")), "ER", "transport", "DT TPDU without user data"
    ),
    "segments that never end": Attack(
        "transport",
        frame(b"\x02\xf0\x00" + bytes(65_000)) * 18,
        "",
        "session",
        "SPDU identifier 0",
    ),
    "segments that never end, and are no data": Attack(
        "activity",
        frame(b"\x02\xf0\x00\x21\x00") + frame(b"\x02\xf0\x00" + bytes(65_000)) * 18,
        "AB",
        "session",
        "a TSDU is longer than 1114112 octets",
    ),
    "data that never end, and are none's": Attack(
        "activity",
        frame(b"\x02\xf0\x00\x01\x00\x01\x00") + frame(b"\x02\xf0\x00" + bytes(65_000)) * 18,
        "AB",
        "presentation",
        "BER tag 0x00 where 0x61 must be",
    ),
    # Session
    "an SPDU whose length lies": Attack(
        "transport", tsdu(b"\x0d\x7f\x00"), "", "session", "a session length of 127 octets"
    ),
    "a parameter whose length lies": Attack(
        "association", tsdu(b"\x09\x03\xc1\x7f\x00"), "AB", "session", "a session length of 127"
    ),
    "a length indicator that is cut off": Attack(
        "association", tsdu(b"\x09\xff\x00"), "AB", "session", "length indicator is cut off"
    ),
    "a TSDU without an SPDU": Attack("association", tsdu(b""), "AB", "session", "without an SPDU"),
    "a parameter twice": Attack(
        "association",
        tsdu(b"\x09\x06\x11\x01\x01\x11\x01\x01"),
        "AB",
        "session",
        "TRANSPORT_DISCONNECT comes twice",
    ),
    "a parameter that is too long": Attack(
        "activity", tsdu(b"\x01\x00\x31\x09\x2a\x071234567"), "AB", "session", "SERIAL_NUMBER of 7"
    ),
    "a serial number of no digits": Attack(
        "activity", tsdu(Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"x"})), "AB", "session", "serial number"
    ),
    "a serial number of length zero": Attack(
        "activity", tsdu(b"\x01\x00\x31\x02\x2a\x00"), "AB", "session", "serial number"
    ),
    "connect user data beyond 512 octets": Attack(
        "transport", tsdu(spdu(13, parameter(193, 513))), "", "session", "USER_DATA of 513 octets"
    ),
    "connect user data beyond 10 240 octets": Attack(
        "transport",
        tsdu(spdu(13, parameter(194, 10_241))),
        "",
        "session",
        "EXTENDED_USER_DATA of 10241 octets",
    ),
    "more SPDUs than a TSDU may have": Attack(
        "activity",
        tsdu(b"\x01\x00" + b"\x31\x03\x2a\x011" * 40),
        "AB",
        "session",
        "SPDUs in a TSDU",
    ),
    "an SPDU that does not exist": Attack(
        "association", tsdu(b"\x63\x00"), "AB", "session", "SPDU identifier 99"
    ),
    "a connect in a session": Attack(
        "association", tsdu(connect_with(b"")), "AB", "session", "SPDU CN in state data transfer"
    ),
    "data without the token": Attack(
        "association",
        tsdu(Unit(Spdu.GTC), data(RTSE, RTTR + b"\x01\x28")),
        "AB",
        "session",
        "SPDU DT in state",
    ),
    "an activity without the tokens": Attack(
        "association", tsdu(Unit(Spdu.GTC), ACTIVITY), "AB", "session", "SPDU AS in state"
    ),
    "a confirmation of a point that was never set": Attack(
        "activity", tsdu(Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"})), "AB", "session", "SPDU MIA"
    ),
    "a point that is not the next": Attack(
        "activity", tsdu(Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"7"})), "AB", "session", "SPDU MIP"
    ),
    "a release in the middle of an activity": Attack(
        "activity", tsdu(Unit(Spdu.FN)), "AB", "session", "SPDU FN in state data transfer"
    ),
    # Presentation
    "nested BER": Attack(
        "transport",
        tsdu(connect_with(nested(100))),
        "AB",
        "presentation",
        "BER values nest deeper than 64",
    ),
    "BER nested deeper than anything real": Attack(
        "activity", tsdu(data(RTSE, nested(100))), "AB", "presentation", "nest deeper than 64"
    ),
    "an indefinite length without an end": Attack(
        "activity",
        tsdu(Unit(Spdu.DT, user_data=b"\x61\x80\x30\x80\x02\x01\x03")),
        "AB",
        "presentation",
        "does not end",
    ),
    "a primitive value of indefinite length": Attack(
        "activity",
        tsdu(Unit(Spdu.DT, user_data=b"\x61\x02\x04\x80")),
        "AB",
        "presentation",
        "primitive",
    ),
    "a BER length of 2^31": Attack(
        "activity",
        tsdu(Unit(Spdu.DT, user_data=bytes.fromhex("61 84 80000000"))),
        "AB",
        "presentation",
        "a BER length of 2147483648 octets",
    ),
    "a BER length of 2^63": Attack(
        "activity",
        tsdu(Unit(Spdu.DT, user_data=bytes.fromhex("61 88 8000000000000000"))),
        "AB",
        "presentation",
        "a BER length of 8 octets",
    ),
    "a BER length in 126 octets": Attack(
        "activity",
        tsdu(Unit(Spdu.DT, user_data=b"\x61\xfe" + b"\xff" * 126)),
        "AB",
        "presentation",
        "a BER length of 126 octets",
    ),
    "a BER tag without an end": Attack(
        "activity",
        tsdu(Unit(Spdu.DT, user_data=b"\x7f" + b"\x81" * 200)),
        "AB",
        "presentation",
        "a BER tag is longer than 5 octets",
    ),
    "an OBJECT IDENTIFIER whose arc is too long": Attack(
        "transport",
        tsdu(connect_with(proposing((1, b"\x52" + b"\xff" * 300 + b"\x7f")))),
        "AB",
        "presentation",
        "an OBJECT IDENTIFIER of 302 octets: at most 64",
    ),
    "an INTEGER that nobody can write": Attack(
        "activity",
        tsdu(
            Unit(
                Spdu.DT,
                user_data=ber.tlv(b"\x61", ber.tlv(b"\x30", ber.tlv(b"\x02", b"\x01" * 2000))),
            )
        ),
        "AB",
        "presentation",
        "an INTEGER of 2000 octets: at most 8",
    ),
    "a value in a context that is not in use": Attack(
        "activity",
        tsdu(data(99, RTTR + b"\x01\x28")),
        "AB",
        "presentation",
        "context 99, which is not in use",
    ),
    "more contexts than anybody needs": Attack(
        "transport",
        tsdu(connect_with(proposing(*((number, b"\x52\x01\x00\x01") for number in range(20))))),
        "RF",
        "presentation",
        "20 presentation contexts: at most 16",
    ),
    "a context that is proposed twice": Attack(
        "transport",
        tsdu(connect_with(proposing((1, b"\x52\x01\x00\x01"), (1, b"\x56\x00\x02\x0c")))),
        "AB",
        "presentation",
        "context 1 is proposed twice",
    ),
    # Association control and reliable transfer
    "an AARQ inside data": Attack(
        "activity",
        tsdu(data(ACSE, bytes.fromhex("6009 a107 0605 5600010600".replace(" ", "")))),
        "AB",
        "rtse",
        "context 1 where 3 must be",
    ),
    "an AARQ inside data, in RTSE's context": Attack(
        "activity",
        tsdu(data(RTSE, bytes.fromhex("6009 a107 0605 5600010600".replace(" ", "")))),
        "AB",
        "rtse",
        "not a RTSE-apdus",
    ),
    "a major synchronization point, which looks like an activity's end": Attack(
        "activity",
        tsdu(Unit(Spdu.AE, {Pi.SYNC_TYPE: b"\x01", Pi.SERIAL_NUMBER: b"1"})),
        "AB",
        "session",
        "MAJOR SYNC POINT",
    ),
    "another APDU where RTTR must be": Attack(
        "activity", tsdu(data(RTSE, b"\x02\x01\x00")), "AB", "rtse", "rttp-apdu where rttr-apdu"
    ),
    "data outside of an activity": Attack(
        "association", tsdu(data(RTSE, b"\x04\x01\x28")), "AB", "rtse", "RTTR in state"
    ),
    "no EXTERNAL in a transfer": Attack(
        "activity", tsdu(data(RTSE, b"\x04\x02\x30\x00")), "ED", "rtse", "where an EXTERNAL must be"
    ),
    "an EXTERNAL that has no value": Attack(
        "activity",
        tsdu(data(RTSE, ber.tlv(b"\x04", b"\x28\x80" + b"\x02\x01\x05" * 200))),
        "ED",
        "rtse",
        "EXTERNAL",
    ),
    "more checkpoints than twice the window": Attack(
        "activity",
        tsdu(*(Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: str(n).encode()}) for n in range(1, 9))),
        "AB",
        "rtse",
        "checkpoint 7: 7 wait for their confirmation, the window is 3",
    ),
}


def cause(said: Said) -> int:
    assert said.unit
    return said.unit.octet(Pi.TRANSPORT_DISCONNECT)


@pytest.mark.parametrize("name", ATTACKS)
async def test_refused_told_and_nobody_disturbed(
    victim: Running, honest: Honest, attacker: Attacker, name: str
) -> None:
    attack = ATTACKS[name]
    before = len(victim.all("protocol-error"))
    await attacker.reach(attack.stage)
    await attacker.send(attack.octets)
    said = await attacker.rest()
    assert [each.name for each in said][-1:] == ([attack.answer] if attack.answer else []), said
    if attack.answer == "AB":
        by_session = attack.layer == "session"
        assert cause(said[-1]) == (PROTOCOL_ERROR if by_session else USER_ABORT)
    await victim.until(lambda: len(victim.all("protocol-error")) > before)
    (problem,) = victim.all("protocol-error")[before:]
    assert problem["layer"] == attack.layer
    assert problem["reason"]
    assert attack.text in problem["reason"]
    await honest.lives()
