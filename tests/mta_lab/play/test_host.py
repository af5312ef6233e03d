"""One process of a lab: started, watched, ended."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import RECORDS
from mta_lab.lab.directory import HostFiles
from mta_lab.lab.processes import processes_of
from mta_lab.play import process
from mta_lab.play.host import Host
from mta_lab.play.process import HostFailedError
from tests.patience import PATIENCE

SAY = (
    'print(\'{"time": "2026-01-05T09:00:00+00:00", "kind": "listening", "address": "\''
    "+ os.getcwd() + '\"}', flush=True); "
)
WAIT = "signal.pause()"

Start = Callable[[str], Host]


@pytest.fixture
async def start(tmp_path: Path, spoke: asyncio.Event) -> AsyncIterator[Start]:
    started: list[Host] = []

    def begin(program: str) -> Host:
        command = [sys.executable, "-c", f"import os, signal, sys; {program}"]
        files = HostFiles(tmp_path / "A")
        host = Host.start("A", command, tmp_path, files, RECORDS, lambda *_: spoke.set())
        started.append(host)
        return host

    yield begin
    for host in started:
        host.send_signal(signal.SIGKILL)
        await host.ended.wait()


Said = Callable[[Host], Awaitable[Record]]


@pytest.fixture
def spoke() -> asyncio.Event:
    """A host has said something."""
    return asyncio.Event()


@pytest.fixture
def said(spoke: asyncio.Event) -> Said:
    """The first record of a host."""

    async def first(host: Host) -> Record:
        async with asyncio.timeout(PATIENCE):
            await spoke.wait()
        return host.records[0]

    return first


async def test_it_runs_in_its_directory_and_is_found_there(
    start: Start, said: Said, tmp_path: Path
) -> None:
    host = start(SAY + WAIT)
    assert str(await said(host)) == f"listening on {tmp_path / 'A'}"
    host.check()
    (number,) = processes_of(tmp_path, "A")
    assert os.getsid(number) == number  # not reached by what is typed at the lab's terminal
    await host.stop()
    assert host.ended.is_set()


async def test_what_an_earlier_one_wrote_stays_and_is_not_heard_again(start: Start) -> None:
    first = start(SAY)
    await first.ended.wait()
    second = start(SAY)
    await second.ended.wait()
    assert [len(each.records) for each in (first, second)] == [1, 1]


async def test_another_command_can_watch_it(start: Start, said: Said, tmp_path: Path) -> None:
    host = start(SAY + WAIT)
    await said(host)
    (number,) = processes_of(tmp_path, "A")
    heard: list[str] = []
    other = Host(
        "A", number, HostFiles(tmp_path / "A"), RECORDS, lambda name, _: heard.append(name)
    )
    assert heard == ["A"]
    await host.stop()
    async with asyncio.timeout(PATIENCE):
        await other.ended.wait()
    with pytest.raises(HostFailedError, match="A: ended: no error text"):
        other.check()


@pytest.mark.parametrize(
    ("program", "what", "status"),
    [
        ("sys.exit('no memory')", "A: ended with status 1: no memory", 1),
        ("sys.exit(2)", "A: ended with status 2: no error text", 2),
        ("print('hello')", "A: wrote a line that is not a record: ", None),
    ],
)
async def test_its_failure_is_told(
    start: Start, program: str, what: str, status: int | None
) -> None:
    host = start(program)
    async with asyncio.timeout(PATIENCE):
        await host.ended.wait()
    with pytest.raises(HostFailedError) as failure:
        host.check()
    assert str(failure.value).startswith(what)
    assert failure.value.status == status
    host.send_signal(signal.SIGTERM)  # to nobody


async def test_one_that_does_not_end_is_killed_and_that_is_said(
    start: Start, said: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "GRACE_SECONDS", 0.3)
    host = start("signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SAY + WAIT)
    await said(host)
    with pytest.raises(HostFailedError, match=r"did not end within 0\.3 s of SIGTERM"):
        await host.stop()
    assert host.ended.is_set()


async def test_one_that_is_left_runs_on(start: Start, said: Said, tmp_path: Path) -> None:
    host = start(SAY + WAIT)
    await said(host)
    host.leave()
    (number,) = processes_of(tmp_path, "A")
    again = Host("A", number, HostFiles(tmp_path / "A"), RECORDS, lambda *_: None)
    again.check()
    await again.stop()
    host.ended.set()  # nobody told it
