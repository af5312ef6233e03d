"""Notifications of receipt and non-receipt."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from mta_emu.mta.dispatch.receipt import Receipt, ReceiptRequest
from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.ipm.heading import Heading
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient, Requests
from mta_emu.mts.ipm.notification import DiscardReason, NonReceiptReason, Notification
from mta_emu.mts.oraddress import ORAddress

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=A;S=Jones")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=B;S=Smith")
BOTH = Requests.RECEIPT | Requests.NON_RECEIPT


def heading(requests: Requests = BOTH, user: ORAddress | None = JONES, **fields: object) -> Heading:
    recipients = (Recipient.of(SMITH, requests),)
    plain = Heading(IpmIdentifier("1", user), ORDescriptor(JONES), recipients)
    return replace(plain, **fields)  # type: ignore[arg-type]


def receipt(found: Heading, reader: ORAddress = SMITH, **fields: object) -> Receipt:
    request = ReceiptRequest.model_validate({"number": 1, **fields})
    envelope = DeliveryEnvelope(originator="C=US;A= ;S=Envelope")
    return Receipt.of(request, Mail(1, 1, "[M]", str(reader), "", 0, NOON, envelope), found, NOON)


@pytest.mark.parametrize("user", [JONES, None])
def test_a_receipt_repeats_the_identifier_as_the_message_has_it(user: ORAddress | None) -> None:
    """Q152952: Exchange left the user out, and the originator's system did not know the message."""
    found = receipt(heading(user=user))
    assert found.notification == Notification(
        IpmIdentifier("1", user), ORDescriptor(SMITH), receipt_time=NOON
    )
    identifier = MtsIdentifier(GlobalDomain("US", " "), "N")
    envelope = found.envelope(identifier)
    assert envelope.originator == SMITH
    assert [each.address for each in envelope.recipients] == [JONES]
    assert envelope.recipients[0].indicators.originator_report == 0


def test_a_non_receipt_says_why() -> None:
    found = receipt(heading(), reason="discarded", discarded="expired", comment="late")
    assert found.notification == Notification(
        IpmIdentifier("1", JONES),
        ORDescriptor(SMITH),
        reason=NonReceiptReason.DISCARDED,
        discard_reason=DiscardReason.EXPIRED,
        comment="late",
    )


@pytest.mark.parametrize(
    ("requests", "fields", "complaint"),
    [
        (Requests.NONE, {}, "nobody asked .*S=Smith for a notification of receipt"),
        (Requests.NON_RECEIPT, {}, "for a notification of receipt"),
        (Requests.NONE, {"reason": "discarded"}, "for a notification of non-receipt"),
    ],
)
def test_nobody_is_notified_who_did_not_ask(
    requests: Requests, fields: dict[str, str], complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        receipt(heading(requests), **fields)


def test_what_is_asked_of_others_does_not_count() -> None:
    others = (Recipient.of(JONES, BOTH), Recipient.of(SMITH))
    with pytest.raises(ValueError, match="nobody asked"):
        receipt(heading(recipients=others))


def test_a_reader_whom_the_heading_does_not_name_has_it_from_a_list() -> None:
    member = replace(SMITH, surname="Member")
    assert receipt(heading(), member).reader == member


@pytest.mark.parametrize("originator", [None, ORDescriptor(None, "Jo")])
def test_an_originator_without_an_or_name_is_that_of_the_envelope(
    originator: ORDescriptor | None,
) -> None:
    found = receipt(heading(originator=originator))
    assert str(found.originator) == "C=US;A= ;S=Envelope"
