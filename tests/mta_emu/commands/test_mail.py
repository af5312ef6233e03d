"""`mta-emu mail`: the mailboxes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts import ipm
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.message import InterpersonalMessage
from mta_emu.mts.ipm.text import TeletexText
from tests.mta_emu.commands.conftest import CONTENT, ENVELOPE, JONES, MESSAGE, NOON, SMITH

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
    content = ipm.encode(InterpersonalMessage.of("2", JONES, (SMITH,), "Files", body))
    store = Store.open(internal, "INTERNAL")
    store.complete(
        store.contents.keep(content),
        TrackingEntry(NOON, "[C=US;A= ;P=Contoso;EXTERNAL-2]", Action.RECEIVED, "FIREWALL", 1),
        content_length=len(content),
        copies=[],
        deliveries=[Delivery(str(SMITH), "Files")],
        arrivals=[str(SMITH)],
    )
    store.close()
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


def test_no_such_mail(mta_emu: Command, internal: Path) -> None:
    done = mta_emu("mail", "show", "7", "--data", internal)
    assert done.exit_code == 2
    assert "7: no mail has this number" in done.stderr
