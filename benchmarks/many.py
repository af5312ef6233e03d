"""Many MTAs in one process, on real sockets: each sends a message to the next one, in a ring.

`python -m benchmarks.many 1000` prints what that takes, as JSON.
"""

import asyncio
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from labkit.config import parse
from labkit.loop import run
from labkit.output import say_json
from labkit.records import Record
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import Delivered, Listening
from mta_emu.mta.mta import Mta

PORT = 10779


@dataclass(frozen=True)
class Figures:
    """What it took: seconds, megabytes in memory, open files and threads at the end."""

    mtas: int
    seconds_to_listen: float
    megabytes_listening: int
    seconds_for_the_mail: float
    megabytes_at_the_end: int
    open_files: int
    threads: int


def address(number: int) -> str:
    """Where an MTA listens."""
    return f"127.80.{number >> 8}.{number & 0xFF}"


def document(number: int, of: int) -> Any:
    """The configuration of an MTA that calls the next one, and is called by the one before."""

    def connector(other: int) -> Any:
        return {
            "general": {"directory_name": f"TO-{other}", "remote_mta_name": f"MTA-{other}"},
            "stack": {"address": address(other)},
            "address_space": [{"country": "US", "organization": f"MTA-{other}"}],
        }

    return {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": f"MTA-{number}",
            "global_domain": {"country": "US", "private_domain": "Contoso"},
            "transport_stack": {"address": address(number), "port": PORT},
            "mailboxes": [{"country": "US", "organization": f"MTA-{number}"}],
        },
        "connectors": [connector((number + 1) % of), connector((number - 1) % of)],
    }


def user(number: int) -> str:
    """One at an MTA."""
    return f"C=US;A= ;P=Contoso;O=MTA-{number};S=Smith"


class _Ring:
    """The MTAs, and how many of them listen and have got their message."""

    def __init__(self, count: int, directory: Path) -> None:
        self._stopped = asyncio.Event()
        self._seen: Counter[type[Record]] = Counter()
        self._happened = asyncio.Event()
        self.mtas = [self._mta(number, count, directory) for number in range(count)]

    def _mta(self, number: int, count: int, directory: Path) -> Mta:
        config = parse(document(number, count), MtaConfig, f"MTA-{number}")
        journal = Journal(config.server.clock.lab_clock())
        journal.listen(self._hear)
        return Mta(config, directory / str(number), journal)

    def _hear(self, record: Record) -> None:
        self._seen[type(record)] += 1
        self._happened.set()

    async def until_all(self, kind: type[Record]) -> None:
        """Wait until each MTA has written a record of a kind."""
        while self._seen[kind] < len(self.mtas):
            self._happened.clear()
            await self._happened.wait()

    async def run(self) -> None:
        """Serve until `stop`."""
        async with asyncio.TaskGroup() as group:
            for each in self.mtas:
                group.create_task(each.run(self._stopped))

    def stop(self) -> None:
        """End all."""
        self._stopped.set()


async def measure(count: int, directory: Path) -> Figures:
    """Serve so many MTAs, and let each send one message to the next."""
    begin = time.perf_counter()
    ring = _Ring(count, directory)
    running = asyncio.create_task(ring.run())
    await ring.until_all(Listening)
    listening = time.perf_counter()
    megabytes = _megabytes()
    for number, each in enumerate(ring.mtas):
        request = {"from": user(number), "to": [user((number + 1) % count)], "text": "x" * 1024}
        await each.commands["submit"](request)
    await ring.until_all(Delivered)
    delivered = time.perf_counter()
    figures = Figures(
        count,
        round(listening - begin, 2),
        megabytes,
        round(delivered - listening, 2),
        _megabytes(),
        len(os.listdir("/proc/self/fd")),
        len(os.listdir("/proc/self/task")),
    )
    ring.stop()
    await running
    return figures


def _megabytes() -> int:
    """What of this process is in memory."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) >> 10


def _main(count: int) -> None:
    with TemporaryDirectory() as directory:
        say_json(asdict(run(measure(count, Path(directory)))))


if __name__ == "__main__":
    _main(int(sys.argv[1]))
