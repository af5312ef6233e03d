"""Headings: every field, and what is odd in one."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm import heading
from mta_emu.mts.ipm.heading import Heading, Importance, Sensitivity
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient, Requests
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError
from tests.scaling import assert_linear

US = ORAddress(country="US")
NAME = "6008 3006 6104 1302 5553"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINIMAL = Heading(IpmIdentifier("1"))
TIME = "0d 323630313031313230303030 5a"


def encode(value: Heading) -> bytes:
    return MTS.encode("Heading", heading.to_asn1(value))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (f"a00a {NAME}", {"originator": ORDescriptor(US)}),
        (f"a10c 310a {NAME}", {"authorizing_users": (ORDescriptor(US),)}),
        (f"a20e 310c a00a {NAME}", {"recipients": (Recipient.of(US),)}),
        (f"a30e 310c a00a {NAME}", {"copy_recipients": (Recipient.of(US),)}),
        (
            f"a412 3110 a00a {NAME} 8102 0580",
            {"blind_copy_recipients": (Recipient.of(US, Requests.RECEIPT),)},
        ),
        (f"a50d 130130 {NAME}", {"replied_to": IpmIdentifier("0", US)}),
        ("a60a 6b03 130130 6b03 130131", {"obsoleted": (IpmIdentifier("0"), IpmIdentifier("1"))}),
        ("a705 6b03 130130", {"related": (IpmIdentifier("0"),)}),
        ("a808 1406 43 61 66 c265 a6", {"subject": "Caf\xe9#"}),
        (f"89{TIME}", {"expiry_time": NOON}),
        (f"8a{TIME}", {"reply_time": NOON}),
        (f"ab0c 310a {NAME}", {"reply_recipients": (ORDescriptor(US),)}),
        ("8c01 02", {"importance": Importance.HIGH}),
        ("8c01 00", {"importance": Importance.LOW}),
        ("8d01 03", {"sensitivity": Sensitivity.COMPANY_CONFIDENTIAL}),
        ("8e01 ff", {"auto_forwarded": True}),
        ("af08 3006 0604 56010500", {"incomplete_copy": True}),
        (
            "af0e 300c 0604 56010501 3104 1302 656e",
            {"languages": ("en",)},
        ),
        ("af09 3007 0603 2a0304 0500", {"extensions": (bytes.fromhex("3007 0603 2a0304 0500"),)}),
    ],
)
def test_every_field(field: str, value: dict[str, object]) -> None:
    member = bytes.fromhex(field)
    read = heading.decode(ber.tlv(b"\x31", bytes.fromhex("6b03 130131") + member))
    assert read == replace(MINIMAL, **value)
    assert read.problems == ()
    assert member in encode(read)


def test_golden_octets() -> None:
    sent = Heading(IpmIdentifier("1", US), ORDescriptor(US), (Recipient.of(US),), "Hi")
    members = f"6b0d 130131 {NAME} a00a {NAME} a20e 310c a00a {NAME} a804 1402 4869"
    assert encode(sent) == bytes.fromhex(f"3131 {members}")


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("8c01 07", "importance: 7 is not a valid Importance"),
        ("8d01 09", "sensitivity: 9 is not a valid Sensitivity"),
        ("8902 3031", "expiry-time: "),
        ("ab03 0201 01", "reply-recipients, number 1: "),
        ("a803 0201 01", "subject: BER tag 0x02 where a character string must be"),
        ("a206 3100 3002 0500", "primary-recipients, number 1: a recipient without a name"),
        ("9f2100", "field 0x9f is not known"),
        ("6b03 130132", "this-IPM is there twice"),
        ("af04 3002 0500", "an extension: "),
    ],
)
def test_one_odd_field_hides_no_other(field: str, problem: str) -> None:
    before, after = bytes.fromhex("6b03 130131 a003 8001 41"), bytes.fromhex("8e01 ff")
    read = heading.decode(ber.tlv(b"\x31", before + bytes.fromhex(field) + after))
    assert read.identifier == IpmIdentifier("1")
    assert read.originator == ORDescriptor(None, "A")
    assert read.auto_forwarded
    assert any(each.startswith(problem) for each in read.problems), read.problems


def test_one_odd_recipient_hides_no_other() -> None:
    recipients = f"a210 3100 310c a00a {NAME}"
    read = heading.decode(ber.tlv(b"\x31", bytes.fromhex(f"6b03 130131 {recipients}")))
    assert read.recipients == (Recipient.of(US),)
    assert read.problems == ("primary-recipients, number 1: a recipient without a name",)


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("a803 1301 78", "x"),  # PrintableString where TeletexString is due
        ("a804 0c02 c3a4", "\xe4"),
        ("a880 3480 1401 78 0000 0000", "x"),
    ],
)
def test_subjects_of_other_types(subject: str, text: str) -> None:
    read = heading.decode(ber.tlv(b"\x31", bytes.fromhex(f"6b03 130131 {subject}")))
    assert read.subject == text


def test_a_heading_without_its_identifier() -> None:
    assert heading.decode(bytes.fromhex("3100")).problems == ("this-IPM is missing",)


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(ValueError, match="subject: 129 characters, at most 128"):
        encode(replace(MINIMAL, subject="x" * 129))
    with pytest.raises(ValueError, match=r"subject: '\u20ac' \(U\+20AC\) is not in T\.61"):
        encode(replace(MINIMAL, subject="100 \N{EURO SIGN}"))


def test_all_recipients() -> None:
    one, two, three = (Recipient(ORDescriptor(None, name)) for name in "abc")
    sent = replace(
        MINIMAL, recipients=(one,), copy_recipients=(two,), blind_copy_recipients=(three,)
    )
    assert list(sent.all_recipients) == [one, two, three]


@given(st.binary(max_size=60))
def test_whatever_comes_is_read_or_refused(octets: bytes) -> None:
    try:
        heading.decode(ber.tlv(b"\x31", octets))
    except ProtocolError:
        return


@pytest.mark.parametrize("field", ["9e00", "8c0107", "6b00", f"a20e 310c a00a {NAME}"])
def test_many_fields_take_linear_time(field: str) -> None:
    one = bytes.fromhex(field)
    assert_linear(heading.decode, lambda size: ber.tlv(b"\x31", one * size))


@pytest.mark.parametrize("member", [f"310c a00a {NAME}", "3100", "0500"])
def test_many_recipients_take_linear_time(member: str) -> None:
    one = bytes.fromhex(member)
    assert_linear(heading.decode, lambda size: ber.tlv(b"\x31", ber.tlv(b"\xa2", one * size)))
