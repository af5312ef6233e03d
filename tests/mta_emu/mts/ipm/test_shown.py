"""Headings as readers and programs see them."""

from datetime import UTC, datetime

from mta_emu.mts.ipm import shown
from mta_emu.mts.ipm.heading import Heading, Importance, Sensitivity
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor, Recipient, Requests
from mta_emu.mts.oraddress import ORAddress

US = ORAddress(country="US")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ALL = Heading(
    IpmIdentifier("1", US),
    ORDescriptor(US, "Jo"),
    (Recipient.of(US, Requests.RECEIPT), Recipient(ORDescriptor(None, "Al"), reply_requested=True)),
    "Hi",
    copy_recipients=(Recipient.of(US),),
    blind_copy_recipients=(Recipient.of(US),),
    authorizing_users=(ORDescriptor(None, "Boss"),),
    replied_to=IpmIdentifier("0", US),
    obsoleted=(IpmIdentifier("2"),),
    related=(IpmIdentifier("3"), IpmIdentifier("4")),
    expiry_time=NOON,
    reply_time=NOON,
    reply_recipients=(ORDescriptor(None, "Desk"),),
    importance=Importance.HIGH,
    sensitivity=Sensitivity.COMPANY_CONFIDENTIAL,
    auto_forwarded=True,
    incomplete_copy=True,
    languages=("en", "de"),
)


def test_all_that_there_is() -> None:
    assert list(shown.fields(ALL)) == [
        ("From", "Jo <C=US>"),
        ("Authorized by", "Boss"),
        ("To", "C=US (receipt requested)"),
        ("To", "Al (reply requested)"),
        ("Cc", "C=US"),
        ("Bcc", "C=US"),
        ("Subject", "Hi"),
        ("In reply to", "0 of C=US"),
        ("Obsoletes", "2"),
        ("Related to", "3"),
        ("Related to", "4"),
        ("Expires", "2026-01-01T12:00:00+00:00"),
        ("Reply by", "2026-01-01T12:00:00+00:00"),
        ("Reply to", "Desk"),
        ("Importance", "high"),
        ("Sensitivity", "company-confidential"),
        ("Auto-forwarded", "yes"),
        ("Incomplete copy", "yes"),
        ("Language", "en, de"),
    ]


def test_what_is_not_there_is_not_shown() -> None:
    assert list(shown.fields(Heading(IpmIdentifier("1")))) == [("Subject", "")]


def test_for_programs_every_field_is_there() -> None:
    full, empty = shown.as_object(ALL), shown.as_object(Heading(IpmIdentifier("1")))
    assert full.keys() == empty.keys()
    assert full["to"] == ["C=US", "Al"]
    assert full["bcc"] == ["C=US"]
    assert full["notifications"] == ["receipt"]
    assert full["sensitivity"] == "company-confidential"
    assert (empty["from"], empty["expires"], empty["sensitivity"]) == ("", None, None)
