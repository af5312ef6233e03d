"""One event loop, a firewall process with passers to two addresses, the table of all figures."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.table import Table
from labkit.loop import new_event_loop

FIREWALL, SERVER = "127.0.113.201", "127.0.100.210"
PORT, BARE_PORT = 10777, 10778  # where a called end listens, and an echo

_TABLE = Table()


@pytest.fixture
def table() -> Table:
    """Where a benchmark puts its figures."""
    return _TABLE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures of the run as the README has them."""
    if found := _TABLE.markdown():
        terminalreporter.section("for the README")
        terminalreporter.write_line(found)


class Loop:
    """Runs coroutines of one benchmark, one after the other, on the loop that the MTAs use."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner(loop_factory=new_event_loop)

    def __call__(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._runner.run(work)

    def close(self) -> None:
        self._runner.close()


@pytest.fixture
def loop() -> Iterator[Loop]:
    loop = Loop()
    yield loop
    loop.close()


@pytest.fixture
def firewall(tmp_path: Path) -> Iterator[tuple[str, int]]:
    """A firewall-proxy process that passes on to SERVER; where to call it."""
    configuration = {
        "interfaces": {"outside": {"address": FIREWALL}, "inside": {"address": "127.0.100.201"}},
        "services": [
            {
                "name": name,
                "listen": {"interface": "outside", "port": port},
                "destination": {"address": SERVER, "port": port},
                "onward_interface": "inside",
            }
            for name, port in (("x400", PORT), ("bare", BARE_PORT))
        ],
    }
    path = tmp_path / "firewall.yaml"
    path.write_text(json.dumps(configuration))  # JSON is YAML
    process = subprocess.Popen(
        [sys.executable, "-m", "firewall_proxy", "serve", path, "--json"], stdout=subprocess.PIPE
    )
    assert process.stdout
    assert json.loads(process.stdout.readline())["kind"] == "listening"
    # A log that nobody reads would stop the firewall when the pipe is full.
    reader = threading.Thread(target=process.stdout.read)
    reader.start()
    yield FIREWALL, PORT
    process.terminate()
    reader.join()
    process.wait()


@pytest.fixture
def called() -> Iterator[tuple[str, int]]:
    """A process of `benchmarks.end`, and where it is called; it has the echo, too."""
    command = [sys.executable, "-m", "benchmarks.end"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline()
        yield SERVER, PORT
        process.terminate()
