"""`mta-emu mail`: the mailboxes."""

import json
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

from tests.mta_emu.commands.conftest import CONTENT, JONES, MESSAGE, SMITH

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


def test_raw_octets(mta_emu: Command, internal: Path) -> None:
    assert mta_emu("mail", "show", "1", "--raw", "--data", internal).stdout_bytes == CONTENT


def test_no_such_mail(mta_emu: Command, internal: Path) -> None:
    done = mta_emu("mail", "show", "7", "--data", internal)
    assert done.exit_code == 2
    assert "7: no mail has this number" in done.stderr
