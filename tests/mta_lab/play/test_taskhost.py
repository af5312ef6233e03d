"""One host as a task of this process: started, heard, read again, ended."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from labkit.records import Record, as_json
from mta_emu.mta.log.records import RECORDS, Listening, Reloaded
from mta_lab.lab.directory import HostFiles
from mta_lab.play import taskhost
from mta_lab.play.process import HostFailedError
from mta_lab.play.taskhost import Program, Server, TaskHost
from tests.patience import PATIENCE

Report = Callable[[Record], None]


@dataclass
class Fake:
    """A server that a test writes: what it does once it listens, and what it hears."""

    work: Callable[[Report, asyncio.Event], Awaitable[None]] = field(
        default=lambda report, stopped: wait(stopped)
    )
    report: Report | None = None

    async def run(self, report: Report, stopped: asyncio.Event) -> None:
        self.report = report
        report(Listening("127.0.0.1:102"))
        await self.work(report, stopped)

    def reload(self) -> None:
        assert self.report
        self.report(Reloaded((), ("A",), ()))


async def wait(stopped: asyncio.Event) -> None:
    await stopped.wait()


Start = Callable[[Callable[[], Server]], TaskHost]


@pytest.fixture
def heard() -> asyncio.Queue[Record]:
    return asyncio.Queue()


@pytest.fixture
async def start(tmp_path: Path, heard: asyncio.Queue[Record]) -> AsyncIterator[Start]:
    started: list[TaskHost] = []

    def begin(make: Callable[[], Server]) -> TaskHost:
        program = Program(make, (ConfigurationError,))
        files = HostFiles(tmp_path / f"{len(started)}")
        host = TaskHost("A", program, files, RECORDS, lambda _, record: heard.put_nowait(record))
        started.append(host)
        return host

    yield begin
    for host in started:
        await host.stop()


def errors(directory: Path) -> str:
    return (directory / "0" / "errors.txt").read_text("utf-8")


async def failing(_report: Report, _stopped: asyncio.Event) -> None:
    raise RuntimeError("the store is on fire")


async def test_what_is_heard_is_what_stands_in_the_file(
    start: Start, heard: asyncio.Queue[Record], tmp_path: Path
) -> None:
    host = start(Fake)
    first = await heard.get()
    host.reload()
    second = await heard.get()
    host.check()
    assert host.records == [first, second]
    lines = (tmp_path / "0" / "records.jsonl").read_text("utf-8").splitlines()
    assert lines == [as_json(record) for record in host.records]


async def test_its_last_records_are_heard_before_it_has_ended(start: Start) -> None:
    async def say_more(report: Report, stopped: asyncio.Event) -> None:
        await stopped.wait()
        report(Listening("the last word"))

    host = start(lambda: Fake(say_more))
    await host.stop()
    assert host.ended.is_set()
    assert [str(record) for record in host.records][-1] == "listening on the last word"


async def test_what_it_raises_ends_it_alone(
    start: Start, heard: asyncio.Queue[Record], tmp_path: Path
) -> None:
    host, other = start(lambda: Fake(failing)), start(Fake)
    async with asyncio.timeout(PATIENCE):
        await host.ended.wait()
        await heard.get()
    with pytest.raises(HostFailedError) as failure:
        host.check()
    assert str(failure.value) == "A: ended with status 1: the store is on fire"
    assert failure.value.status == 1
    assert "Traceback" in errors(tmp_path)
    other.check()


async def test_a_wrong_configuration_has_its_status_and_text(start: Start, tmp_path: Path) -> None:
    def refuse() -> Server:
        raise ConfigurationError("config.yaml:3: server.name: missing")

    host = start(refuse)
    async with asyncio.timeout(PATIENCE):
        await host.ended.wait()
    with pytest.raises(HostFailedError) as failure:
        host.check()
    assert str(failure.value) == "A: ended with status 2: config.yaml:3: server.name: missing"
    assert failure.value.status == 2
    assert errors(tmp_path) == "config.yaml:3: server.name: missing\n"
    host.reload()  # by nobody


async def test_what_nobody_waits_for_is_taken_down_and_ends_nothing(
    start: Start, heard: asyncio.Queue[Record], tmp_path: Path
) -> None:
    def burst() -> None:
        raise RuntimeError("a callback of it")

    async def work(report: Report, stopped: asyncio.Event) -> None:
        asyncio.get_running_loop().call_soon(burst)
        asyncio.get_running_loop().call_soon(report, Listening("after it"))
        await stopped.wait()

    host = start(lambda: Fake(work))
    async with asyncio.timeout(PATIENCE):
        await heard.get()
        await heard.get()
    host.check()
    assert "RuntimeError: a callback of it" in errors(tmp_path)


async def test_who_hears_it_cannot_hurt_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    heard = asyncio.Event()

    def deaf(_host: str, _record: Record) -> None:
        heard.set()
        raise RuntimeError("the reader's own fault")

    program = Program(Fake, ())
    host = TaskHost("A", program, HostFiles(tmp_path / "0"), RECORDS, deaf)
    async with asyncio.timeout(PATIENCE):
        await heard.wait()
    host.check()
    await host.stop()
    assert errors(tmp_path) == ""
    assert "the reader's own fault" in caplog.text


async def test_one_that_does_not_end_is_cancelled_and_that_is_said(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taskhost, "GRACE_SECONDS", 0.05)

    async def deaf(_report: Report, _stopped: asyncio.Event) -> None:
        await asyncio.Event().wait()

    host = start(lambda: Fake(deaf))
    with pytest.raises(HostFailedError, match=r"did not end within 0\.05 s"):
        await host.stop()
    assert host.ended.is_set()


async def test_what_it_started_ends_with_it(start: Start, heard: asyncio.Queue[Record]) -> None:
    left: list[asyncio.Task[None]] = []

    async def work(_report: Report, stopped: asyncio.Event) -> None:
        left.append(asyncio.create_task(wait(asyncio.Event())))
        await stopped.wait()

    host = start(lambda: Fake(work))
    async with asyncio.timeout(PATIENCE):
        await heard.get()
    await host.stop()
    assert left[0].cancelled()
