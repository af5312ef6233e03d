"""Compiled .asn modules are kept, and never out of date."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import asn1tools
import pytest

from mta_emu.mts.asn1 import MTS
from mta_emu.osi import asn1
from mta_emu.osi.ber import tlv
from mta_emu.osi.errors import ProtocolError

NOTATION = "M DEFINITIONS ::= BEGIN A ::= INTEGER END"
OTHER = "M DEFINITIONS ::= BEGIN A ::= BOOLEAN END"


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was parsed, and not taken from where it is kept."""
    parsed: list[str] = []
    parse = asn1tools.parse_string

    def count(notation: str) -> object:
        parsed.append(notation)
        return parse(notation)

    monkeypatch.setattr(asn1tools, "parse_string", count)
    return parsed


def test_a_module_is_parsed_once(tmp_path: Path, parses: list[str]) -> None:
    kept = tmp_path / "cache" / "M"
    for _ in range(2):
        assert asn1._compile(NOTATION, kept).encode("A", 5) == b"\x02\x01\x05"
    assert parses == [NOTATION]


def test_a_changed_module_is_parsed_again(tmp_path: Path, parses: list[str]) -> None:
    asn1._compile(NOTATION, tmp_path / "M")
    assert asn1._compile(OTHER, tmp_path / "M").encode("A", True) == b"\x01\x01\xff"
    assert parses == [NOTATION, OTHER]


@pytest.mark.parametrize("damage", [b"", b"\xff", b"N.", b"garbage", b"cnothing\nhere\n."])
def test_a_damaged_file_is_parsed_again(tmp_path: Path, parses: list[str], damage: bytes) -> None:
    kept = tmp_path / "M"
    asn1._compile(NOTATION, kept)
    kept.write_bytes(damage)
    assert asn1._compile(NOTATION, kept).encode("A", 5) == b"\x02\x01\x05"
    assert parses == [NOTATION, NOTATION]


def test_without_a_place_to_keep_it_a_module_is_parsed_each_time(
    tmp_path: Path, parses: list[str]
) -> None:
    tmp_path.joinpath("file").touch()
    for _ in range(2):
        asn1._compile(NOTATION, tmp_path / "file" / "M")
    assert parses == [NOTATION, NOTATION]


def test_a_time_that_is_none_is_the_peers_fault() -> None:
    """The library tells a wrong UTCTime by an exception that is not its decoding error."""
    codec = asn1.Codec(
        asn1tools.compile_string("M DEFINITIONS ::= BEGIN T ::= UTCTime END", codec="ber")
    )
    with pytest.raises(ProtocolError, match="not a T"):
        codec.decode("T", b"\x17\x01 ")


@pytest.mark.parametrize(
    ("notation", "octets", "limit"),
    [
        ("INTEGER", b"\x02\x82\x07\xd1\x01" + bytes(2000), "an INTEGER of 2001 octets: at most 8"),
        ("[0] IMPLICIT INTEGER", b"\x80\x09\x01" + bytes(8), "an INTEGER of 9 octets"),
        ("OBJECT IDENTIFIER", b"\x06\x41\x51" + b"\x01" * 64, "an OBJECT IDENTIFIER of 65 octets"),
        (
            "[1] IMPLICIT OBJECT IDENTIFIER",
            b"\x81\x82\xff\xff" + b"\xff" * 65534 + b"\x7f",
            "65535",
        ),
    ],
)
def test_numbers_have_an_end(notation: str, octets: bytes, limit: str) -> None:
    """Python writes no number of more than 4300 digits, and reads an arc in quadratic time."""
    codec = asn1.Codec(
        asn1tools.compile_string(f"M DEFINITIONS ::= BEGIN T ::= {notation} END", codec="ber")
    )
    with pytest.raises(ProtocolError, match=limit):
        codec.decode("T", octets)


def test_the_longest_numbers_that_are_read() -> None:
    codec = asn1.Codec(
        asn1tools.compile_string(
            "M DEFINITIONS ::= BEGIN N ::= INTEGER O ::= OBJECT IDENTIFIER END", codec="ber"
        )
    )
    assert codec.decode("N", b"\x02\x08\x7f" + b"\xff" * 7) == 2**63 - 1
    assert codec.decode("O", b"\x06\x40\x51" + b"\x01" * 63) == "2.1" + ".1" * 63


@pytest.mark.parametrize(
    ("octets", "moment"),
    [
        (b"2601011200Z", datetime(2026, 1, 1, 12, tzinfo=UTC)),
        (b"260101120001Z", datetime(2026, 1, 1, 12, 0, 1, tzinfo=UTC)),
        (b"2601011200+0130", datetime(2026, 1, 1, 10, 30, tzinfo=UTC)),
        (b"991231233000-0100", datetime(2000, 1, 1, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_is_read_in_all_its_forms_and_written_with_seconds_and_z(
    octets: bytes, moment: datetime
) -> None:
    assert MTS.decode("Time", tlv(b"\x17", octets)) == moment
    written = tlv(b"\x17", f"{moment:%y%m%d%H%M%SZ}".encode())
    assert MTS.encode("Time", moment) == written
    assert MTS.encode("Time", moment.astimezone(timezone(timedelta(hours=5)))) == written


@pytest.mark.parametrize("octets", [b"", b"Z", b"2613011200Z", b"260101120\xb2Z", b"0" * 15])
def test_what_is_no_time_is_a_protocol_error(octets: bytes) -> None:
    with pytest.raises(ProtocolError):
        MTS.decode("Time", tlv(b"\x17", octets))


def test_a_member_of_a_set_is_a_type_of_its_own() -> None:
    """It is written and read alone, also where it has its default."""
    codec = asn1.Codec(
        asn1tools.compile_string(
            "M DEFINITIONS IMPLICIT TAGS ::= BEGIN "
            "S ::= SET { a [0] INTEGER DEFAULT 5, b [1] BIT STRING, c [2] EXPLICIT INTEGER } END",
            codec="ber",
        )
    )
    a, b, c = codec.members("S").values()
    assert [each.identifiers for each in (a, b, c)] == [(b"\x80",), (b"\x81", b"\xa1"), (b"\xa2",)]
    assert [each.identifier for each in (a, b, c)] == [b"\x80", b"\x81", b"\xa2"]
    octets = [a.encode(5), b.encode((b"\xa0", 3)), c.encode(5)]
    assert octets == [bytes.fromhex(each) for each in ("800105", "810205a0", "a203020105")]
    assert [each.decode(value) for each, value in zip((a, b, c), octets, strict=True)] == [
        5, (b"\xa0", 3), 5,
    ]  # fmt: skip
    assert b.decode(bytes.fromhex("a1 80 03 02 05 a0 00 00")) == (b"\xa0", 3)
    with pytest.raises(ProtocolError, match=r"not a S\.a: its tag is not 0x81"):
        a.decode(octets[1])
    with pytest.raises(ProtocolError, match="5 octets, 1 are there"):
        b.decode(b"\x81\x05\x00")
