"""SSDUs in pieces, X.225 7.37."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session import segments
from mta_emu.osi.session.primitives import Part
from mta_emu.osi.session.segments import Joiner
from mta_emu.osi.session.spdu import Pi, Spdu, Unit, decode_tsdu, encode_tsdu

#: SPDUs with user data, each with the parameters that its first piece has.
WITH_DATA = [
    Unit(Spdu.DT),
    Unit(Spdu.TD),
    Unit(Spdu.AC, {Pi.VERSION_NUMBER: b"\x02", Pi.USER_REQUIREMENTS: b"\x02\x49"}),
    Unit(Spdu.RF, {Pi.TRANSPORT_DISCONNECT: b"\x01", Pi.REASON: b"\x02"}),
    Unit(Spdu.FN, {Pi.TRANSPORT_DISCONNECT: b"\x01"}),
    Unit(Spdu.DN),
    Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: b"\x03"}),
    Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x01"}),
    Unit(Spdu.MIP, {Pi.SYNC_TYPE: b"\x01", Pi.SERIAL_NUMBER: b"123456"}),
    Unit(Spdu.MIA, {Pi.SERIAL_NUMBER: b"1"}),
    Unit(Spdu.AS, {Pi.ACTIVITY_IDENTIFIER: b"\x02\x01\x01"}),
    Unit(Spdu.AI, {Pi.REASON: b"\x05"}),
    Unit(Spdu.AE, {Pi.SERIAL_NUMBER: b"1"}),
    Unit(Spdu.AEA, {Pi.SERIAL_NUMBER: b"1"}),
    Unit(Spdu.ED, {Pi.REASON: b"\x05"}),
]


def test_golden_pieces_of_data() -> None:
    """5 octets where a TSDU may have 10: 7 for GT, DT and the enclosure item, 3 of data."""
    pieces = [encode_tsdu(unit) for unit in segments.cut(Unit(Spdu.DT, {}, b"ABCDE"), 10)]
    assert pieces == [
        bytes.fromhex("01 00 01 03 19 01 01") + b"ABC",  # the beginning
        bytes.fromhex("01 00 01 03 19 01 02") + b"DE",  # the end
    ]


def test_golden_pieces_of_a_refusal() -> None:
    """Every piece has the reason; the first alone what else there is."""
    unit = Unit(Spdu.RF, {Pi.TRANSPORT_DISCONNECT: b"\x01", Pi.REASON: b"\x02"}, b"ABCDEFGH")
    pieces = [encode_tsdu(unit) for unit in segments.cut(unit, 20)]
    assert pieces == [
        bytes.fromhex("0c 0c 11 01 01 19 01 01 32 04 02") + b"ABC",
        bytes.fromhex("0c 0b 19 01 02 32 06 02") + b"DEFGH",
    ]


@pytest.mark.parametrize("unit", WITH_DATA, ids=lambda unit: unit.spdu.name)
@settings(max_examples=30)
@given(data=st.binary(min_size=1, max_size=3000), limit=st.integers(64, 2048))
def test_what_is_cut_fits_and_joins_to_the_whole(unit: Unit, data: bytes, limit: int) -> None:
    whole = Unit(unit.spdu, unit.parameters, data)
    joiner = Joiner(10_000)
    found = []
    for piece in segments.cut(whole, limit):
        tsdu = encode_tsdu(piece)
        assert len(tsdu) <= limit
        (read,) = decode_tsdu(tsdu)
        found.append(joiner.add(read, segmented=True))
    *before, last = found
    assert before == [None] * len(before)
    assert last is not None
    assert (last.spdu, last.user_data) == (whole.spdu, data)
    assert {pi: v for pi, v in last.parameters.items() if pi != Pi.ENCLOSURE} == unit.parameters


@pytest.mark.parametrize("size", [0, 65_400, 65_540, 200_000])
def test_what_does_not_fit_an_spdu_is_cut_without_a_maximum_too(size: int) -> None:
    pieces = list(segments.cut(Unit(Spdu.FN, {}, bytes(size)), 0))
    assert sum(len(piece.user_data) for piece in pieces) == size
    assert (len(pieces) > 1) is (size > 65_500)
    assert all(len(encode_tsdu(piece)) <= 65_539 for piece in pieces)


def test_data_of_any_length_is_one_piece_without_a_maximum() -> None:
    unit = Unit(Spdu.DT, {}, bytes(1 << 20))
    assert list(segments.cut(unit, 0)) == [unit]


def piece(spdu: Spdu, enclosure: int, data: bytes = b"x") -> Unit:
    return Unit(spdu, {Pi.ENCLOSURE: bytes((enclosure,))}, data)


@pytest.mark.parametrize("spdu", [Spdu.AB, Spdu.ER, Spdu.ED, Spdu.AI, Spdu.AD])
def test_what_purges_ends_the_ssdu_that_was_under_way(spdu: Spdu) -> None:
    joiner = Joiner(100)
    assert joiner.add(piece(Spdu.DT, 1), segmented=True) is None
    purge = Unit(spdu)
    assert joiner.add(purge, segmented=True) is purge
    begins = piece(Spdu.DT, 3)
    assert joiner.add(begins, segmented=True) is begins


def test_tokens_may_be_asked_for_between_the_pieces() -> None:
    joiner = Joiner(100)
    joiner.add(piece(Spdu.DT, 1, b"a"), segmented=True)
    please = Unit(Spdu.PT, {Pi.TOKEN_ITEM: b"\x01"})
    assert joiner.add(please, segmented=True) is please
    assert joiner.add(piece(Spdu.DT, 2, b"b"), segmented=True) == Unit(Spdu.DT, {}, b"ab")


@pytest.mark.parametrize(
    ("before", "unit", "segmented", "text"),
    [
        ([], piece(Spdu.DT, 1), False, "DT is a segment: none was negotiated"),
        ([], piece(Spdu.DT, 0), True, "a segmented DT has no beginning"),
        ([], piece(Spdu.DT, 2), True, "has no beginning"),
        ([piece(Spdu.DT, 1)], piece(Spdu.DT, 1), True, "begins twice"),
        ([piece(Spdu.DT, 1)], piece(Spdu.DT, 3), True, "begins twice"),
        ([piece(Spdu.DT, 1)], Unit(Spdu.DT), True, "begins twice"),
        ([piece(Spdu.DT, 1)], Unit(Spdu.MIP), True, "MIP where the rest of a DT must be"),
        ([piece(Spdu.DT, 1)], piece(Spdu.PT, 1), True, "PT where the rest of a DT must be"),
        ([piece(Spdu.TD, 1, bytes(60))], piece(Spdu.TD, 0, bytes(41)), True, "longer than 100"),
    ],
)
def test_pieces_that_do_not_fit(before: list[Unit], unit: Unit, segmented: bool, text: str) -> None:
    joiner = Joiner(100)
    for each in before:
        assert joiner.add(each, segmented=True) is None
    with pytest.raises(ProtocolError, match=text):
        joiner.add(unit, segmented)


def test_long_data_are_handed_out_in_parts() -> None:
    joiner = Joiner(5)
    enclosed = [(1, b"abc"), (0, b"def"), (0, b"ghi"), (0, b"jkl"), (2, b"m"), (1, b"n"), (2, b"o")]
    found = [joiner.add(piece(Spdu.DT, *each), segmented=True) for each in enclosed]
    assert found == [
        None,
        Unit(Spdu.DT, {}, b"abcdef", Part.BEGINNING),
        None,
        Unit(Spdu.DT, {}, b"ghijkl", Part.MIDDLE),
        Unit(Spdu.DT, {}, b"m", Part.END),
        None,
        Unit(Spdu.DT, {}, b"no"),
    ]


def test_overflow_has_never_the_beginning() -> None:
    pieces = list(segments.cut(Unit(Spdu.CDO, {}, b"ABCDE"), 12))
    assert [encode_tsdu(unit)[:5] for unit in pieces] == [
        bytes.fromhex("0f 06 19 01 00"),
        bytes.fromhex("0f 06 19 01 00"),
        bytes.fromhex("0f 06 19 01 00"),
        bytes.fromhex("0f 06 19 01 00"),
        bytes.fromhex("0f 06 19 01 02"),
    ]
    assert [segments.ends(unit) for unit in pieces] == [False] * 4 + [True]
