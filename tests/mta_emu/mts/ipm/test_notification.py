"""Receipt and non-receipt notifications."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mta_emu.mts import ipm
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor
from mta_emu.mts.ipm.notification import (
    Acknowledgment,
    DiscardReason,
    NonReceiptReason,
    Notification,
)
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError

US = ORAddress(country="US")
NAME = "6008 3006 6104 1302 5553"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIME = "800d 3236303130313132303030305a"


@pytest.mark.parametrize(
    ("octets", "notification", "subject", "text"),
    [
        (  # a receipt: the identifier has its user, as the message had it (Q152952)
            f"a122 6b0d 130131 {NAME} a011 a10f {TIME}",
            Notification(IpmIdentifier("1", US), None, NOON),
            "Receipt notification",
            "message 1 was received at 2026-01-01T12:00:00+00:00",
        ),
        (
            f"a12b 6b03 130131 a018 a116 {TIME} 8101 01 8202 6f6b a10a {NAME}",
            Notification(
                IpmIdentifier("1"),
                ORDescriptor(US),
                NOON,
                acknowledgment=Acknowledgment.AUTOMATIC,
                comment="ok",
            ),
            "Receipt notification",
            "message 1 was received at 2026-01-01T12:00:00+00:00, automatically\nok",
        ),
        (
            f"a11b 6b03 130131 a008 a006 8001 00 8101 00 a20a {NAME}",
            Notification(
                IpmIdentifier("1"),
                reason=NonReceiptReason.DISCARDED,
                intended=ORDescriptor(US),
                discard_reason=DiscardReason.EXPIRED,
            ),
            "Non-receipt notification",
            "message 1 was discarded, not received: expired",
        ),
        (
            "a10f 6b03 130131 a008 a006 8001 01 8201 78",
            Notification(IpmIdentifier("1"), reason=NonReceiptReason.AUTO_FORWARDED, comment="x"),
            "Non-receipt notification",
            "message 1 was auto-forwarded, not received\nx",
        ),
    ],
)
def test_golden_octets(octets: str, notification: Notification, subject: str, text: str) -> None:
    assert ipm.encode(notification) == bytes.fromhex(octets)
    found = ipm.decode(bytes.fromhex(octets))
    assert found == notification
    assert (found.subject, found.text, found.problems) == (subject, text, ())


@pytest.mark.parametrize(
    ("octets", "text", "problems"),
    [
        (
            "a109 6b03 130131 a002 a200",
            "(a notification about message 1 that is not read here)",
            0,
        ),
        ("a105 6b03 130131", "(a notification about message 1 that is not read here)", 0),
        (
            "a10c 6b03 130131 a005 a003 8001 07",
            "(a notification about message 1 that is not read here)",
            1,
        ),
        (
            f"a11a 6b03 130131 a011 a10f {TIME} a100",
            "message 1 was received at",
            0,
        ),
    ],
)
def test_what_is_odd(octets: str, text: str, problems: int) -> None:
    found = ipm.decode(bytes.fromhex(octets))
    assert found.text.startswith(text)
    assert len(found.problems) == problems


def test_a_notification_of_neither_kind_is_not_written() -> None:
    with pytest.raises(ValueError, match="without receipt time and reason"):
        ipm.encode(Notification(IpmIdentifier("1")))


def test_one_that_names_no_message_is_none() -> None:
    with pytest.raises(ProtocolError, match="names no message"):
        ipm.decode(bytes.fromhex("a100"))


users = st.none() | st.just(US)


@given(users, users, st.sampled_from(NonReceiptReason) | st.none())
def test_notifications_survive_the_wire(
    user: ORAddress | None, originator: ORAddress | None, reason: NonReceiptReason | None
) -> None:
    sent = Notification(
        IpmIdentifier("A-1", user),
        ORDescriptor(originator) if originator else None,
        None if reason is not None else NOON,
        reason,
    )
    assert ipm.decode(ipm.encode(sent)) == sent
