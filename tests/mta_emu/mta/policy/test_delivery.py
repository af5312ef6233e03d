"""What a recipient is told with a message."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.expansion import expanded
from mta_emu.mts.fields import (
    EncodedInformationType,
    PerMessageIndicators,
    Priority,
    encoded_information_types,
)
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.redirection import RedirectionReason, redirect
from mta_emu.mts.subject import Recipient

DOMAIN = GlobalDomain("US", " ")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES, SMITH, LIST = (ORAddress(country="US", surname=name) for name in ("Jones", "Smith", "List"))
MESSAGE = Envelope(
    MtsIdentifier(DOMAIN, "M"),
    JONES,
    (Recipient(SMITH, 1), Recipient(JONES, 2)),
    content_identifier="Hello",
    encoded_information_types=encoded_information_types(
        EncodedInformationType.IA5_TEXT, extended=("2.6.1.4.11",)
    ),
    priority=Priority.URGENT,
).passed(DOMAIN, "A", NOON)
DISCLOSED = replace(MESSAGE, indicators=PerMessageIndicators.DISCLOSURE_OF_OTHER_RECIPIENTS)


def told(message: Envelope, recipient: Recipient | None = None) -> DeliveryEnvelope:
    (envelope,) = DeliveryEnvelope.of_each(message, [recipient or message.recipients[0]])
    return envelope


@pytest.mark.element("submission time stamp indication")
@pytest.mark.element("original encoded information types indication")
def test_what_everybody_is_told() -> None:
    later = MESSAGE.passed(GlobalDomain("NO", " "), "B", NOON + timedelta(hours=1))
    assert told(later) == DeliveryEnvelope(
        "C=US;S=Jones",
        "2026-01-01T12:00:00+00:00",
        "P22",
        "Hello",
        "urgent",
        ("ia5-text", "2.6.1.4.11"),
    )
    assert list(told(later).lines()) == [
        ("Sent", "2026-01-01 12:00:00+00:00"),
        ("Priority", "urgent"),
        ("Content", "P22: ia5-text, 2.6.1.4.11"),
    ]


@pytest.mark.element("converted indication")
def test_a_conversion_is_told() -> None:
    types = encoded_information_types(EncodedInformationType.TELETEX)
    envelope = told(MESSAGE.marked_converted(types))
    assert envelope.converted == ("teletex",)
    assert ("Converted", "to teletex") in envelope.lines()


@pytest.mark.element("disclosure of other recipients")
def test_other_recipients_are_told_where_the_originator_wants_it() -> None:
    assert told(MESSAGE).others == ()
    assert told(DISCLOSED).others == ("C=US;S=Jones",)
    assert told(DISCLOSED, DISCLOSED.recipients[1]).others == ("C=US;S=Smith",)
    assert ("Also to", "C=US;S=Jones") in told(DISCLOSED).lines()


def test_of_many_others_only_some_are_told() -> None:
    many = tuple(Recipient(JONES, number) for number in range(1, 1000))
    others = told(replace(DISCLOSED, recipients=many)).others
    assert len(others) == 101
    assert others[-1] == "and 898 more"


@pytest.mark.element("DL expansion history indication")
def test_the_lists_that_it_came_through_are_told_and_no_members() -> None:
    message = replace(DISCLOSED, recipients=(Recipient(LIST),))
    members = expanded(
        message, message.recipients[0], (SMITH, JONES), MESSAGE.recipients[0].indicators, NOON
    )
    envelope = told(members)
    assert (envelope.lists, envelope.others) == (("C=US;S=List",), ())
    assert ("Through", "C=US;S=List") in envelope.lines()


def test_whom_it_was_meant_for_is_told() -> None:
    reason = RedirectionReason.RECIPIENT_MD_ASSIGNED_ALTERNATE_RECIPIENT
    envelope = told(MESSAGE, redirect(MESSAGE.recipients[0], JONES, reason, NOON))
    assert envelope.meant_for == ("C=US;S=Smith",)


@given(st.from_type(Envelope))
def test_it_survives_the_store(message: Envelope) -> None:
    envelope = told(message)
    assert DeliveryEnvelope.from_text(envelope.to_text()) == envelope
    assert DeliveryEnvelope.from_text("{}") == DeliveryEnvelope()
