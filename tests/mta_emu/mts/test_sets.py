"""The codec of SETs."""

from dataclasses import dataclass, replace

import pytest

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.preserved import PreservedSet
from mta_emu.mts.sets import Member, SetCodec
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError


@dataclass(frozen=True)
class Built(PreservedSet):
    """Encoded information types, of which two members are looked at."""

    built_in: tuple[bytes, int]
    teletex: tuple[bytes, ...] = ()


def _parts(octets: bytes) -> tuple[bytes, ...]:
    return tuple(ber.elements(ber.contents(octets)))


def _set_of(parts: tuple[bytes, ...]) -> bytes:
    return ber.tlv(b"\x31", b"".join(parts))


CODEC = SetCodec(
    MTS,
    "EncodedInformationTypes",
    Built,
    {
        "built-in-encoded-information-types": Member("built_in"),
        "teletex": Member("teletex", _parts, _set_of, whole=True),
    },
    b"\x65",
)
UNKNOWN = [bytes.fromhex(octets) for octets in ("9e00", "9f2a00", "9e00", "9e0101")]
BUILT_IN, TELETEX = bytes.fromhex("80 02 00 a0"), bytes.fromhex("a2 02 0500")


def test_golden_octets() -> None:
    assert CODEC.encode(Built((b"\xa0", 8), (b"\x05\x00",))) == b"\x65\x08" + BUILT_IN + TELETEX


def test_only_what_changed_is_written_anew() -> None:
    first, second, third, fourth = UNKNOWN
    octets = ber.tlv(b"\x65", b"".join([first, TELETEX, second, BUILT_IN, third, fourth]))
    came = CODEC.decode(octets)
    assert came.unknown == tuple(UNKNOWN)
    assert CODEC.encode(came) == octets
    changed = replace(came, built_in=(b"\x80", 8), unknown=(second, first))
    went = ber.elements(ber.contents(CODEC.encode(changed)))
    assert went == [first, TELETEX, second, bytes.fromhex("80 02 00 80")]
    added = replace(came, teletex=(), unknown=(*came.unknown, b"\x9d\x00"))
    went = ber.elements(ber.contents(CODEC.encode(added)))
    assert went == [first, ber.tlv(b"\xa2", b""), second, BUILT_IN, third, fourth, b"\x9d\x00"]


def test_a_member_there_twice_and_one_missing_are_named() -> None:
    with pytest.raises(ProtocolError, match="built-in-encoded-information-types is there twice"):
        CODEC.decode(ber.tlv(b"\x65", BUILT_IN + BUILT_IN))
    with pytest.raises(ProtocolError, match="a mandatory member is missing"):
        CODEC.decode(ber.tlv(b"\x65", TELETEX))


def test_a_set_of_too_many_members_is_none() -> None:
    octets = ber.tlv(b"\x65", BUILT_IN + b"\x9e\x00" * 999)
    assert len(CODEC.decode(octets).unknown) == 999
    with pytest.raises(ProtocolError, match="more than 1000 members"):
        CODEC.decode(ber.tlv(b"\x65", BUILT_IN + b"\x9e\x00" * 1000))
