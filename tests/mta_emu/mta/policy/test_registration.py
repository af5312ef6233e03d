"""What a mailbox has registered."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from labkit.config import ConfigurationError, parse
from mta_emu.mta.configuration.recipients import Mailbox
from mta_emu.mta.policy.alternates import Alternate
from mta_emu.mta.policy.registration import redirection, refusal
from mta_emu.mta.policy.reports import REASSIGNMENT_PROHIBITED, REDIRECTION_LOOP
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.extension import StandardExtension
from mta_emu.mts.fields import (
    EXCHANGE_CONTENTS,
    EncodedInformationType,
    encoded_information_types,
)
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.redirection import RedirectionReason, redirect
from mta_emu.mts.subject import Recipient
from mta_emu.mts.wishes import prohibition

JONES, SMITH, OTHER = (
    ORAddress.parse(f"C=US;A= ;P=Contoso;O=A;S={name}") for name in ("Jones", "Smith", "Other")
)
ASSIGNED = RedirectionReason.RECIPIENT_ASSIGNED_ALTERNATE_RECIPIENT
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RECIPIENT = Recipient(SMITH)
MESSAGE = Envelope(
    MtsIdentifier(GlobalDomain("US", " "), "M"),
    JONES,
    (RECIPIENT,),
    encoded_information_types=encoded_information_types(
        EncodedInformationType.IA5_TEXT, extended=("2.6.1.4.11",)
    ),
)


def mailbox(**registered: Any) -> Mailbox:
    return parse({"organization": "A", **registered}, Mailbox, "test")


@pytest.mark.element("user capabilities registration")
@pytest.mark.parametrize(
    ("registered", "changes", "why"),
    [
        ({}, {"content_type": "1.2.3"}, None),
        ({"content_types": ["P22", "P2"]}, {}, None),
        ({"content_types": ["P2"]}, {}, "content-type-not-supported"),
        ({"content_types": ["Exchange contents"]}, {"content_type": EXCHANGE_CONTENTS}, None),
        ({"content_types": ["1.2.3"]}, {"content_type": "1.2.3"}, None),
        ({"content_length": 1}, {}, None),  # the content has 1024 octets
        ({"information_types": ["ia5-text", "2.6.1.4.11"]}, {}, None),
        (
            {"information_types": ["ia5-text"]},
            {},
            "encoded-information-types-unsupported",
        ),
        ({"information_types": ["ia5-text"]}, {"encoded_information_types": b""}, None),
    ],
)
def test_only_what_is_registered_is_taken(
    registered: dict[str, Any], changes: dict[str, Any], why: str | None
) -> None:
    found = refusal(mailbox(**registered), replace(MESSAGE, **changes), 1024)
    assert (found and str(found)) == (why and f"not delivered: unable-to-transfer, {why}")


def test_a_longer_content_is_not_taken() -> None:
    found = refusal(mailbox(content_length=1), MESSAGE, 1025)
    assert str(found) == "not delivered: unable-to-transfer, content-too-long"


@pytest.mark.element("restricted delivery")
@pytest.mark.parametrize(
    ("restrictions", "taken"),
    [
        ({"accept_from": [{"surname": "Jones"}]}, True),
        ({"accept_from": [{"surname": "Smith"}]}, False),
        ({"reject_from": [{"surname": "Jones"}]}, False),
    ],
)
def test_whose_messages_are_taken(restrictions: dict[str, Any], taken: bool) -> None:
    found = refusal(mailbox(restrictions=restrictions), MESSAGE, 0)
    assert (found and str(found)) == (None if taken else "not delivered: restricted-delivery")


def test_everything_goes_to_somebody_else_where_that_is_wanted() -> None:
    elsewhere = mailbox(redirect_to=str(OTHER))
    assert redirection(mailbox(), MESSAGE, RECIPIENT) is None
    assert redirection(elsewhere, MESSAGE, RECIPIENT) == Alternate(OTHER, ASSIGNED)
    kind = StandardExtension.RECIPIENT_REASSIGNMENT_PROHIBITED
    prohibited = replace(MESSAGE, extensions=(prohibition(kind),))
    assert redirection(elsewhere, prohibited, RECIPIENT) == REASSIGNMENT_PROHIBITED


def test_nobody_gets_it_twice() -> None:
    came_from_other = redirect(Recipient(OTHER), SMITH, ASSIGNED, NOON)
    assert redirection(mailbox(redirect_to=str(OTHER)), MESSAGE, came_from_other) == (
        REDIRECTION_LOOP
    )
    assert redirection(mailbox(redirect_to=str(SMITH)), MESSAGE, RECIPIENT) == REDIRECTION_LOOP


@pytest.mark.parametrize(
    ("registered", "complaint"),
    [
        ({"content_types": ["p22"]}, "no content type has this name; did you mean P22?"),
        ({"information_types": ["ia5"]}, "no encoded information type has this name"),
    ],
)
def test_what_is_wrong_is_said(registered: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError, match=complaint.replace("?", r"\?")):
        mailbox(**registered)
