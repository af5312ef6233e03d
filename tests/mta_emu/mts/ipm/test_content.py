"""Contents: interpersonal messages and notifications, and what P2 of 1984 has of them."""

import time
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm
from mta_emu.mts.ipm.bodyparts import BodyPart, OtherBodyPart
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.heading import Importance
from mta_emu.mts.ipm.message import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.pieces import length
from mta_emu.mts.values import Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

JONES = ORAddress(country="US", surname="Jones")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
IA5 = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80)
LATIN_1 = st.text(st.characters(min_codepoint=160, max_codepoint=255), max_size=80)
parts: st.SearchStrategy[BodyPart | ForwardedMessage] = st.recursive(
    st.builds(IA5Text, IA5)
    | st.builds(GeneralText, LATIN_1)
    | st.builds(TeletexText, st.text(st.sampled_from("Caf\xe9 \xdf#$")))
    | st.builds(File, IA5.filter(lambda name: "?" not in name), st.binary(max_size=40))
    | st.builds(BilaterallyDefined, st.binary(max_size=40), st.booleans())
    | st.just(OtherBodyPart(bytes.fromhex("a304 3100 3000"), "group 3 facsimile body part")),
    lambda inner: st.builds(
        ForwardedMessage,
        st.builds(
            InterpersonalMessage.of,
            st.just("F"),
            st.just(JONES),
            st.just(()),
            IA5,
            st.lists(inner, max_size=2).map(tuple),
        ),
        st.none() | st.just(NOON),
    ),
    max_leaves=4,
)


def message(*body: BodyPart | ForwardedMessage) -> InterpersonalMessage:
    return InterpersonalMessage.of("1", ORAddress(country="US"), (), "Hi", body)


# ORName of C=US: [APPLICATION 0] { { [APPLICATION 1] { "US" } } }
NAME = "6008 3006 6104 1302 5553"


def test_golden_octets() -> None:
    # A SET is sent in the order of the tags, universal first.
    heading = f"6b0d 130131 {NAME} a00a {NAME} a200 a804 1402 4869"
    body = "a006 3100 1602 596f"
    octets = bytes.fromhex(f"a02f 3123 {heading} 3008 {body}")
    assert ipm.encode(message(IA5Text("Yo"))) == octets


@pytest.mark.parametrize(
    ("part", "octets"),
    [
        (BilaterallyDefined(b"x"), "8e01 78"),
        # [15] { EXTERNAL { 2.6.1.4.9, [0] { OCTET STRING "x" } } }
        (BilaterallyDefined(b"x", extended=True), "af0d 280b 0604 56010409 a003 0401 78"),
        # [15] { [0] { 2.6.1.11.11, [0] { SET { 1, 6, 100 } } },
        #        EXTERNAL { 2.6.1.4.11, [0] { GeneralString, G1 is 8859-1's right half, "e'" } } }
        (
            GeneralText("\xe9"),
            "af25 a013 0604 56010b0b a00b 3109 020101 020106 020164"
            " 280e 0604 5601040b a006 1b04 1b2d41 e9",
        ),
        (
            ForwardedMessage(message(IA5Text("Yo")), NOON),
            "a942 310f 800d 3236303130313132303030305a 302f"
            f" 3123 6b0d 130131 {NAME} a00a {NAME}"
            " a200 a804 1402 4869 3008 a006 3100 1602 596f",
        ),
    ],
)
def test_golden_body_parts(part: BodyPart | ForwardedMessage, octets: str) -> None:
    encoded = ipm.encode(message(part))
    assert encoded.endswith(bytes.fromhex(octets))
    assert ipm.decode(encoded) == message(part)


@given(
    st.text("Caf\xe9 \xdf#${~\N{GREEK SMALL LETTER PI}\N{CYRILLIC SMALL LETTER ZHE}", max_size=60),
    st.lists(parts, max_size=3).map(tuple),
    st.sampled_from(Importance),
)
def test_messages_survive_the_wire(
    subject: str, body: tuple[BodyPart, ...], importance: Importance
) -> None:
    sent = InterpersonalMessage.of("A-1", JONES, (JONES, JONES), subject, body)
    sent = replace(sent, heading=replace(sent.heading, importance=importance))
    octets = ipm.encode(sent)
    read = ipm.decode(octets)
    assert read == sent
    assert read.problems == ()
    assert ipm.subject(Values.of(octets)) == subject


def with_body(octets: str) -> bytes:
    body = ber.tlv(b"\x30", bytes.fromhex(octets))
    return ber.tlv(b"\xa0", bytes.fromhex("3105 6b03 130131") + body)


def test_files_that_lie_elsewhere_stay_there() -> None:
    pieces = ipm.compose(message(File("F", (range(3),))))
    assert pieces[-1] == range(3)
    # file attributes { incomplete pathname { GraphicString "F" }, object size 3 }
    attributes = "a40a a003 190146 ad03 810103"
    # id-ep-file-transfer { parameters }, id-et-file-transfer { { FTAM-3, octet aligned } }
    parameters = f"a016 0604 56010b0c a00e 300c {attributes}"
    data = "2818 0604 5601040c a010 300e 280c 0605 28c27b0503 8103"
    part = f"af32 {parameters} {data}"
    heading = f"3123 6b0d 130131 {NAME} a00a {NAME} a200 a804 1402 4869"
    expected = bytes.fromhex(f"a05b {heading} 3034 {part}")
    assert b"".join(each for each in pieces if isinstance(each, bytes)) == expected


@given(st.lists(st.integers(0, ((1 << 32) - 10_000) // 3), max_size=3))
def test_every_length_around_files_is_right(lengths: list[int]) -> None:
    pieces = ipm.compose(message(*(File("F", (range(each),)) for each in lengths)))
    here = b"".join(each for each in pieces if isinstance(each, bytes))
    _, total, start = ber.header(here)
    assert total == length(pieces) - start
    _, heading, begin = ber.header(here, start)
    _, body, begin = ber.header(here, begin + (heading or 0))
    assert body == length(pieces) - begin
    assert [each for each in pieces if isinstance(each, range)] == list(map(range, lengths))


def test_what_no_length_can_say_is_refused() -> None:
    half = File("F", (range(1 << 31),))
    with pytest.raises(ValueError, match="at most 4294967295"):
        ipm.compose(message(half, half))


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 128"):
        ipm.encode(InterpersonalMessage.of("1", JONES, (), "x" * 129, ()))
    with pytest.raises(ValueError, match=r"'\xe9' \(U\+00E9\) is not in IA5"):
        ipm.encode(message(IA5Text("caf\xe9")))


def test_a_long_content_is_read_where_it_lies() -> None:
    """Of 100 MB in a file no more is read than what stands around it."""
    pieces = ipm.compose(message(IA5Text("Yo"), File("F", (range(100_000_000),))))
    where: list[tuple[int, bytes | range]] = []
    at = 0
    for piece in pieces:
        where.append((at, piece))
        at += len(piece)
    asked: list[int] = []

    def read(offset: int, size: int) -> bytes:
        asked.append(size)
        found = bytearray(size)
        for start, piece in where:
            if isinstance(piece, bytes):
                for place, octet in enumerate(piece, start):
                    if offset <= place < offset + size:
                        found[place - offset] = octet
        return bytes(found[: max(0, at - offset)])

    found = ipm.read(Values(read, at))
    assert isinstance(found, InterpersonalMessage)
    text, file = found.body
    assert text == IA5Text("Yo")
    assert isinstance(file, File)
    assert (file.name, length(file.octets)) == ("F", 100_000_000)
    assert ipm.subject(Values(read, at)) == "Hi"
    assert sum(asked) < 20_000


# Notifications


def test_golden_receipt_notification() -> None:
    # [1] { subject-ipm, ipn-originator [1], [0] { receipt-fields [1] { receipt-time [0] } } }
    receipt = "a011 a10f 800d 3236303130313132303030305a"
    octets = bytes.fromhex(f"a124 6b03 130131 {receipt} a10a {NAME}")
    notification = Notification(IpmIdentifier("1"), ORDescriptor(ORAddress(country="US")), NOON)
    assert ipm.encode(notification) == octets
    decoded = ipm.decode(octets)
    assert decoded == notification
    assert ipm.subject(Values.of(octets)) == decoded.subject == "Receipt notification"
    assert decoded.text == "message 1 was received at 2026-01-01T12:00:00+00:00"


def test_the_octets_of_a_heading() -> None:
    octets = ipm.encode(message(IA5Text("Yo")))
    heading = ipm.heading_octets(Values.of(octets))
    assert octets[2:].startswith(heading)
    assert heading[:1] == b"\x31"
    for wrong in ("a100", "a0023000", "3000"):
        with pytest.raises(ProtocolError):
            ipm.heading_octets(Values.of(bytes.fromhex(wrong)))
    long = ber.tlv(b"\xa0", ber.tlv(b"\x31", bytes(1 << 20)))
    with pytest.raises(ProtocolError, match="a heading of 1048581 octets: at most 1048576"):
        ipm.heading_octets(Values.of(long))


# P2 of 1984


@pytest.mark.parametrize(
    ("content", "is_p2"),
    [
        (ipm.encode(message(IA5Text("Yo"), BilaterallyDefined(b"x"))), True),
        (ipm.encode(message(BilaterallyDefined(b"x", extended=True))), False),
        (ipm.encode(message(GeneralText("\xe9"))), False),
        (ipm.encode(message(ForwardedMessage(message(IA5Text("Yo"))))), True),
        (ipm.encode(message(ForwardedMessage(message(GeneralText("\xe9"))))), False),
        (
            ipm.encode(InterpersonalMessage.of("1", replace(JONES, common_name="x"), (), "", ())),
            False,
        ),
        (bytes.fromhex("a00d 3109 6b03 130131 af02 3100 3000"), False),  # a heading extension
        (bytes.fromhex("a009 3105 6b03 130131 3000"), True),
        (bytes.fromhex("a00b 3105 6b03 130131 3000 0500"), False),  # three members
        (bytes.fromhex("a080 3180 6b80 130131 0000 0000 3080 8e00 0000 0000"), True),
        (ipm.encode(Notification(IpmIdentifier("1"), ORDescriptor(JONES), NOON)), True),
        (b"\x05\x00", False),
    ],
)
def test_p2_is_told_from_p22(content: bytes, is_p2: bool) -> None:
    assert ipm.is_p2(Values.of(content)) is is_p2


# Whatever comes


@pytest.mark.parametrize(
    "octets", ["", "a0", "a000", "a0020500", "3000", "a0023000", "a100", "a180"]
)
def test_what_is_neither_is_refused(octets: str) -> None:
    for read in (ipm.read, ipm.subject):
        with pytest.raises(ProtocolError):
            read(Values.of(bytes.fromhex(octets)))


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_message_or_a_protocol_error(octets: bytes) -> None:
    for content in (octets, with_body(octets.hex()), b"\xa0\x80" + octets, b"\xa1" + octets):
        for read in (ipm.read, ipm.is_p2, ipm.subject):
            with suppress(ProtocolError):
                read(Values.of(content))


@given(
    st.lists(parts, max_size=3),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), min_size=1, max_size=3),
)
def test_what_was_changed_on_the_way_is_read_or_refused(
    body: list[BodyPart], flips: list[tuple[int, int]]
) -> None:
    octets = bytearray(ipm.encode(message(*body)))
    for at, octet in flips:
        octets[at % len(octets)] = octet
    with suppress(ProtocolError):
        read = ipm.decode(bytes(octets))
        assert read.text is not None


@pytest.mark.parametrize(
    "octets",
    [
        b"\x8e\x00" * 400_000,
        b"\xa0\x80" * 400_000,
        bytes.fromhex("a0063100 1602 2020") * 100_000,
        bytes.fromhex("a904 3100 3000") * 100_000,
        bytes.fromhex("af0c 280a 0604 56010409 8202 0078") * 60_000,
    ],
)
def test_a_megabyte_of_body_parts_holds_nobody(octets: bytes) -> None:
    content = ber.tlv(b"\xa0", bytes.fromhex("3105 6b03 130131") + ber.tlv(b"\x30", octets))
    start = time.process_time()
    for read in (ipm.read, ipm.is_p2, ipm.subject):
        with suppress(ProtocolError):
            read(Values.of(content))
    assert time.process_time() - start < 1  # about 0.1 s; to read each would take 10 s
