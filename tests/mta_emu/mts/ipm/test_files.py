"""Files in body parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import tnef
from mta_emu.mts.ipm import bodyparts
from mta_emu.mts.ipm.bodyparts import BodyPart
from mta_emu.mts.ipm.files import (
    ATTACHMENT_APPLICATION,
    TNEF_APPLICATION,
    BilaterallyDefined,
    File,
)
from mta_emu.mts.ipm.text import GeneralText, lacks
from mta_emu.mts.values import Values


def encode(part: BodyPart) -> bytes:
    return b"".join(map(bytes, bodyparts.encode(part)))


def decode(octets: bytes) -> BodyPart:
    values = Values.of(octets)
    return bodyparts.decode(values, values.whole())


NAME = "a40a a003 190146 ad03 810101"  # file attributes { incomplete pathname "F", size 1 }
#: id-et-file-transfer { { FTAM-3, octet aligned "X" } }
DATA = "2816 0604 5601040c a00e 300c 280a 0605 28c27b0503 8101 58"


def test_golden_file() -> None:
    # id-ep-file-transfer { file attributes }
    octets = f"af30 a016 0604 56010b0c a00e 300c {NAME} {DATA}"
    assert encode(File("F", b"X")) == bytes.fromhex(octets)
    assert decode(bytes.fromhex(octets)) == File("F", b"X")


@pytest.mark.parametrize(
    ("application", "identifier"),
    [(TNEF_APPLICATION, "2a864886f714030a01"), (ATTACHMENT_APPLICATION, "2a864886f714030a02")],
)
def test_golden_application(application: str, identifier: str) -> None:
    # environment [2] { application reference [0] { registered identifier [0] } }
    environment = f"a20d a00b 8009 {identifier}"
    octets = f"af3f a025 0604 56010b0c a01d 301b {environment} {NAME} {DATA}"
    assert encode(File("F", b"X", application)) == bytes.fromhex(octets)
    assert decode(bytes.fromhex(octets)) == File("F", b"X", application)


@pytest.mark.parametrize(
    ("part", "octets"),
    [
        (BilaterallyDefined(b"x"), "8e01 78"),
        (BilaterallyDefined(b"x", extended=True), "af0d 280b 0604 56010409 a003 0401 78"),
    ],
)
def test_golden_bilaterally_defined(part: BilaterallyDefined, octets: str) -> None:
    assert encode(part) == bytes.fromhex(octets)
    assert decode(bytes.fromhex(octets)) == part


@pytest.mark.parametrize(
    ("octets", "part"),
    [
        # two EXTERNALs, one of them a string in segments
        (
            "af24 2822 0604 5601040c a01a 3018 280a 0605 28c27b0503 8101 58"
            " 280a a108 0401 59 0403 5a5a5a",
            File("", b"XYZZZ"),
        ),
        # a complete path name [23] of two parts
        (
            f"af35 a01b 0604 56010b0c a013 3011 a40f b707 1901 64 1902 2e46 ad04 8102 0001 {DATA}",
            File(".F", b"X"),
        ),
        # parameters that are no sequence
        (f"af23 a009 0604 56010b0c 8101 00 {DATA}", File("", b"X")),
        (f"af18 {DATA}", File("", b"X")),
        # TNEF, 1.2.840.113556.5.2: in an OCTET STRING, and octet aligned
        (
            "af16 2814 0608 2a864886f7140502 a008 0406 789f3e220000",
            File("winmail.dat", bytes.fromhex("789f3e220000"), TNEF_APPLICATION),
        ),
        (
            "af12 2810 0608 2a864886f7140502 8104 789f3e22",
            File("winmail.dat", tnef.SIGNATURE, TNEF_APPLICATION),
        ),
    ],
)
def test_what_others_write_is_read(octets: str, part: File) -> None:
    assert decode(bytes.fromhex(octets)) == part


def test_what_is_shown() -> None:
    assert File("a", b"12").text == "(file a, 2 octets)"
    assert File("a", (range(5),), TNEF_APPLICATION).kind == "file a, TNEF, 5 octets"
    assert File("a", tnef.SIGNATURE).kind == "file a, TNEF, 4 octets"
    assert BilaterallyDefined(b"12").kind == "bilaterally defined body part, BP-14, 2 octets"
    assert "BP-15" in BilaterallyDefined(b"12", extended=True).text


@given(st.text(st.characters(max_codepoint=0x500), max_size=20), st.binary(max_size=300))
def test_files_survive_the_wire(name: str, octets: bytes) -> None:
    found = decode(encode(File(name, octets)))
    assert isinstance(found, File)
    assert found.octets == octets
    if not lacks(GeneralText, name) and "\x1b" not in name and name.isprintable():
        assert found.name == name


def test_names_of_any_set() -> None:
    for name in ("Gr\xfc\xdfe.txt", "\u03b1.txt", "\u65e5\u672c.doc", "100 \u20ac"):
        assert decode(encode(File(name, b""))) == File(name, b"")
    assert decode(encode(File("\U0001f600.txt", b""))) == File("_.txt", b"")
