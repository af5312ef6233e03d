"""Interpersonal messages and notifications."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm
from mta_emu.mts.bodyparts import (
    BilaterallyDefined,
    BodyPart,
    File,
    GeneralText,
    IA5Text,
    OtherBodyPart,
    TeletexText,
)
from mta_emu.mts.ipm import (
    ForwardedMessage,
    Importance,
    InterpersonalMessage,
    NonReceiptReason,
    Notification,
)
from mta_emu.mts.oraddress import ORAddress
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
    | st.just(OtherBodyPart(bytes.fromhex("a304 3100 3000"))),
    lambda inner: st.builds(
        ForwardedMessage,
        st.builds(
            InterpersonalMessage,
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
    return InterpersonalMessage("1", ORAddress(country="US"), (), "Hi", body)


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
    st.text(st.characters(max_codepoint=255, min_codepoint=32), max_size=60),
    st.lists(parts, max_size=3).map(tuple),
    st.sampled_from(Importance),
)
def test_messages_survive_the_wire(
    subject: str, body: tuple[BodyPart, ...], importance: Importance
) -> None:
    sent = InterpersonalMessage("A-1", JONES, (JONES, JONES), subject, body, (JONES,), importance)
    assert ipm.decode(ipm.encode(sent)) == sent


def test_the_text_is_what_a_reader_sees() -> None:
    inner = replace(message(IA5Text("Inner\nlines")), recipients=(JONES,))
    text = message(
        IA5Text("Hello"),
        BilaterallyDefined(b"123"),
        BilaterallyDefined(b"123", extended=True),
        OtherBodyPart(bytes.fromhex("a300")),
        ForwardedMessage(inner, NOON),
    ).text
    assert text == (
        "Hello\n"
        "(bilaterally defined body part, BP-14, 3 octets)\n"
        "(bilaterally defined body part, BP-15, 3 octets)\n"
        "(group 3 facsimile body part, 2 octets)\n"
        "(forwarded:)\nFrom: C=US\nTo: C=US;S=Jones\nDelivered: 2026-01-01T12:00:00+00:00\n"
        "Subject: Hi\n\nInner\nlines"
    )


def with_body(octets: str) -> bytes:
    body = ber.tlv(b"\x30", bytes.fromhex(octets))
    return ber.tlv(b"\xa0", bytes.fromhex("3105 6b03 130131") + body)


@pytest.mark.parametrize(
    ("octets", "part"),
    [
        ("a008 3100 1604 4ce96261", IA5Text("L\xe9ba")),  # eight bits in IA5
        ("a00a 3100 3606 1601 61 1601 62", IA5Text("ab")),  # in pieces
        ("a509 3100 3005 1403 c26561", TeletexText("\xe9a")),  # the accent before its letter
        ("ae05 0403 616263", BilaterallyDefined(b"abc")),
        ("af10 280e 0604 5601040b a006 1b04 616263e9", GeneralText("abc\xe9")),
        # EXTERNAL as octet-aligned [1], as arbitrary [2]
        ("af0b 2809 0604 56010409 8101 78", BilaterallyDefined(b"x", extended=True)),
        ("af0c 280a 0604 56010409 8202 0078", BilaterallyDefined(b"x", extended=True)),
    ],
)
def test_what_others_write_is_read(octets: str, part: BodyPart) -> None:
    read = ipm.decode(with_body(octets))
    assert isinstance(read, InterpersonalMessage)
    assert read.body == (part,)


def test_an_extended_body_part_that_is_not_read_is_named() -> None:
    octets = "af0d 280b 0604 5601040c a003 0401 78"
    assert ipm.decode(with_body(octets)).text == "(extended body part 2.6.1.4.12, 15 octets)"


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 128"):
        ipm.encode(replace(message(), subject="x" * 129))
    with pytest.raises(ValueError, match="'\xe9' is not in IA5"):
        ipm.encode(message(IA5Text("caf\xe9")))
    with pytest.raises(ValueError, match="'\u20ac' is not in ISO 8859-1"):
        ipm.encode(message(GeneralText("\u20ac")))


# Notifications


def test_golden_receipt_notification() -> None:
    # [1] { subject-ipm, ipn-originator [1], [0] { receipt-fields [1] { receipt-time [0] } } }
    receipt = "a00f a10d 800b 323630313031313230305a"
    octets = bytes.fromhex(f"a122 6b03 130131 a10a {NAME} {receipt}")
    notification = Notification("1", ORAddress(country="US"), receipt_time=NOON)
    decoded = ipm.decode(octets)
    assert decoded == notification
    assert decoded.subject == "Receipt notification"
    assert decoded.text == "message 1 was received at 2026-01-01T12:00:00+00:00"


@given(st.sampled_from(NonReceiptReason) | st.none())
def test_notifications_survive_the_wire(reason: NonReceiptReason | None) -> None:
    sent = Notification("A-1", JONES, None if reason is not None else NOON, reason)
    assert ipm.decode(ipm.encode_notification(sent)) == sent


def test_a_notification_of_neither_kind_is_not_written() -> None:
    with pytest.raises(ValueError, match="without receipt time and reason"):
        ipm.encode_notification(Notification("1", JONES))


# P2 of 1984


@pytest.mark.parametrize(
    ("content", "is_p2"),
    [
        (ipm.encode(message(IA5Text("Yo"), BilaterallyDefined(b"x"))), True),
        (ipm.encode(message(BilaterallyDefined(b"x", extended=True))), False),
        (ipm.encode(message(GeneralText("\xe9"))), False),
        (ipm.encode(message(ForwardedMessage(message(IA5Text("Yo"))))), True),
        (ipm.encode(message(ForwardedMessage(message(GeneralText("\xe9"))))), False),
        (ipm.encode(replace(message(), originator=replace(JONES, common_name="x"))), False),
        (bytes.fromhex("a00d 3109 6b03 130131 af02 3100 3000"), False),  # a heading extension
        (ipm.encode_notification(Notification("1", JONES, NOON)), True),
    ],
)
def test_p2_is_told_from_p22(content: bytes, is_p2: bool) -> None:
    assert ipm.is_p2(content) is is_p2


@given(st.binary(max_size=80))
def test_whatever_comes_is_a_message_or_a_protocol_error(octets: bytes) -> None:
    for read in (ipm.decode, ipm.is_p2):
        with suppress(ProtocolError):
            read(octets)
    with suppress(ProtocolError):
        ipm.decode(with_body(octets.hex()))
