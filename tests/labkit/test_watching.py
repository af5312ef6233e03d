"""A file that is watched: written, replaced, and others beside it."""

import asyncio
from pathlib import Path

import pytest

from labkit.watching import watched
from tests.patience import PATIENCE


async def test_whoever_watches_hears_of_each_time(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("1")
    read: asyncio.Queue[str] = asyncio.Queue()
    async with watched(file, lambda: read.put_nowait(file.read_text())), asyncio.timeout(PATIENCE):
        file.write_text("2")
        assert await read.get() == "2"
        new = tmp_path / "config.yaml.new"
        new.write_text("3")  # of another file nothing is heard
        new.replace(file)
        assert await read.get() == "3"
    assert read.empty()


async def test_what_cannot_be_watched_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        async with watched(tmp_path / "none" / "config.yaml", lambda: None):
            pass
