"""Two MTA processes, and between them a network that does what it likes."""

import asyncio
import json
import random
import signal
import socket
import struct
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mta_emu.mta.controlclient import ControlError, ask
from mta_emu.mta.store.store import Store
from tests.patience import PATIENCE

PORT = 10777
SCALE = 300  # lab seconds in a second
SILENCE, VANISHED = 2.0, 6.0  # seconds until a connection that says nothing more is reset
_MOST = 60_000  # octets that a connection may carry before it is disturbed
_READ = 4096


def configuration(name: str, other: str, address: str, other_address: str) -> dict[str, Any]:
    """An MTA that tries soon and never gives up; the proxy stands where its peer would."""
    return {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": name,
            "local_mta_password": "secret",
            "global_domain": {"country": "US", "private_domain": "Contoso"},
            "transport_stack": {"address": address, "port": PORT, "idle_limit": 900},
            "clock": {"scale": SCALE, "origin": datetime.now(UTC).isoformat()},
            "mailboxes": [{"country": "US", "organization": name}],
        },
        "connectors": [
            {
                "general": {
                    "directory_name": f"TO-{other}",
                    "remote_mta_name": other,
                    "remote_mta_password": "secret",
                },
                "stack": {"address": other_address},
                "address_space": [{"country": "US", "organization": other}],
                "override": {
                    "checkpoint_size": 1,
                    "recovery_timeout": 300,
                    "max_open_retries": 100_000,
                    "max_transfer_retries": 10_000,
                    "open_interval": 60,
                    "transfer_interval": 60,
                    "disconnect": 60,
                    "threshold": 5,
                    "transfer_timeout_normal": 60,
                    "transfer_timeout_urgent": 60,
                    "transfer_timeout_non_urgent": 60,
                },
                "advanced": {"two_way_alternate": True},
            }
        ],
    }


class Process:
    """An MTA that is killed and started again; all that it complains of is kept."""

    def __init__(self, directory: Path, name: str, *arguments: str) -> None:
        self.name = name
        self.data = directory / name
        self.errors = directory / f"{name}.errors"
        self.output = directory / f"{name}.jsonl"
        self.starts = 0
        self._config = directory / f"{name}.yaml"
        self._config.write_text(json.dumps(configuration(name, *arguments)))
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        command = [sys.executable, "-m", "mta_emu", "serve", str(self._config), "--json"]
        with self.errors.open("ab") as errors, self.output.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *command, "--data", str(self.data), stdout=output, stderr=errors
            )
        self.starts += 1

    async def kill(self) -> None:
        """End it at once, wherever it is."""
        assert self._process
        with suppress(ProcessLookupError):  # it has ended
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        return await self._process.wait()

    async def asks(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answer; None: it is not there, or was killed meanwhile."""
        with suppress(ControlError, OSError, ValueError, TimeoutError):
            async with asyncio.timeout(PATIENCE):
                return await ask(self.data, request)
        return None

    def mailbox(self) -> Counter[str]:
        """How often each subject is in the mailbox."""
        store = Store.reader(self.data)
        found = Counter(mail.subject for mail in store.mailbox.read())
        store.close()
        return found

    @property
    def problems(self) -> list[str]:
        """What parts of it reported that they had failed."""
        lines = self.output.read_text("utf-8", "replace").splitlines()
        whole = [line for line in lines if line.startswith("{") and line.endswith("}")]
        return [line for line in whole if json.loads(line)["kind"] == "problem"]


class Network:
    """Passes connections on, and cuts, resets, holds and forgets them at any octet."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._servers: list[asyncio.Server] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.calm = False
        self.done: Counter[str] = Counter()

    async def join(self, here: str, source: str, there: str) -> None:
        """Pass what comes to `here` on to `there`, which sees it come from `source`."""

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                onward = await asyncio.open_connection(there, PORT, local_addr=(source, 0))
            except OSError:
                _reset(writer)
                return
            await self._carry((reader, writer), onward)

        self._servers.append(await asyncio.start_server(connected, here, PORT, limit=_READ))

    async def attack(self, address: str, source: str) -> None:
        """Call with nothing, with garbage, or with a beginning, and say no more."""
        first = self._dice.choice([b"", b"\x16\x03\x01", b"\x03\x00\x00\x16\x11\xe0", b"GET /"])
        with suppress(OSError):
            _, writer = await asyncio.open_connection(address, PORT, local_addr=(source, 0))
            writer.write(first)
            self.done["attack"] += 1
            await asyncio.sleep(self._dice.uniform(0, 2))
            _reset(writer)

    def close(self) -> None:
        for server in self._servers:
            server.close()
        for task in self._tasks:
            task.cancel()

    async def _carry(self, *ends: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
        left = [_MOST * 1000 if self.calm else self._dice.randrange(_MOST)]
        (a_reader, a_writer), (b_reader, b_writer) = ends
        ways = [
            asyncio.create_task(self._pass(reader, writer, left))
            for reader, writer in ((a_reader, b_writer), (b_reader, a_writer))
        ]
        self._tasks.update(ways)
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        if left[0] > 0:  # an end of its own
            await asyncio.wait(ways, timeout=SILENCE)
            end: Callable[[asyncio.StreamWriter], None] = asyncio.StreamWriter.close
        else:
            end = await self._disturb()
        for way in ways:
            way.cancel()
        for writer in (a_writer, b_writer):
            with suppress(OSError):
                end(writer)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: list[int]
    ) -> None:
        """Pass octets on, in pieces of any size, while any are `left` to both directions."""
        with suppress(OSError):
            while octets := await reader.read(self._dice.randrange(1, _READ)):
                octets = octets[: max(left[0], 0)]
                left[0] -= len(octets) or 1
                writer.write(octets)
                if left[0] <= 0:
                    return
                await writer.drain()
            writer.write_eof()

    async def _disturb(self) -> Callable[[asyncio.StreamWriter], None]:
        what = self._dice.choice(["cut", "reset", "reset", "silence", "vanished"])
        self.done[what] += 1
        if what == "cut":
            return asyncio.StreamWriter.close
        if what in ("silence", "vanished"):
            await asyncio.sleep(SILENCE if what == "silence" else VANISHED)
        return _reset


def _reset(writer: asyncio.StreamWriter) -> None:
    """End a connection with RST."""
    connection = writer.get_extra_info("socket")
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


class Sender:
    """Submits mail at an MTA, each with a subject of its own, and remembers what was taken."""

    def __init__(self, mta: Process, to: str, dice: random.Random) -> None:
        self.taken: set[str] = set()
        self.tried: set[str] = set()
        self._mta = mta
        self._to = to
        self._dice = dice

    async def run(self, stop: asyncio.Event) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            await self._send(f"{self._mta.name}-{number}")
            await asyncio.sleep(self._dice.uniform(0, 0.1))

    async def _send(self, subject: str) -> None:
        me, them = (f"C=US;A= ;P=Contoso;O={each};S=U" for each in (self._mta.name, self._to))
        request = {
            "command": "submit",
            "from": me,
            "to": [them],
            "subject": subject,
            "text": "x" * self._dice.choice([10, 3_000, 20_000]),
            "priority": self._dice.choice(["normal", "urgent", "non-urgent"]),
            "report": "none",
        }
        self.tried.add(subject)
        if await self._mta.asks(request):
            self.taken.add(subject)


def unsettled(statuses: Sequence[dict[str, Any] | None]) -> bool:
    """Whether an MTA is not there, or has something queued."""
    return any(
        status is None or any(each["queued"] for each in status["connectors"])
        for status in statuses
    )
