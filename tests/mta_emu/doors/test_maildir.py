"""A Maildir gets what is delivered, whatever it is and whatever happens to the Maildir."""

import asyncio
import mailbox
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.doors import mail_out, maildir
from mta_emu.doors.maildir import Maildir, serve_maildir
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
HERE = "C=US;A= ;P=Contoso;O=A;S=Brown"
GATEWAY = "gateway.example"


def subjects(path: Path) -> list[str]:
    return sorted(each["Subject"] for each in mailbox.Maildir(path))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110, no file tells when it is there
            await asyncio.sleep(0.01)


def test_a_mail_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    directory = Maildir(tmp_path / "Maildir")
    directory.open()
    directory.put([b"Subject: one\n\n", b"x\n"])

    def broken() -> Any:
        yield b"Subject: two\n\n"
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        directory.put(broken())
    assert subjects(tmp_path / "Maildir") == ["one"]
    assert os.listdir(tmp_path / "Maildir" / "tmp") == []


@pytest.mark.parametrize("text", [None, "", "nonsense", "-", "7"])
def test_the_position_is_read_or_0(tmp_path: Path, text: str | None) -> None:
    directory = Maildir(tmp_path)
    if text is not None:
        (tmp_path / "delivered-up-to").write_text(text)
    assert directory.position == (7 if text == "7" else 0)
    directory.position = 9
    assert Maildir(tmp_path).position == 9


async def test_many_recipients_are_rendered_once(
    start: Start, a_document: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """../shared/faults/attacks/door_hold.py: 400 recipients held the loop for 25 s."""
    a = await start(a_document)
    rendered: list[int] = []
    render = mail_out.render

    def counted(mail: Any, *arguments: Any) -> Any:
        rendered.append(mail.id)
        return render(mail, *arguments)

    monkeypatch.setattr(mail_out, "render", counted)
    path = tmp_path / "Maildir"
    async with serve_maildir(a.mta, path, GATEWAY):
        recipients = [HERE.replace("Brown", f"B{number}") for number in range(400)]
        await a.mta.commands["submit"]({"from": HERE, "to": recipients, "text": "x"})
        await until(lambda: len(os.listdir(path / "new")) == 400)
    assert len(rendered) == 1
    assert {each["Delivered-To"] for each in mailbox.Maildir(path)} == {
        f'"/C=US/ADMD= /PRMD=Contoso/O=A/S=B{number}/"@{GATEWAY}' for number in range(400)
    }


async def test_a_mail_that_cannot_be_shown_is_its_octets(
    start: Start, a_document: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a = await start(a_document)
    render = mail_out.render

    def broken(mail: Any, *arguments: Any) -> Any:
        if mail.id == 1:
            raise KeyError("a bug")
        return render(mail, *arguments)

    monkeypatch.setattr(mail_out, "render", broken)
    path = tmp_path / "Maildir"
    async with serve_maildir(a.mta, path, GATEWAY):
        await a.send(HERE, subject="one", text="x")
        await a.send(HERE, subject="two", text="x")
        await until(lambda: len(os.listdir(path / "new")) == 2)
    (told, _) = a.all("problem")
    assert told["reason"] == (
        "mail 1 cannot be shown and is put there as its octets: KeyError('a bug')"
    )
    one, two = sorted(mailbox.Maildir(path), key=lambda each: each["Subject"] or "")
    assert one.get_content_type() == "application/octet-stream"
    assert two["Subject"] == "two"


async def test_a_maildir_that_cannot_be_written_is_tried_again(
    start: Start, a_document: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maildir, "_RETRY", 0.05)
    a = await start(a_document)
    path = tmp_path / "Maildir"
    path.write_text("a file is in the way")
    async with serve_maildir(a.mta, path, GATEWAY):
        await a.send(HERE, subject="one", text="x")
        told = await a.said("problem")
        assert told["reason"].startswith("the Maildir cannot be written: ")
        await asyncio.sleep(0.2)
        assert len(a.all("problem")) == 1
        path.unlink()
        await until(lambda: path.is_dir() and len(os.listdir(path / "new")) == 1)
        await a.send(HERE, subject="two", text="x")
        await until(lambda: len(os.listdir(path / "new")) == 2)
    assert subjects(path) == ["one", "two"]


async def test_the_end_does_not_wait_for_a_maildir_that_cannot_be_written(
    start: Start, a_document: Any, tmp_path: Path
) -> None:
    a = await start(a_document)
    path = tmp_path / "Maildir"
    path.write_text("a file is in the way")
    async with asyncio.timeout(PATIENCE), serve_maildir(a.mta, path, GATEWAY):
        await a.send(HERE, subject="one", text="x")
        await a.said("problem")
    path.unlink()
    async with serve_maildir(a.mta, path, GATEWAY):
        pass
    assert subjects(path) == ["one"]
