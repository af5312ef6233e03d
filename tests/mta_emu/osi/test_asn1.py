"""The types of ASN.1 modules, in BER."""

from datetime import UTC, datetime, timedelta, timezone

import asn1tools
import pytest

from mta_emu.mts.asn1 import MTS
from mta_emu.osi import asn1
from mta_emu.osi.ber import tlv
from mta_emu.osi.errors import ProtocolError


def compiled(notation: str) -> asn1.Codec:
    """The types of a module with IMPLICIT TAGS."""
    module = f"M DEFINITIONS IMPLICIT TAGS ::= BEGIN {notation} END"
    return asn1.Codec(asn1tools.parse_string(module))


def test_modules_are_compiled_once() -> None:
    package = "mta_emu.mts.asn1"
    assert asn1.compile_modules(package, "mts", "ipm") is MTS
    assert asn1.compile_modules(package, "mts") is not MTS


def test_a_module_has_external() -> None:
    """Each may use it, and none has to name it."""
    assert asn1.compile_modules("mta_emu.osi.asn1", "acse").encode(
        "External", {"encoding": ("octet-aligned", b"x")}
    ) == tlv(b"\x28", b"\x81\x01x")


def test_a_time_that_is_none_is_the_peers_fault() -> None:
    """The library tells a wrong UTCTime by an exception that is not its decoding error."""
    codec = compiled("T ::= UTCTime")
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
    codec = compiled(f"T ::= {notation}")
    with pytest.raises(ProtocolError, match=limit):
        codec.decode("T", octets)


def test_the_longest_numbers_that_are_read() -> None:
    codec = compiled("N ::= INTEGER O ::= OBJECT IDENTIFIER")
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
    codec = compiled(
        "S ::= SET { a [0] INTEGER DEFAULT 5, b [1] BIT STRING, c [2] EXPLICIT INTEGER }"
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


def test_short_octets_that_come_again_are_decoded_once() -> None:
    codec = compiled("T ::= SEQUENCE { n INTEGER, o OCTET STRING }")
    for length, again in ((4, True), (400, False)):
        octets = codec.encode("T", {"n": 1, "o": bytes(length)})
        first, second = codec.decode("T", octets), codec.decode("T", octets)
        assert first == second == {"n": 1, "o": bytes(length)}
        assert (first is second) is again


def test_what_is_no_value_is_refused_each_time() -> None:
    codec = compiled("T ::= SEQUENCE { n INTEGER }")
    for _ in range(2):
        with pytest.raises(ProtocolError, match="not a T"):
            codec.decode("T", b"\x02\x01\x01")
