"""An MTA process whose surroundings fail: logs, the data directory, other programs.

Whatever happens to what it writes beside, mail is taken, confirmed and kept, and it ends well.
"""

import asyncio
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import httpx
import pytest

from mta_emu.mta.controlclient import ControlError, ask
from mta_emu.mta.store.store import Store
from tests.mta_emu.mta.conftest import A, document
from tests.patience import PATIENCE

SELF = "C=US;A= ;P=Contoso;O=A;S=Jones"
HTTP, SMTP = 10894, 10895
Output = int | IO[bytes] | None  # None: a file of its own


class Process:
    """`mta-emu serve` as a process of its own."""

    def __init__(self, directory: Path, name: str = "A") -> None:
        self.data = directory / "data"
        self.config = directory / f"{name}.yaml"
        configuration = document(name, "B", A, "127.0.100.88")
        configuration["server"] |= {
            "http": {"address": A, "port": HTTP},
            "smtp": {
                "address": A,
                "port": SMTP,
                "gateway": "x400.example",
                "maildir": str(directory / "maildir"),
            },
        }
        self.config.write_text(json.dumps(configuration))  # which is YAML, too
        self.errors = directory / f"{name}.errors"
        self.said = directory / f"{name}.jsonl"

    @contextmanager
    def running(self, stdout: Output = None) -> Iterator[subprocess.Popen[bytes]]:
        """Serve while the block runs; then it ends well, and has not complained.

        Where nobody else has its standard output, no library has, either.
        """
        command = [sys.executable, "-m", "mta_emu", "serve", str(self.config), "--json"]
        with self.errors.open("wb") as errors, self.said.open("wb") as said:
            process = subprocess.Popen(
                [*command, "--data", str(self.data)],
                stdout=said if stdout is None else stdout,
                stderr=errors,
            )
        try:
            yield process
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
            assert self.errors.read_text() == ""
            assert "the library" not in self.said.read_text()
        finally:
            process.kill()
            process.wait()

    async def submits(self, subject: str) -> None:
        """Have a message taken, and find it in the mailbox."""
        request = {"command": "submit", "from": SELF, "to": [SELF], "subject": subject}
        async with asyncio.timeout(PATIENCE):
            await self._answers()
            await ask(self.data, request)
            assert subject in self.mailbox()

    async def _answers(self) -> None:
        """Wait until it does; its socket may be there before it listens."""
        while True:
            with suppress(ControlError, OSError):
                await ask(self.data, {"command": "status"})
                return
            await asyncio.sleep(0.05)

    def mailbox(self) -> list[str]:
        store = Store.reader(self.data)
        found = [mail.subject for mail in store.mailbox.read()]
        store.close()
        return found


@pytest.fixture
def mta(tmp_path: Path) -> Process:
    return Process(tmp_path)


async def test_standard_output_is_on_a_full_disk(mta: Process) -> None:
    full = os.open("/dev/full", os.O_WRONLY)
    with mta.running(full):
        os.close(full)
        await mta.submits("one")
        await mta.submits("two")


async def test_the_reader_of_standard_output_is_gone(mta: Process) -> None:
    reader, writer = os.pipe()
    with mta.running(writer):
        os.close(writer)
        os.close(reader)
        await mta.submits("one")
        await mta.submits("two")


async def test_the_reader_of_standard_output_reads_nothing(mta: Process) -> None:
    reader, writer = os.pipe()
    with mta.running(writer):
        os.close(writer)
        await mta._answers()
        request = {"command": "submit", "from": SELF, "to": [SELF], "count": 2000}
        async with asyncio.timeout(PATIENCE):
            await ask(mta.data, request)  # more than a pipe has room for
        await mta.submits("one")
    os.close(reader)


async def test_what_an_smtp_client_says_is_not_on_standard_error(mta: Process) -> None:
    """It is answered; a control sequence on the terminal of whoever serves would be obeyed."""
    with mta.running():
        await mta.submits("one")
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(OSError):
                    reader, writer = await asyncio.open_connection(A, SMTP)
                    break
                await asyncio.sleep(0.05)
            writer.write(b"\x1b]0;pwned\x07 [/x]\r\nHELO\r\nQUIT\r\n")
            answers = (await reader.read()).splitlines()
        assert [each[:3] for each in answers] == [b"220", b"500", b"501", b"221"]
        writer.close()


async def records(process: subprocess.Popen[bytes]) -> AsyncIterator[dict[str, Any]]:
    assert process.stdout
    while line := await asyncio.to_thread(process.stdout.readline):
        yield json.loads(line)


async def test_a_second_mta_on_the_same_data_is_refused(mta: Process, tmp_path: Path) -> None:
    second = Process(tmp_path, "SECOND")
    second.config.write_text(second.config.read_text().replace(A, "127.0.113.87"))
    with mta.running() as process:
        await mta.submits("one")
        command = [sys.executable, "-m", "mta_emu", "serve", str(second.config)]
        refused = await asyncio.to_thread(
            subprocess.run,
            [*command, "--data", str(mta.data)],
            capture_output=True,
            text=True,
        )
        assert refused.returncode == 2
        assert refused.stderr.startswith(f"{mta.data}: the MTA of process {process.pid} works in")
        assert refused.stderr.count("\n") == 1
        await mta.submits("two")  # its socket is still there
    with mta.running():
        assert mta.mailbox() == ["one", "two"]
        await mta.submits("three")


async def test_another_program_locks_the_database(mta: Process) -> None:
    with mta.running(subprocess.PIPE) as process:
        await mta.submits("one")
        other = sqlite3.connect(mta.data / "mta.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        submitting = asyncio.create_task(mta.submits("two"))
        async for record in records(process):
            if record["kind"] == "disk":
                break
        assert record["state"] == "locked"
        async with httpx.AsyncClient(base_url=f"http://{A}:{HTTP}") as client:
            health = await client.get("/health")  # which is answered meanwhile
            assert (health.status_code, "locked" in health.json()["status"]) == (503, True)
        other.execute("COMMIT")
        other.close()
        await submitting
        async for record in records(process):
            if record["kind"] == "disk":
                break
        assert record["state"] == "released"


async def test_a_damaged_page_ends_the_mta_with_what_to_do(mta: Process) -> None:
    with mta.running():
        await mta.submits("one")
    connection = sqlite3.connect(mta.data / "mta.db")
    (root,) = connection.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'arrival'"
    ).fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    connection.close()
    with (mta.data / "mta.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    command = [sys.executable, "-m", "mta_emu", "serve", str(mta.config), "--json"]
    process = await asyncio.create_subprocess_exec(
        *command, "--data", str(mta.data), stdout=-1, stderr=-1
    )
    await mta._answers()
    request = {"command": "submit", "from": SELF, "to": [SELF]}
    asking = asyncio.create_task(ask(mta.data, request))
    async with asyncio.timeout(PATIENCE):
        said, complaint = await process.communicate()
        await asyncio.wait([asking])
    assert asking.exception() is not None
    text = complaint.decode()
    assert "the database is damaged" in text
    assert f"move {mta.data} away and start again" in text
    assert "Traceback" not in text
    assert process.returncode == 2
    events = [json.loads(line) for line in said.splitlines()]
    assert [each["id"] for each in events if each["kind"] == "event"] == [9405]


@pytest.mark.parametrize("umask", [0o000, 0o022])
async def test_nobody_else_reads_what_it_keeps(mta: Process, umask: int) -> None:
    before = os.umask(umask)
    try:
        with mta.running():
            await mta.submits("secret")
            open_to_others = [
                path
                for path in [mta.data, *mta.data.iterdir(), *mta.data.parent.glob("maildir")]
                if path.stat().st_mode & 0o077
            ]
            assert open_to_others == []
    finally:
        os.umask(before)


async def test_a_door_whose_address_is_taken_opens_when_it_is_free(mta: Process) -> None:
    taken = await asyncio.start_server(lambda _, writer: writer.close(), A, HTTP)
    with mta.running(subprocess.PIPE) as process:
        await mta.submits("one")
        async for record in records(process):
            if record["kind"] == "problem":
                break
        assert (record["part"], record["state"]) == ("http door", "failed")
        taken.close()
        await taken.wait_closed()
        async for record in records(process):
            if record["kind"] == "problem":
                break
        assert (record["part"], record["state"]) == ("http door", "works again")
        async with httpx.AsyncClient(base_url=f"http://{A}:{HTTP}") as client:
            assert (await client.get("/health")).json() == {"status": "ok"}
