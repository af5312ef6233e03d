"""A host whose process is out of reach: what its records say, and what cannot be done to it."""

import asyncio
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from labkit.records import Record
from mta_emu.mta.log.records import RECORDS
from mta_lab.lab.directory import HostFiles
from mta_lab.play.distanthost import DistantHost
from mta_lab.play.process import HostFailedError
from tests.patience import PATIENCE

LISTENING = '{"time": "2026-01-05T09:00:00+00:00", "kind": "listening", "address": "here"}\n'


async def test_what_it_wrote_and_goes_on_writing_is_heard(tmp_path: Path) -> None:
    files = HostFiles(tmp_path)
    files.records.write_text(LISTENING, "utf-8")
    heard: asyncio.Queue[tuple[str, Record]] = asyncio.Queue()
    host = DistantHost("A", files, RECORDS, lambda *said: heard.put_nowait(said))
    with files.records.open("a", encoding="utf-8") as records:
        records.write(LISTENING)
    async with asyncio.timeout(PATIENCE):
        assert [await heard.get() for _ in range(2)] == [("A", each) for each in host.records]
    host.check()
    host.leave()


async def test_a_line_that_is_no_record_is_its_failure(tmp_path: Path) -> None:
    files = HostFiles(tmp_path)
    files.records.write_text("x\n", "utf-8")
    host = DistantHost("A", files, RECORDS, lambda *_: None)
    with pytest.raises(HostFailedError, match="a line that is not a record"):
        host.check()
    host.leave()


async def test_it_is_not_ended_from_here(tmp_path: Path) -> None:
    files = HostFiles(tmp_path)
    files.records.touch()
    host = DistantHost("A", files, RECORDS, lambda *_: None)
    with pytest.raises(ConfigurationError, match="docker compose restart"):
        await host.stop()
    host.leave()
