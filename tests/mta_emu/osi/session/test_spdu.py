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
        },
        b"\xaa",
    ),
    # SI 13: PGI 5 LI 9: PI 21 at most 2041 octets to the called side and 1024 back, PI 22
    # version 2; PI 60 data overflow; PGI 194 extended user data of 513 octets, 3 for its length
    "0d ff 0213 05 09 15 04 07f9 0400 16 01 02 3c 01 01 c2 ff 0201" + "ee" * 513: Unit(
        Spdu.CN,
        {
            Pi.TSDU_MAXIMUM_SIZE: b"\x07\xf9\x04\x00",
            Pi.VERSION_NUMBER: b"\x02",
            Pi.DATA_OVERFLOW: b"\x01",
        },
        b"\xee" * 513,
    ),
    # SI 16: PI 21, PI 22; SI 15: PI 25 end of the user data, not its beginning; PGI 193
    "10 09 15 04 0000 07f9 16 01 02": Unit(
        Spdu.OA, {Pi.TSDU_MAXIMUM_SIZE: b"\x00\x00\x07\xf9", Pi.VERSION_NUMBER: b"\x02"}
    ),
    "0f 07 19 01 02 c1 02 abcd": Unit(Spdu.CDO, {Pi.ENCLOSURE: b"\x02"}, b"\xab\xcd"),
    # SI 14: PGI 1 LI 5 called reference (9); PI 16 the data token is asked for; PI 25 beginning
    # only; PI 52 responding selector
    "0e 13 01 05 09 03 140141 10 01 01 19 01 01 34 01 53 c1 01 aa": Unit(
        Spdu.AC,
        {
            Pi.CALLED_REFERENCE: b"\x14\x01A",
            Pi.TOKEN_ITEM: b"\x01",
            Pi.ENCLOSURE: b"\x01",
            Pi.CALLED_SELECTOR: b"S",
        },
        b"\xaa",
    ),
    # SI 12: PI 17 transport not kept, PI 50 reason 2 and user data
    "0c 08 11 01 01 32 03 02 aa bb": Unit(
        Spdu.RF, {Pi.TRANSPORT_DISCONNECT: b"\x01", Pi.REASON: b"\x02"}, b"\xaa\xbb"
    ),
    # SI 25: PI 17 not kept and protocol error, PI 49 what was wrong; SI 26
    "19 07 11 01 05 31 02 6300": Unit(
        Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x05", Pi.REFLECT: b"\x63\x00"}
    ),
    "1a 00": Unit(Spdu.AA),
    # SI 33 and SI 5: user information behind the parameters
    "21 03 19 01 01 dead": Unit(Spdu.TD, {Pi.ENCLOSURE: b"\x01"}, b"\xde\xad"),
    "05 00 dead": Unit(Spdu.EX, {}, b"\xde\xad"),
    "07 03 18 01 02": Unit(Spdu.PR, {Pi.PREPARE_TYPE: b"\x02"}),
    "08 03 c1 01 aa": Unit(Spdu.NF, {}, b"\xaa"),
    "15 03 c1 01 aa": Unit(Spdu.GTC, {}, b"\xaa"),
    "01 06 10 01 01 c1 01 aa": Unit(Spdu.GT, {Pi.TOKEN_ITEM: b"\x01"}, b"\xaa"),
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
    # user data of a MIA is PI 46, not PGI 193 (X.225 8.3.21)
    "02 00 32 06 2a 01 31 2e 01 aa": Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}, b"\xaa"),
    "02 00 2a 05 2a 03 313030": Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"100"}),
    "02 00 30 03 32 01 00": Unit(Spdu.ED, {Pi.REASON: b"\x00"}),
    "02 00 00 04 31 02 0102": Unit(Spdu.ER, {Pi.REFLECT: b"\x01\x02"}),
    "01 00 19 03 32 01 01": Unit(Spdu.AI, {Pi.REASON: b"\x01"}),
    "02 00 1a 00": Unit(Spdu.AIA),
    "01 00 39 06 32 01 05 c1 01 aa": Unit(Spdu.AD, {Pi.REASON: b"\x05"}, b"\xaa"),
    "02 00 3a 00": Unit(Spdu.ADA),
    "01 00 35 09 1a 01 00 1b 01 00 2a 01 37": Unit(
        Spdu.RS, {Pi.TOKEN_SETTING: b"\x00", Pi.RESYNC_TYPE: b"\x00", Pi.SERIAL_NUMBER: b"7"}
    ),
    "02 00 22 03 2a 01 37": Unit(Spdu.RA, {Pi.SERIAL_NUMBER: b"7"}),
    "01 00 3d 03 c1 01 aa": Unit(Spdu.CD, {}, b"\xaa"),
    "02 00 3e 00": Unit(Spdu.CDA),
}


@pytest.mark.parametrize(("octets", "unit"), GOLDEN.items(), ids=lambda v: str(v)[:20])
def test_golden_octets(octets: str, unit: Unit) -> None:
    assert spdu.encode_tsdu(unit) == bytes.fromhex(octets)
    assert spdu.decode_tsdu(bytes.fromhex(octets)) == [unit]


def test_every_spdu_has_golden_octets() -> None:
    assert {unit.spdu for unit in GOLDEN.values()} == set(Spdu)


@given(st.sampled_from(list(Spdu)), st.data())
def test_units_survive_the_wire(kind: Spdu, data: st.DataObject) -> None:
    members = [
        pi
        for item in spdu._LAYOUT.get(kind, ())
        for pi in (item[1] if isinstance(item, tuple) else (item,))
        if pi not in spdu._DATA_PARAMETERS
    ]
    chosen = data.draw(st.lists(st.sampled_from(members), unique=True)) if members else []
    values = {
        pi: data.draw(
            st.binary(min_size=1, max_size=1 if pi == Pi.REASON else spdu._MAX_LENGTHS.get(pi, 600))
        )
        for pi in sorted(chosen)
    }
    has_data = Pi.ENCLOSURE in members or kind in spdu._WITH_INFORMATION
    if kind is Spdu.RF:
        has_data = Pi.REASON in values
    user_data = data.draw(st.binary(max_size=2000)) if has_data or kind is Spdu.CN else b""
    if kind in (Spdu.GT, Spdu.PT):
        values[Pi.TOKEN_ITEM] = b"\x01"
    unit = Unit(kind, values, user_data)
    (found,) = spdu.decode_tsdu(spdu.encode_tsdu(unit))
    assert found == unit


def test_lengths_from_255_take_three_octets() -> None:
    octets = spdu.encode(Unit(Spdu.DN, {}, bytes(300)))
    assert octets[:8] == bytes.fromhex("0a ff 0130 c1 ff 012c")


@pytest.mark.parametrize(
    ("unit", "text"),
    [
        (Unit(Spdu.DN, {}, bytes(65536)), "at most 65535"),
        (Unit(Spdu.DN, {}, bytes(65535)), "in an SPDU: at most 65535"),
        (Unit(Spdu.CN, {Pi.CALLED_SELECTOR: bytes(17)}), "CALLED_SELECTOR: 17 octets, at most 16"),
        (Unit(Spdu.CN, {}, bytes(10241)), "at most 10240"),
    ],
)
def test_a_value_beyond_the_field_is_our_own_fault(unit: Unit, text: str) -> None:
    with pytest.raises(ValueError, match=text):
        spdu.encode(unit)


def test_a_parameter_of_length_zero_is_kept_and_counts_as_absent() -> None:
    (unit,) = spdu.decode_tsdu(bytes.fromhex("0e 04 34 00 c1 00"))
    assert unit.get(Pi.CALLED_SELECTOR, b"default") == b"default"
    assert unit.octet(Pi.VERSION_NUMBER, 1) == 1
    assert spdu.encode(unit) == bytes.fromhex("0e 04 34 00 c1 00")


def test_user_data_of_a_mia_is_read_in_the_other_parameter_too() -> None:
    (unit,) = spdu.decode_tsdu(bytes.fromhex("02 00 32 06 2a 01 31 c1 01 aa"))
    assert unit.user_data == b"\xaa"


def test_extended_concatenation_is_read() -> None:
    """GT, then three SPDUs of category 2 in one TSDU (X.225 6.3.7)."""
    octets = bytes.fromhex("0100 2d 05 29 03 020101 31 03 2a 01 31 01 00 dead")
    assert [unit.spdu for unit in spdu.decode_tsdu(octets)] == [Spdu.AS, Spdu.MIP, Spdu.DT]


@pytest.mark.parametrize(
    ("octets", "order"),
    [
        ("01 03 10 01 01 01 00 dead", [Spdu.DT, Spdu.GT]),
        ("02 03 10 01 01 32 03 2a 01 31", [Spdu.MIA, Spdu.PT]),
        ("01 03 10 01 01 31 03 2a 01 31 29 03 2a 01 32", [Spdu.MIP, Spdu.AE, Spdu.GT]),
    ],
)
def test_tokens_that_come_with_other_spdus_come_after_them(octets: str, order: list[Spdu]) -> None:
    assert [unit.spdu for unit in spdu.decode_tsdu(bytes.fromhex(octets))] == order


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
        ("0d 03 c1 ff 02", "cut off"),
        ("0d 05 c1 ff ffff 00", "65535 octets, 1 are there"),
        ("0e 06 34 01 41 34 01 42", "AC: parameter CALLED_SELECTOR comes twice"),
        ("0e 06 34 00 34 02 4243", "comes twice"),
        ("0d 06 c1 01 aa c2 01 bb", "user data in two parameters"),
        ("0d 13 34 11" + "00" * 17, "CALLED_SELECTOR of 17 octets, at most 16"),
        ("0d ff 0205 c1 ff 0201" + "00" * 513, "USER_DATA of 513 octets, at most 512"),
        ("0d ff 2805 c2 ff 2801" + "00" * 10241, "of 10241 octets, at most 10240"),
        ("01 00" + "1a 00" * 20, "more than 16 SPDUs"),
        ("01 00", "without a token item"),
        ("02 03 c1 01 aa", "without a token item"),
    ],
)
def test_lies_are_found(octets: str, text: str) -> None:
    with pytest.raises(ProtocolError, match=text):
        spdu.decode_tsdu(bytes.fromhex(octets))


@given(st.binary(max_size=80))
def test_whatever_comes_is_spdus_or_a_protocol_error(octets: bytes) -> None:
    with suppress(ProtocolError):
        assert spdu.decode_tsdu(octets)
