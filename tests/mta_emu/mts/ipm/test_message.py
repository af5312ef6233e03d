"""Messages, and messages within messages."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mta_emu.mts import ipm
from mta_emu.mts.ipm.bodyparts import OtherBodyPart
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.message import ForwardedMessage, InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient
from mta_emu.mts.ipm.text import GeneralText, IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi import ber

US = ORAddress(country="US")
NAME = "6008 3006 6104 1302 5553"  # ORName of C=US
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HEADING = f"3123 6b0d 130131 {NAME} a00a {NAME} a200 a804 1402 4869"


def message(*body: object) -> InterpersonalMessage:
    return InterpersonalMessage.of("1", US, (), "Hi", body)  # type: ignore[arg-type]


def test_golden_octets() -> None:
    # A SET is sent in the order of the tags, universal first.
    octets = bytes.fromhex(f"a02f {HEADING} 3008 a006 3100 1602 596f")
    assert ipm.encode(message(IA5Text("Yo"))) == octets
    assert ipm.decode(octets) == message(IA5Text("Yo"))


def test_golden_forwarded_message() -> None:
    octets = f"a942 310f 800d 3236303130313132303030305a 302f {HEADING} 3008 a006 3100 1602 596f"
    encoded = ipm.encode(message(ForwardedMessage(message(IA5Text("Yo")), NOON)))
    assert encoded.endswith(bytes.fromhex(octets))
    assert ipm.decode(encoded) == message(ForwardedMessage(message(IA5Text("Yo")), NOON))


def test_the_text_is_what_a_reader_sees() -> None:
    inner = InterpersonalMessage.of("2", US, (replace(US, surname="Jones"),), "Hi", ())
    inner = replace(inner, body=(IA5Text("Inner\nlines"),))
    text = message(
        IA5Text("Hello"),
        BilaterallyDefined(b"123"),
        OtherBodyPart(bytes.fromhex("a300"), "group 3 facsimile body part"),
        ForwardedMessage(inner, NOON),
    ).text
    assert text == (
        "Hello\n"
        "(bilaterally defined body part, BP-14, 3 octets)\n"
        "(group 3 facsimile body part, 2 octets)\n"
        "(forwarded:)\nFrom: C=US\nTo: C=US;S=Jones\nSubject: Hi\n"
        "Delivered: 2026-01-01T12:00:00+00:00\n\nInner\nlines"
    )


def test_parts_are_those_of_the_messages_within_too() -> None:
    file = File("F", b"x")
    whole = message(IA5Text("a"), ForwardedMessage(message(ForwardedMessage(message(file)))))
    assert list(whole.parts) == [IA5Text("a"), file]


def read(octets: str) -> InterpersonalMessage:
    found = ipm.decode(bytes.fromhex(octets))
    assert isinstance(found, InterpersonalMessage)
    return found


@pytest.mark.parametrize(
    ("octets", "problems"),
    [
        ("a007 3105 6b03 130131", ("the body is missing",)),
        ("a00b 3105 6b03 130131 3000 0500", ("something follows the body",)),
        ("a009 3105 6b03 130131 0500", ("the body is missing",)),
        (
            "a00b 3105 6b03 130131 3002 8e05",
            ("body: a BER length of 5 octets goes beyond the value around it",),
        ),
        ("a009 3100 3005 a003 1601 62", ("this-IPM is missing",)),
    ],
)
def test_what_can_be_read_is_read(octets: str, problems: tuple[str, ...]) -> None:
    assert read(octets).problems == problems


def test_a_body_part_that_cannot_be_read_hides_no_other() -> None:
    found = read("a012 3105 6b03 130131 3009 a000 a900 a003 1601 62")
    assert found.body == (
        OtherBodyPart(b"\xa0\0", "body part [0]"),
        OtherBodyPart(b"\xa9\0", "body part [9]"),
        IA5Text("b"),
    )


def test_problems_of_a_message_within_are_its_own() -> None:
    """Fault 17: importance 7, and a subject that is a PrintableString."""
    inner = "310f 6b03 130131 a805 1303 696d70 8c01 07"
    octets = f"a022 3105 6b03 130131 3019 a917 3100 3013 {inner} 3000"
    (part,) = read(octets).body
    assert isinstance(part, ForwardedMessage)
    assert part.message.subject == "imp"
    assert part.message.problems == ("importance: 7 is not a valid Importance",)


def test_a_thousand_body_parts_are_read() -> None:
    octets = ipm.encode(message(*[IA5Text("")] * 1001))
    found = ipm.decode(octets)
    assert isinstance(found, InterpersonalMessage)
    assert len(found.body) == 1000
    assert found.problems == ("body: more than 1000 body parts are not read",)


def test_messages_within_each_other_are_read_to_some_depth() -> None:
    nested = message(IA5Text("deep"))
    for _ in range(20):
        nested = message(ForwardedMessage(nested))
    found = ipm.decode(ipm.encode(nested))
    assert found.text.count("(forwarded:)") == 16
    assert "body part [9]" in found.text


def test_free_form_names_are_shown() -> None:
    """Fault 11: only free-form names."""
    heading = (
        "312c 6b03 130131 a00a 8008 4a6f204a6f6e6573"
        " a212 3110 a00e 800c 48616e7320 5363686d696474 a805 1403 66666e"
    )
    found = read(f"a038 {heading} 3008 a006 3100 1602 6869")
    assert found.heading.originator == ORDescriptor(None, "Jo Jones")
    assert found.heading.recipients == (Recipient(ORDescriptor(None, "Hans Schmidt")),)
    assert found.heading.identifier == IpmIdentifier("1")


def test_text_that_has_no_place_is_refused() -> None:
    with pytest.raises(ValueError, match="not in any registered set"):
        ipm.encode(message(GeneralText("\U0001f600")))


def test_the_octets_of_a_message_that_changes_nothing_stay() -> None:
    octets = ipm.encode(message(IA5Text("a"), ForwardedMessage(message(File("F", b"x")))))
    assert ipm.encode(ipm.decode(octets)) == octets
    assert ber.definite(octets) == octets
