"""The control socket: whatever a client sends is answered, and nobody holds the MTA up."""

import asyncio
import json
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.clock import LabClock
from mta_emu.mta import control
from mta_emu.mta.control import serve_control
from mta_emu.mta.controlclient import ControlError, ask, follow
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import Submitted
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    """The journal of whoever answers in `tmp_path`."""
    journal = Journal(LabClock())

    async def echo(request: dict[str, Any]) -> dict[str, Any]:
        if "error" in request:
            raise ValueError(request["error"])
        return {"had": request["had"]}

    async def upload(_: dict[str, Any], octets: AsyncIterator[bytes]) -> dict[str, Any]:
        return {"had": b"".join([each async for each in octets]).decode()}

    async with serve_control(tmp_path, {"echo": echo}, {"upload": upload}, journal):
        yield journal


async def say(directory: Path, *lines: bytes) -> list[dict[str, Any]]:
    reader, writer = await asyncio.open_unix_connection(directory / "control.sock")
    writer.write(b"".join(lines))
    writer.write_eof()
    answers = [json.loads(line) async for line in reader]
    writer.close()
    return answers


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"x\n", "not JSON: "),
        (b"\xff\xfe\n", "not JSON: "),
        (b"[" * 100_000 + b"\n", "not JSON: "),
        (b"[]\n", "not a JSON object"),
        (b"7\n", "not a JSON object"),
        (b"{}\n", "unknown command; known: echo, upload, follow"),
        (b'{"command": "what"}\n', "unknown command; "),
        (b'{"command": ["echo"]}\n', "unknown command; "),
        (b'{"command": "echo", "error": "no"}\n', "no"),
        (b'{"command": "echo"}\n', "malformed request: KeyError"),
        (b'{"command": "upload"}\n', "file_length: must be a number"),
        (b'{"command": "upload", "file_length": -1}\n', "file_length: must be a number"),
        (b'{"command": "upload", "file_length": "9"}\n', "file_length: must be a number"),
    ],
)
async def test_what_is_no_request_is_answered(
    journal: Journal, tmp_path: Path, line: bytes, error: str
) -> None:
    (answer,) = await say(tmp_path, line)
    assert answer["ok"] is False
    assert answer["error"].startswith(error)
    assert (await ask(tmp_path, {"command": "echo", "had": 1}))["had"] == 1


async def test_a_request_that_is_too_long_is_answered(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (answer,) = await say(tmp_path, b'{"x": "', b"x" * control.LINE_LIMIT, b'"}\n')
    assert answer == {"ok": False, "error": "a request of more than 16777216 octets"}


async def test_several_requests_on_a_connection(journal: Journal, tmp_path: Path) -> None:
    line = b'{"command": "echo", "had": 1}\n'
    assert await say(tmp_path, line, line) == [{"ok": True, "had": 1}] * 2
    upload = b'{"command": "upload", "file_length": 3}\nabc'
    assert await say(tmp_path, upload) == [{"ok": True}, {"ok": True, "had": "abc"}]


async def listeners(journal: Journal, wanted: int) -> None:
    while len(journal._listeners) < wanted:  # noqa: ASYNC110, nothing says that somebody listens
        await asyncio.sleep(0)


async def test_who_follows_hears_records_and_who_does_not_read_is_dropped(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_MOST_WAITING", 1000)
    _, writer = await asyncio.open_unix_connection(tmp_path / "control.sock", limit=100)
    writer.write(b'{"command": "follow"}\n')
    await listeners(journal, 1)
    following = follow(tmp_path)
    first = asyncio.ensure_future(anext(following))
    await listeners(journal, 2)
    journal.publish(Submitted("M"))
    assert str(await first) == "message M submitted"
    async with asyncio.timeout(PATIENCE):
        while len(journal._listeners) > 1:
            journal.publish(Submitted("x" * 1000))
            await anext(following)
    writer.close()
    await following.aclose()


async def test_only_its_owner_may_speak_to_it(journal: Journal, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / "control.sock").stat().st_mode) == 0o600


async def test_no_mta_no_answer(tmp_path: Path) -> None:
    with pytest.raises(ControlError, match="no MTA answers at"):
        await ask(tmp_path, {"command": "echo"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": 5},
        {"to": [5]},
        {"from": None},
        {"count": "many"},
        {"subject": 5},
        {"text": ["x"]},
        {"text": "\ud800"},
        {"subject": "\ud800"},
        {"deliver_within": "soon"},
        {"priority": []},
        {"files": 5},
    ],
)
async def test_submissions_of_the_wrong_form_are_refused(
    start: Start, a_document: dict[str, Any], wrong: dict[str, Any]
) -> None:
    a = await start(a_document)
    jones = "C=US;A= ;P=Contoso;O=A;S=Jones"
    request = {"command": "submit", "from": jones, "to": [jones]} | wrong
    (answer,) = await say(a.directory, json.dumps(request).encode() + b"\n")
    assert answer["ok"] is False
    assert a.all("submitted") == []
    await a.send(jones)


async def test_a_client_that_does_not_read_its_answers_is_left(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_PATIENCE", 0.1)
    _, writer = await asyncio.open_unix_connection(tmp_path / "control.sock")
    writer.transport.pause_reading()
    line = json.dumps({"command": "echo", "had": "x" * 10_000_000}).encode() + b"\n"
    writer.write(line)
    await writer.drain()

    async def go_on() -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)

    with pytest.raises(ConnectionError):
        await go_on()
    writer.close()
