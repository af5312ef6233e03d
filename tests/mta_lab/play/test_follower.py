"""The records of a host, read from its standard output while it is written."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from labkit.records import Record
from mta_emu.mta.log.records import RECORDS, Listening
from mta_lab.play.follower import Follower
from tests.patience import PATIENCE

LINE = '{"time": "2026-01-05T09:00:00+00:00", "kind": "listening", "address": "%s"}\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "records.jsonl"
    file.touch()
    return file


def write(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as stream:
        stream.write(text)


class Heard(list[str]):
    """The addresses that were heard."""

    def __init__(self) -> None:
        self.something = asyncio.Event()

    def __call__(self, record: Record) -> None:
        assert isinstance(record, Listening)
        self.append(record.address)
        self.something.set()

    async def until(self, ready: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE):
            while not ready():
                self.something.clear()
                await self.something.wait()


async def test_what_was_written_before_and_what_comes_is_heard_in_order(file: Path) -> None:
    write(file, LINE % "early")
    heard = Heard()
    follower = Follower(file, RECORDS.read, heard)
    assert heard == ["early"]
    write(file, LINE % "one" + LINE % "two")
    await heard.until(lambda: heard == ["early", "one", "two"])
    follower.close()
    write(file, LINE % "late")
    assert heard == ["early", "one", "two"]


async def test_a_line_that_is_half_written_waits_for_the_rest(file: Path) -> None:
    heard = Heard()
    follower = Follower(file, RECORDS.read, heard)
    line = LINE % "Ä"
    write(file, line[:-5])
    follower.read()
    assert heard == []
    write(file, line[-5:])
    await heard.until(lambda: heard == ["Ä"])
    follower.close()


async def test_it_begins_where_it_is_told(file: Path) -> None:
    write(file, LINE % "early")
    offset = os.stat(file).st_size
    write(file, LINE % "later")
    heard = Heard()
    Follower(file, RECORDS.read, heard, offset).close()
    assert heard == ["later"]


async def test_the_first_line_that_is_no_record_is_kept_and_the_rest_heard(file: Path) -> None:
    write(file, "nonsense\n" + LINE % "one" + "{}\n")
    heard = Heard()
    follower = Follower(file, RECORDS.read, heard)
    follower.close()
    assert heard == ["one"]
    assert "not JSON" in str(follower.error)


async def test_a_file_that_is_removed_is_noticed(file: Path) -> None:
    follower = Follower(file, RECORDS.read, Heard())
    os.unlink(file)
    async with asyncio.timeout(PATIENCE):
        await follower.gone.wait()
    follower.close()


async def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Follower(tmp_path / "none", RECORDS.read, Heard())
