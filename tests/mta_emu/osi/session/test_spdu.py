"""SPDUs, X.225 clause 8."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session import spdu
from mta_emu.osi.session.spdu import Pi, Spdu, Unit

GOLDEN = {
    # SI 13, LI 16; PGI 5 LI 9: PI 19 options 0, PI 22 versions 1+2, PI 26 tokens with the
    # initiator; PI 20 functional units 0x0249; PI 193 user data
    "0d 12 05 09 130100 160103 1a0100 14 02 0249 c1 01 aa": Unit(
        Spdu.CN,
        {
            Pi.PROTOCOL_OPTIONS: b"\x00",
            Pi.VERSION_NUMBER: b"\x03",
            Pi.TOKEN_SETTING: b"\x00",
            Pi.USER_REQUIREMENTS: b"\x02\x49",
            Pi.USER_DATA: b"\xaa",
        },
    ),
    # SI 12: PI 17 transport not kept, PI 50 reason 2 and user data
    "0c 08 11 01 01 32 03 02 aa bb": Unit(
        Spdu.RF, {Pi.TRANSPORT_DISCONNECT: b"\x01", Pi.REASON: b"\x02\xaa\xbb"}
    ),
    "09 03 11 01 01": Unit(Spdu.FN, {Pi.TRANSPORT_DISCONNECT: b"\x01"}),
    "0a 00": Unit(Spdu.DN),
    "15 00": Unit(Spdu.GTC),
    "16 00": Unit(Spdu.GTA),
    # category 0 with a token item: the SPDU itself
    "02 03 10 01 01": Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x01"}),
    # category 2 after an empty GT (01 00) from the owner of the tokens
    "01 00 2d 05 29 03 020101": Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}),
    # PGI 33 LI 30: calling reference (10), common reference (11), old activity (41), point 3 (42);
    # then the new activity (41)
    "01 00 1d 25 21 1e 0a 05 1403414243 0b 0d 170b323630313031303030305a 29 03 020101 2a 01 33"
    " 29 03 020102": Unit(
        Spdu.AR,
        {
            Pi.CALLING_REFERENCE: b"\x14\x03ABC",
            Pi.COMMON_REFERENCE: b"\x17\x0b2601010000Z",
            Pi.OLD_ACTIVITY_IDENTIFIER: b"\x02\x01\x01",
            Pi.SERIAL_NUMBER: b"3",
            Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x02",
        },
    ),
    "01 00 01 00 dead": Unit(Spdu.DT, {}, b"\xde\xad"),
    "01 00 31 03 2a 01 34": Unit(Spdu.MIP, {Pi.SERIAL_NUMBER: b"4"}),
    "01 00 29 03 2a 01 35": Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"5"}),
    # ... and after an empty PT (02 00) from the other side
    "02 00 32 03 2a 01 31": Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}),
    "02 00 2a 05 2a 03 313030": Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"100"}),
    "02 00 30 03 32 01 00": Unit(Spdu.ED, {Pi.REASON: b"\x00"}),
}


@pytest.mark.parametrize(("octets", "unit"), GOLDEN.items(), ids=lambda v: str(v)[:20])
def test_golden_octets(octets: str, unit: Unit) -> None:
    assert spdu.encode_tsdu(unit) == bytes.fromhex(octets)
    assert spdu.decode_tsdu(bytes.fromhex(octets)) == [unit]


@given(st.sampled_from([s for s in Spdu if s in spdu._LAYOUT]), st.data())
def test_units_survive_the_wire(kind: Spdu, data: st.DataObject) -> None:
    members = [
        pi
        for item in spdu._LAYOUT[kind]
        for pi in (item[1] if isinstance(item, tuple) else (item,))
    ]
    chosen = data.draw(st.lists(st.sampled_from(members), unique=True))
    values = {pi: data.draw(st.binary(min_size=1, max_size=600)) for pi in sorted(chosen)}
    information = data.draw(st.binary(max_size=50)) if kind is Spdu.DT else b""
    unit = Unit(kind, values, information)
    (found,) = spdu.decode_tsdu(spdu.encode_tsdu(unit))
    assert found == unit


def test_lengths_from_255_take_three_octets() -> None:
    octets = spdu.encode(Unit(Spdu.DN, {Pi.USER_DATA: bytes(300)}))
    assert octets[:8] == bytes.fromhex("0a ff 0130 c1 ff 012c")


def test_a_value_beyond_the_field_is_our_own_fault() -> None:
    with pytest.raises(ValueError, match="at most 65535"):
        spdu.encode(Unit(Spdu.DN, {Pi.USER_DATA: bytes(65536)}))


def test_extended_concatenation_is_read() -> None:
    """GT, then three SPDUs of category 2 in one TSDU (X.225 6.3.7)."""
    octets = bytes.fromhex("0100 2d 05 29 03 020101 31 03 2a 01 31 01 00 dead")
    assert [unit.spdu for unit in spdu.decode_tsdu(octets)] == [Spdu.AS, Spdu.MIP, Spdu.DT]


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("", "without an SPDU"),
        ("63 00", "identifier 99"),
        ("0d", "cut off"),
        ("0d ff 01", "cut off"),
        ("0d 05 00", "5 octets, 1 are there"),
        ("0d 03 05 05 00", "5 octets, 1 are there"),
        ("09 00 00", "followed by 1 octets"),
        ("01 00 77 00", "identifier 119"),
    ],
)
def test_lies_are_found(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        spdu.decode_tsdu(bytes.fromhex(octets))


@given(st.binary(max_size=80))
def test_whatever_comes_is_spdus_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        assert spdu.decode_tsdu(octets)
