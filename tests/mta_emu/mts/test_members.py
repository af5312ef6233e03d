"""How the members that several envelopes have become attributes, and back."""

from typing import Any

import pytest

from mta_emu.mts import members
from mta_emu.mts.extension import Extension
from mta_emu.mts.fields import Indicators, PerMessageIndicators
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.sets import Member


@pytest.mark.parametrize(
    ("member", "value", "written"),
    [
        (members.INDICATORS, Indicators(b"\xa8", 8), (b"\xa8", 8)),
        (members.MESSAGE_INDICATORS, PerMessageIndicators.CONTENT_RETURN_REQUEST, (b"\x10", 8)),
        (members.MESSAGE_INDICATORS, PerMessageIndicators.NONE, None),
        (members.BUILT_IN_CONTENT_TYPE, 22, 22),
        (members.BUILT_IN_CONTENT_TYPE, "1.2.3", None),
        (members.EXTENDED_CONTENT_TYPE, "1.2.3", "1.2.3"),
        (members.EXTENDED_CONTENT_TYPE, 22, None),
        (members.CONTENT_IDENTIFIER, "", None),
        (members.BILATERAL_INFORMATION, (), None),
        (members.BILATERAL_INFORMATION, (b"\x05\x00",), bytes.fromhex("30 02 0500")),
        (members.EXTENSIONS, (), None),
        (members.EXTENSIONS, (Extension(2),), bytes.fromhex("31 09 3007 800102 a202 0500")),
        (members.encoded_information_types_member(), b"\x65\x00", b"\x65\x00"),
    ],
)
def test_what_is_written(member: Member, value: Any, written: Any) -> None:
    assert member.write(value) == written
    if written is not None:
        assert member.read(written) == value


def test_indicators_of_no_bits_are_those_of_nobody() -> None:
    assert members.INDICATORS.read((b"", 0)) == Indicators(b"\x00", 0)
    assert members.MESSAGE_INDICATORS.read((b"", 0)) is PerMessageIndicators.NONE


def test_a_name_is_one_under_any_tag() -> None:
    name = members.name_member("address")
    # actual recipient name [0] { country [APPLICATION 1] US }
    assert name.read(bytes.fromhex("a008 3006 6104 1302 5553")) == ORAddress(country="US")
    assert name.write(None) is None


def test_recipients_are_one_and_no_more_than_the_bound_says() -> None:
    member = members.recipients_member(lambda each: each, lambda octets: octets)
    assert member.read(bytes.fromhex("a204 0500 0500")) == (b"\x05\x00",) * 2
    assert member.write((b"\x05\x00",) * 2) == bytes.fromhex("3004 0500 0500")
    for octets in (b"\xa2\x00", b"\xa2\x83\x01\x00\x00" + b"\x05\x00" * 32768):
        with pytest.raises(ValueError, match="no recipient, or more than 32767"):
            member.read(octets)
