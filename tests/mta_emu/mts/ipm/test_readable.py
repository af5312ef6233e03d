"""What came into a mailbox, as its reader sees it."""

from datetime import UTC, datetime

from mta_emu.mts.fields import EXCHANGE_CONTENTS, content_type_name
from mta_emu.mts.ipm.files import File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.ipm.readable import as_object, files_of, lines, not_readable
from mta_emu.mts.ipm.text import IA5Text
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.errors import ProtocolError

JONES = ORAddress(country="US", surname="Jones")
HERE = IpmIdentifier("7", JONES)
LETTER = InterpersonalMessage.of(
    "7", JONES, [JONES], "Hello", (IA5Text("text"), File("../a.txt", b"abc"))
)
RECEIPT = Notification(HERE, ORDescriptor(JONES), datetime(2026, 1, 5, 12, tzinfo=UTC))


def test_a_message_has_its_heading_and_what_its_body_is_made_of() -> None:
    found = dict(lines(LETTER))
    assert (found["Subject"], found["From"]) == ("Hello", str(JONES))
    assert [value for name, value in lines(LETTER) if name == "Body"] == [
        part.kind for part in LETTER.body
    ]
    assert as_object(LETTER)["subject"] == "Hello"
    assert as_object(LETTER)["body"] == [part.kind for part in LETTER.body]


def test_its_files_have_names_that_can_be_saved() -> None:
    assert [*files_of(LETTER)] == [(".._a.txt", b"abc")]


def test_a_notification_says_which_message_it_is_about() -> None:
    assert ("Body", "notification") in lines(RECEIPT)
    assert as_object(RECEIPT)["ipm_identifier"] == "7"
    assert [*files_of(RECEIPT)] == []


def test_only_some_problems_are_for_people() -> None:
    many = InterpersonalMessage(LETTER.heading, (), tuple(map(str, range(50))))
    assert sum(name == "Problem" for name, _ in lines(many)) == 20
    assert len(as_object(many)["problems"]) == 50


def test_what_is_not_readable_is_named() -> None:
    error = ProtocolError("it ends too early")
    assert not_readable("", error) == "not an interpersonal message: it ends too early"
    assert not_readable("voice", error).startswith("voice, not an interpersonal message")
    assert "MDBEF" in not_readable(content_type_name(EXCHANGE_CONTENTS), error)
