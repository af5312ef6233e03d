"""An MTA from a file, as the command and the lab serve it."""

import asyncio
from pathlib import Path

import pytest

from labkit.config import ConfigurationError
from labkit.records import Record
from mta_emu.mta.log.records import ConnectorState, Listening, Reloaded, ReloadRefused
from mta_emu.mta.store.database import FILE_NAME, DatabaseDamagedError
from mta_emu.mta.store.datadirectory import DirectoryInUseError, held
from mta_emu.serving import Serving
from tests.mta_emu.serving import CONFIGURATION
from tests.openfiles import held_open
from tests.patience import PATIENCE

TEXT = CONFIGURATION.replace("127.0.113.44", "127.0.113.43")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.yaml"
    path.write_text(TEXT)
    return path


async def test_it_serves_until_it_is_stopped_and_reads_its_file_again(
    config: Path, tmp_path: Path
) -> None:
    said: asyncio.Queue[Record] = asyncio.Queue()

    def hear(record: Record) -> None:
        if not isinstance(record, ConnectorState):
            said.put_nowait(record)

    stopped, serving = asyncio.Event(), Serving(config, tmp_path / "data", tmp_path / "tap")
    task = asyncio.create_task(serving.run(hear, stopped))
    async with asyncio.timeout(PATIENCE):
        assert isinstance(await said.get(), Listening)
        write(config, TEXT.replace("127.0.100.44", "127.0.100.45"))
        serving.reload()
        reloaded = await said.get()
        assert isinstance(reloaded, Reloaded)
        assert reloaded.changed == ("FIREWALL",)
        write(config, "server: 1")
        serving.reload()
        assert isinstance(await said.get(), ReloadRefused)
        stopped.set()
        await task
    assert (tmp_path / "tap").exists()


def test_what_is_wrong_at_the_start_leaves_nothing_open(config: Path, tmp_path: Path) -> None:
    before = held_open(tmp_path)
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        Serving(tmp_path / "none.yaml", tmp_path / "data", tmp_path / "tap")
    with held(tmp_path / "data"), pytest.raises(DirectoryInUseError):
        Serving(config, tmp_path / "data", tmp_path / "tap")
    assert held_open(tmp_path) == before


async def test_a_store_that_cannot_be_opened_does_not_keep_the_directory(
    config: Path, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / FILE_NAME).write_bytes(b"no database" * 1000)
    with pytest.raises(DatabaseDamagedError):
        Serving(config, data)
    with held(data):
        pass


def write(path: Path, text: str) -> None:
    path.write_text(text)
