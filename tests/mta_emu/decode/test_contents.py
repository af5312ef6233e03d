"""Contents: what they say, and what is wrong with them without being the MTAs' business."""

import json
from datetime import UTC, datetime

import pytest

from mta_emu.decode import contents
from mta_emu.decode.steps import Complaint, Severity
from mta_emu.mts import ipm
from mta_emu.mts.fields import EXCHANGE_CONTENTS
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi import ber

SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
CONTENT = ipm.encode(InterpersonalMessage.of("7", SMITH, [SMITH], "A subject", [IA5Text("Hi")]))


@pytest.mark.parametrize("kind", [2, 22, EXCHANGE_CONTENTS])
def test_a_message(kind: int | str) -> None:
    found = contents.read(kind, CONTENT, len(CONTENT))
    assert (found.subject, found.complaints) == ("A subject", ())
    assert found.heading
    assert json.loads(json.dumps(found.heading)) == found.heading
    assert (found.heading["to"], found.heading["ipm_identifier"]) == ([str(SMITH)], "7")


def test_a_notification_has_no_heading() -> None:
    receipt = Notification(IpmIdentifier("7", SMITH), receipt_time=datetime(2026, 1, 1, tzinfo=UTC))
    octets = ipm.encode(receipt)
    found = contents.read(22, octets, len(octets))
    assert found.subject
    assert (found.heading, found.complaints) == (None, ())


@pytest.mark.parametrize("kind", [0, 1, 99, "1.2.3"])
def test_other_contents_are_left_alone(kind: int | str) -> None:
    assert contents.read(kind, CONTENT, len(CONTENT)) == contents.Content()


def test_of_a_content_that_was_not_kept_the_subject_is_read() -> None:
    assert contents.read(22, CONTENT, len(CONTENT)).subject == "A subject"
    heading, _ = ber.elements(ber.contents(CONTENT))
    long = ber.opening(b"\xa0", 1 << 24) + heading
    assert contents.read(22, long, len(long) + (1 << 24)) == contents.Content("A subject")


def test_what_is_no_content_is_a_deviation() -> None:
    found = contents.read(22, b"\x30\x00", 2)
    assert found == contents.Content(
        complaints=(
            Complaint(
                "mts",
                "content: BER tag 0x30: neither a message nor a notification",
                Severity.DEVIATION,
            ),
        )
    )


def test_exchange_contents_of_another_form_are_none_of_ours() -> None:
    assert contents.read(EXCHANGE_CONTENTS, b"\x78\x9f\x3e", 3) == contents.Content()


def test_an_odd_field_is_a_deviation_and_hides_nothing() -> None:
    heading, body = ber.elements(ber.contents(CONTENT))
    fields = [each for each in ber.elements(ber.contents(heading)) if each[0] != 0x6B]
    octets = ber.tlv(b"\xa0", ber.tlv(heading[:1], b"".join(fields)) + body)
    found = contents.read(22, octets, len(octets))
    assert found.subject == "A subject"
    assert [each.text for each in found.complaints] == ["content: this-IPM is missing"]
