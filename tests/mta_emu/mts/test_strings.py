"""Character strings of any type."""

import pytest

from mta_emu.mts import strings
from mta_emu.osi.errors import ProtocolError


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("1303 616263", "abc"),  # PrintableString
        ("1301 e4", "\xe4"),  # with an octet that it cannot have
        ("1403 61c865", "a\xeb"),  # TeletexString
        ("1603 4ce962", "L\xe9b"),  # IA5String
        ("0c02 c3a4", "\xe4"),  # UTF8String
        ("1e02 00e4", "\xe4"),  # BMPString
        ("1c04 000000e4", "\xe4"),  # UniversalString
        ("1b04 1b2d46e1", "\N{GREEK SMALL LETTER ALPHA}"),  # GeneralString
        ("1902 4141", "AA"),  # GraphicString
        ("1a02 4141", "AA"),  # VisibleString
        ("1202 3132", "12"),  # NumericString
        ("3406 1402 c861 1400", "\xe4"),  # in segments
        ("1400", ""),
    ],
)
def test_reading(octets: str, text: str) -> None:
    assert strings.read(bytes.fromhex(octets)) == text


def test_what_is_no_string() -> None:
    with pytest.raises(ProtocolError, match="BER tag 0x02 where a character string must be"):
        strings.read(bytes.fromhex("020101"))


def test_other_tags() -> None:
    assert strings.teletex(bytes.fromhex("8002 c861")) == "\xe4"
    assert strings.printable(bytes.fromhex("8102 61e4")) == "a\xe4"
    assert strings.teletex(bytes.fromhex("a004 1402 c861")) == "\xe4"


def test_what_no_teletex_string_can_have() -> None:
    assert strings.teletex_lacks("Gr\xfc\xdfe {x}") == []
    assert strings.teletex_lacks("\N{EURO SIGN}1\N{HEBREW LETTER ALEF}") == ["\u05d0", "\u20ac"]
