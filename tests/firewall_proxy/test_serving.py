"""A firewall from a file, as the command and the lab serve it."""

import asyncio
from pathlib import Path

import pytest

from firewall_proxy.records import Listening, ReloadRefused
from firewall_proxy.serving import Serving
from labkit.config import ConfigurationError
from labkit.records import Record
from tests.patience import PATIENCE

CONFIGURATION = """
interfaces: {outside: {address: 127.0.113.5}, inside: {address: 127.0.100.5}}
services:
  - name: x400
    listen: {interface: outside, port: 10556}
    destination: {address: 127.0.100.55, port: 10556}
    onward_interface: inside
"""


async def test_it_serves_until_it_is_stopped_and_reads_its_file_again(tmp_path: Path) -> None:
    config = tmp_path / "firewall.yaml"
    config.write_text(CONFIGURATION)
    said: asyncio.Queue[Record] = asyncio.Queue()
    stopped, serving = asyncio.Event(), Serving(config)
    assert serving.log_file is None
    serving.reload()  # it does not run yet
    task = asyncio.create_task(serving.run(said.put_nowait, stopped))
    async with asyncio.timeout(PATIENCE):
        assert isinstance(await said.get(), Listening)
        write(config, CONFIGURATION.replace("name: x400", "name: x400-in"))
        serving.reload()
        again = await said.get()
        assert isinstance(again, Listening)
        assert again.services == ("x400-in",)
        write(config, "services: 1")
        serving.reload()
        refused = await said.get()
        assert isinstance(refused, ReloadRefused)
        assert "services" in refused.reason
        stopped.set()
        await task


def test_a_wrong_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.yaml"):
        Serving(tmp_path / "none.yaml")


def write(path: Path, text: str) -> None:
    path.write_text(text)
