"""Body parts: their kinds and their BER."""

import pytest

from mta_emu.mts.ipm import bodyparts
from mta_emu.mts.ipm.bodyparts import BodyPart, OtherBodyPart
from mta_emu.mts.ipm.files import BilaterallyDefined
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText
from mta_emu.mts.values import Values
from mta_emu.osi.errors import ProtocolError


def decode(octets: str) -> BodyPart:
    values = Values.of(bytes.fromhex(octets))
    return bodyparts.decode(values, values.whole())


@pytest.mark.parametrize(
    ("part", "octets"),
    [
        (IA5Text("Yo"), "a006 3100 1602 596f"),
        (TeletexText("\xe9\fb"), "a50b 3100 3007 1402 c265 1401 62"),
        # [15] { [0] { 2.6.1.11.11, [0] { SET { 1, 6, 100 } } },
        #        EXTERNAL { 2.6.1.4.11, [0] { GeneralString, G1 is 8859-1's right half, "e'" } } }
        (
            GeneralText("\xe9"),
            "af25 a013 0604 56010b0b a00b 3109 020101 020106 020164"
            " 280e 0604 5601040b a006 1b04 1b2d41 e9",
        ),
        (
            OtherBodyPart(bytes.fromhex("a304 3100 3000"), "group 3 facsimile body part"),
            "a304 3100 3000",
        ),
    ],
)
def test_golden_octets(part: BodyPart, octets: str) -> None:
    assert b"".join(map(bytes, bodyparts.encode(part))) == bytes.fromhex(octets)
    assert decode(octets) == part


@pytest.mark.parametrize(
    ("octets", "part"),
    [
        ("a008 3100 1604 4ce96261", IA5Text("L\xe9ba")),  # eight bits in IA5
        ("a00a 3100 3606 1601 61 1601 62", IA5Text("ab")),  # in pieces
        ("a080 3100 3680 1601 61 1601 62 0000 0000", IA5Text("ab")),
        ("a003 1601 61", IA5Text("a")),  # without parameters
        ("a509 3100 3005 1403 c26561", TeletexText("\xe9a")),  # the accent before its letter
        ("ae05 0403 616263", BilaterallyDefined(b"abc")),
        ("af10 280e 0604 5601040b a006 1b04 616263e9", GeneralText("abc\xe9")),
        # EXTERNAL as octet-aligned [1], as arbitrary [2]
        ("af0b 2809 0604 56010409 8101 78", BilaterallyDefined(b"x", extended=True)),
        ("af0c 280a 0604 56010409 8202 0078", BilaterallyDefined(b"x", extended=True)),
    ],
)
def test_what_others_write_is_read(octets: str, part: BodyPart) -> None:
    assert decode(octets) == part


@pytest.mark.parametrize(
    ("octets", "text", "kind"),
    [
        (  # Greek, sets 1, 6 and 126
            "af2c a013 0604 56010b0b a00b 3109 020101 020106 02017e"
            " 2815 0604 5601040b a00d 1b0b 1b2d46 cae1ebe7ecddf1e1",
            "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1",
            "ISO 8859-7 text",
        ),
        (  # Latin-9, sets 1, 6 and 203
            "af2a a014 0604 56010b0b a00c 310a 020101 020106 020200cb"
            " 2812 0604 5601040b a00a 1b08 1b2d62 31303020a4",
            "100 \N{EURO SIGN}",
            "ISO 8859-15 text",
        ),
        (  # ISO 6937, sets 1, 6 and 156
            "af2a a014 0604 56010b0b a00c 310a 020101 020106 0202009c"
            " 2812 0604 5601040b a00a 1b08 1b2d52 436166c265",
            "Caf\xe9",
            "ISO 6937 text",
        ),
        (  # parameters that are no set of numbers
            "af1c a00a 0604 56010b0b a002 0500 280e 0604 5601040b a006 1b04 1b2d46e1",
            "\N{GREEK SMALL LETTER ALPHA}",
            "ISO 8859-7 text",
        ),
    ],
)
def test_general_text_of_other_sets(octets: str, text: str, kind: str) -> None:
    part = decode(octets)
    assert (part.text, part.kind) == (text, kind)


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("a300", "(group 3 facsimile body part, 2 octets)"),
        ("bf2100", "(body part [31], 3 octets)"),
        ("af0d 280b 0604 2a030405 a003 0401 78", "(extended body part 1.2.3.4.5, 15 octets)"),
        ("af07 2805 a003 0401 78", "(extended body part without a type, 9 octets)"),
        ("af00", "(body part [15], 2 octets)"),
    ],
)
def test_a_body_part_that_is_not_read_is_named(octets: str, text: str) -> None:
    values = Values.of(bytes.fromhex(octets))
    assert bodyparts.unread(values, values.whole()).text == text


@pytest.mark.parametrize("octets", ["a000", "a500", "af00", "af02 2800", "a0021601"])
def test_what_cannot_be_read(octets: str) -> None:
    with pytest.raises(ProtocolError):
        decode(octets)


def test_what_1984_has() -> None:
    for octets, expected in (("8e00", True), ("a000", True), ("af00", False)):
        assert bodyparts.is_1984(Values.of(bytes.fromhex(octets)).whole()) is expected
