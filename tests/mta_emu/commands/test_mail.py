"""`mta-emu mail`: the mailboxes."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mta_emu.mta.policy.delivery import DeliveryEnvelope
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts import ipm
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.heading import Heading, Sensitivity
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.names import IpmIdentifier, ORDescriptor
from mta_emu.mts.ipm.notification import Notification
from mta_emu.mts.ipm.text import TeletexText
from mta_emu.osi import ber
from tests.mta_emu.commands.conftest import CONTENT, ENVELOPE, JONES, MESSAGE, NOON, SMITH
from tests.shared import shared

Command = Callable[..., Result]


def test_list(mta_emu: Command, internal: Path) -> None:
    done = mta_emu("mail", "list", "--data", internal)
    assert MESSAGE in done.stdout
    assert "Hello" in done.stdout
    listed = json.loads(mta_emu("mail", "list", "--data", internal, "--json").stdout)
    assert listed == {
        "number": 1,
        "time": "2026-01-01T12:01:01.000+00:00",
        "mts_identifier": MESSAGE,
        "recipient": str(SMITH),
        "subject": "Hello",
        "octets": len(CONTENT),
    }


def test_list_for_one_recipient(mta_emu: Command, internal: Path) -> None:
    def listed(part: str) -> int:
        done = mta_emu("mail", "list", "--data", internal, "--json", "--recipient", part)
        return len(done.stdout.splitlines())

    assert (listed("s=smith"), listed("S=Jones")) == (1, 0)


def test_show(mta_emu: Command, internal: Path) -> None:
    text = mta_emu("mail", "show", "1", "--data", internal).stdout
    heading = f"From:    {JONES}\nTo:      {SMITH}\nSubject: Hello\n"
    assert text.startswith(heading)
    assert text.endswith("\n\nOne\nTwo\n")
    shown = json.loads(mta_emu("mail", "show", "1", "--data", internal, "--json").stdout)
    assert (shown["from"], shown["to"], shown["text"]) == (str(JONES), [str(SMITH)], "One\nTwo")
    assert shown["body"] == ["IA5 text"]
    assert "\nBody:    IA5 text\n" in text


@pytest.mark.element("delivery time stamp indication")
def test_show_what_was_told_with_it(mta_emu: Command, internal: Path) -> None:
    text = mta_emu("mail", "show", "1", "--data", internal).stdout
    assert "\nCame:    2026-01-01 12:01:01+00:00\n" in text
    assert "\nSent:    2026-01-01 12:01:00+00:00\n" in text
    assert "\nContent: P22: ia5-text\n" in text
    assert "\nAlso to: C=US;S=Other\n" in text
    shown = json.loads(mta_emu("mail", "show", "1", "--data", internal, "--json").stdout)
    assert shown["envelope"] == ENVELOPE.as_object()


def test_raw_octets(mta_emu: Command, internal: Path) -> None:
    assert mta_emu("mail", "show", "1", "--raw", "--data", internal).stdout_bytes == CONTENT


def deliver(directory: Path, content: bytes, subject: str = "", envelope: str = "{}") -> None:
    """Put a content into the mailbox, beside the one that is there."""
    store = Store.open(directory, "INTERNAL")
    store.complete(
        store.contents.keep(content),
        TrackingEntry(NOON, "[C=US;A= ;P=Contoso;EXTERNAL-2]", Action.RECEIVED, "FIREWALL", 1),
        content_length=len(content),
        copies=[],
        deliveries=[Delivery([str(SMITH)], subject, envelope)],
        arrivals=[str(SMITH)],
    )
    store.close()


@pytest.fixture
def with_files(internal: Path) -> Path:
    """A message with files beside the one that is there."""
    files = (
        File("report.bin", b"\0"),
        File("../report.bin", b"up"),
        File("report.bin", b"again"),
        BilaterallyDefined(b"bare"),
        File("..", b"dots"),
    )
    body = (TeletexText("One"), *files)
    deliver(internal, ipm.encode(InterpersonalMessage.of("2", JONES, (SMITH,), "Files", body)))
    return internal


def test_save_the_files(mta_emu: Command, with_files: Path, tmp_path: Path) -> None:
    directory = tmp_path / "out" / "files"
    directory.parent.mkdir()
    done = mta_emu("mail", "save", "2", directory, "--data", with_files)
    assert done.exit_code == 0, done.stderr
    assert f"{directory / 'report.bin'}: 1 octets" in done.stdout
    assert {path.name: path.read_bytes() for path in directory.iterdir()} == {
        "report.bin": b"\0",
        ".._report.bin": b"up",
        "3-report.bin": b"again",
        "file4": b"bare",
        "file5": b"dots",
    }
    again = mta_emu("mail", "save", "2", directory, "--data", with_files)
    assert again.exit_code == 2
    assert "File exists" in again.stderr


def test_show_what_the_body_is_made_of(mta_emu: Command, with_files: Path) -> None:
    shown = json.loads(mta_emu("mail", "show", "2", "--data", with_files, "--json").stdout)
    assert shown["body"][:2] == ["T.61 text", "file report.bin, 1 octets"]
    assert shown["body"][4] == "bilaterally defined body part, BP-14, 4 octets"


def test_a_message_without_a_file(mta_emu: Command, internal: Path, tmp_path: Path) -> None:
    done = mta_emu("mail", "save", "1", tmp_path / "out", "--data", internal)
    assert done.exit_code == 1
    assert "mail 1 has no file" in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.element("forwarded IP-message indication")
def test_files_of_a_forwarded_message_are_saved(
    mta_emu: Command, internal: Path, tmp_path: Path
) -> None:
    """../shared/faults/10."""
    deliver(internal, fault("10-file-in-a-forwarded-message/content.hex"))
    done = mta_emu("mail", "save", "2", tmp_path, "--data", internal, "--json")
    assert json.loads(done.stdout) == {"file": str(tmp_path / "doc.txt"), "octets": 8}
    assert (tmp_path / "doc.txt").stat().st_size == 8
    shown = mta_emu("mail", "show", "2", "--data", internal).stdout
    assert "(forwarded:)" in shown
    assert "Body:    forwarded message\n" in shown


def fault(path: str, line: int = 0) -> bytes:
    """The octets in a file of faults, or in the line of it that begins with blanks."""
    text = shared(f"faults/{path}").read_text()
    lines = [each for each in text.splitlines() if re.fullmatch(r"[ 0-9a-f]+", each)]
    return bytes.fromhex(lines[line] if len(lines) > 1 else "".join(lines))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (0, ["From:    Jo Jones", "To:      Hans Schmidt", "Subject: ffn"]),
        (
            1,
            [
                "To:      C=US;A= ;P=Contoso;O=B;S=Smith",
                "Cc:      C=US;A= ;P=Contoso;O=A;S=Jones",
                "Bcc:     C=US;A= ;P=Contoso;O=B;S=Smith",
            ],
        ),
        (2, ["To:      C=US;A= ;P=Contoso;O=B;S=Smith (receipt, non-receipt requested)"]),
    ],
)
def test_whom_a_message_is_from_and_to(
    mta_emu: Command, internal: Path, line: int, shown: list[str]
) -> None:
    """../shared/faults/11."""
    deliver(internal, fault("11-who-a-message-is-from-and-to/headings.txt", line))
    lines = mta_emu("mail", "show", "2", "--data", internal).stdout.splitlines()
    assert set(shown) <= set(lines)


@pytest.mark.parametrize(
    ("line", "subject", "problem"),
    [
        (0, "imp", "Problem: importance: 7 is not a valid Importance"),
        (1, "printable subj", None),
    ],
)
def test_one_odd_field_hides_no_other(
    mta_emu: Command, internal: Path, line: int, subject: str, problem: str | None
) -> None:
    """../shared/faults/17."""
    deliver(internal, fault("17-one-odd-field-hides-the-message/contents.txt", line))
    lines = mta_emu("mail", "show", "2", "--data", internal).stdout.splitlines()
    assert f"Subject: {subject}" in lines
    assert [each for each in lines if each.startswith("Problem:")] == [problem] * bool(problem)
    found = json.loads(mta_emu("mail", "show", "2", "--data", internal, "--json").stdout)
    assert found["subject"] == subject
    assert len(found["problems"]) == bool(problem)


@pytest.mark.parametrize(
    ("line", "text", "kind"),
    [
        (0, "\u039a\u03b1\u03bb\u03b7\u03bc\u03ad\u03c1\u03b1", "ISO 8859-7 text"),
        (1, "100 \u20ac", "ISO 8859-15 text"),
        (2, "Caf\xe9", "ISO 6937 text"),
    ],
)
@pytest.mark.element("general text body part")
def test_general_text_of_other_sets(
    mta_emu: Command, internal: Path, line: int, text: str, kind: str
) -> None:
    """../shared/faults/05."""
    part = fault("05-general-text-in-other-sets/body-parts.txt", line)
    content = ber.tlv(b"\xa0", bytes.fromhex("3105 6b03 130131") + ber.tlv(b"\x30", part))
    deliver(internal, content)
    shown = mta_emu("mail", "show", "2", "--data", internal).stdout
    assert f"Body:    {kind}\n" in shown
    assert shown.endswith(f"\n\n{text}\n")


@pytest.mark.element("incomplete copy indication")
def test_all_that_a_heading_has_is_shown(mta_emu: Command, internal: Path) -> None:
    heading = Heading(
        IpmIdentifier("2", JONES),
        ORDescriptor(JONES, "Jo"),
        subject="Caf\xe9",
        replied_to=IpmIdentifier("1", SMITH),
        expiry_time=NOON,
        sensitivity=Sensitivity.PRIVATE,
        incomplete_copy=True,
        languages=("en",),
    )
    deliver(internal, ipm.encode(InterpersonalMessage(heading, ())))
    lines = mta_emu("mail", "show", "2", "--data", internal).stdout.splitlines()
    assert lines[:9] == [
        f"From:    Jo <{JONES}>",
        "Subject: Caf\xe9",
        f"In reply to: 1 of {SMITH}",
        "Expires: 2026-01-01T12:00:00+00:00",
        "Sensitivity: private",
        "Incomplete copy: yes",
        "Language: en",
        f"IPM:     2 of {JONES}",
        "MTS:     [C=US;A= ;P=Contoso;EXTERNAL-2]",
    ]


def test_notifications_are_shown(mta_emu: Command, internal: Path) -> None:
    deliver(internal, ipm.encode(Notification(IpmIdentifier("1"), ORDescriptor(SMITH), NOON)))
    text = mta_emu("mail", "show", "2", "--data", internal).stdout
    assert "Subject: Receipt notification\n" in text
    assert text.endswith("\nmessage 1 was received at 2026-01-01T12:00:00+00:00\n")


@pytest.mark.parametrize("content", [b"", b"\xff" * 10])
def test_what_cannot_be_read_is_said(mta_emu: Command, internal: Path, content: bytes) -> None:
    deliver(internal, content)
    assert "--raw gives its octets" in mta_emu("mail", "show", "2", "--data", internal).stdout
    saved = mta_emu("mail", "save", "2", "out", "--data", internal)
    assert saved.exit_code == 2
    assert "2 is not an interpersonal message" in saved.stderr


def test_exchanges_own_contents_are_named(mta_emu: Command, internal: Path) -> None:
    """What real Exchange servers send each other: nobody has published its form."""
    envelope = DeliveryEnvelope(content_type="Exchange contents").to_text()
    deliver(internal, b"\x01\x02\x03", envelope=envelope)
    shown = mta_emu("mail", "show", "2", "--data", internal).stdout
    assert "(Exchange contents in Microsoft's own form, MDBEF, which nobody has described;" in shown
    saved = mta_emu("mail", "save", "2", "out", "--data", internal)
    assert "2 is Exchange contents in Microsoft's own form" in saved.stderr


def test_a_receipt_needs_a_running_mta(mta_emu: Command, internal: Path) -> None:
    done = mta_emu("mail", "receipt", "1", "--data", internal)
    assert done.exit_code == 1
    assert "no MTA answers" in done.stderr


def test_no_such_mail(mta_emu: Command, internal: Path) -> None:
    done = mta_emu("mail", "show", "7", "--data", internal)
    assert done.exit_code == 2
    assert "7: no mail has this number" in done.stderr
