"""Configurations, and MTAs running in this process."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labkit.addresses import End, parse_address
from labkit.config import parse
from labkit.records import Record, as_object
from mta_emu.acceptor import Acceptor
from mta_emu.endpoint import Endpoint
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.controlclient import ask
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.mta import Mta
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.tap import Tap
from tests.patience import PATIENCE

PORT = 10888
JONES, SMITH = "C=US;A= ;P=Contoso;O=A;S=Jones", "C=US;A= ;P=Contoso;O=B;S=Smith"


def document(name: str, other: str, address: str, other_address: str) -> dict[str, Any]:
    """The configuration of an MTA with one connector, as a file has it."""
    return {
        "server": {
            "organization": "Contoso",
            "site": "Lab",
            "name": name,
            "local_mta_password": "secret",
            "global_domain": {"country": "US", "private_domain": "Contoso"},
            "transport_stack": {"address": address, "port": PORT},
            "diagnostics_logging": {"x400_service": "minimum"},
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
            }
        ],
    }


A, B = "127.0.113.88", "127.0.100.88"


@pytest.fixture
def a_document() -> dict[str, Any]:
    return document("A", "B", A, B)


@pytest.fixture
def b_document() -> dict[str, Any]:
    return document("B", "A", B, A)


class Running:
    """An MTA in this process, and what it has said."""

    def __init__(
        self,
        configuration: dict[str, Any],
        directory: Path,
        scale: float,
        tap: Tap | None = None,
    ) -> None:
        server = configuration["server"]
        self.name = server["name"]
        clock = {"scale": scale, "origin": datetime.now(UTC).isoformat()}
        server["clock"] = clock | server.get("clock", {})
        self.records: list[dict[str, Any]] = []  # as JSON has them
        self.directory = directory / self.name
        config = parse(configuration, MtaConfig, "test")
        journal = Journal(config.server.clock.lab_clock())
        journal.listen(self._hear)
        self._happened = asyncio.Event()
        self.mta = Mta(config, self.directory, journal, tap)
        self._stopped = asyncio.Event()
        self._task = asyncio.create_task(self.mta.run(self._stopped))

    def _hear(self, record: Record) -> None:
        self.records.append(as_object(record))
        self._happened.set()

    async def until(self, ready: Callable[[], bool]) -> None:
        """Wait until something holds. Raises what ended the MTA, if that happens before."""
        async with asyncio.timeout(PATIENCE):
            while not ready():
                if self._task.done():
                    self._task.result()
                    raise AssertionError(f"{self.name} has ended: {self.records[-3:]}")
                await self.happened(0.1)

    async def happened(self, patience: float) -> None:
        """Wait until the MTA says something, but not for long."""
        self._happened.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._happened.wait()

    async def said(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Wait for a record of this kind with these fields."""
        await self.until(lambda: bool(self.all(kind, **fields)))
        return self.all(kind, **fields)[0]

    def all(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        wanted = {"kind": kind, **fields}.items()
        return [record for record in self.records if wanted <= record.items()]

    @property
    def events(self) -> list[int]:
        return [record["id"] for record in self.all("event")]

    async def send(self, to: str, count: int = 1, **options: Any) -> list[str]:
        sender = JONES if self.name == "A" else SMITH
        request = {"command": "submit", "from": sender, "to": [to], "count": count, **options}
        identifiers: list[str] = (await ask(self.directory, request))["mts_identifiers"]
        return identifiers

    async def stop(self) -> None:
        self._stopped.set()
        await self._task


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Running]]]:
    running: list[Running] = []

    async def start_one(
        configuration: dict[str, Any], scale: float = 1.0, tap: Tap | None = None
    ) -> Running:
        mta = Running(configuration, tmp_path, scale, tap)
        running.append(mta)
        await mta.said("listening")
        return mta

    yield start_one
    await asyncio.gather(*(mta.stop() for mta in running))


#: Takes calls at an address, each for a coroutine that gets its endpoint.
Listen = Callable[[str, Callable[[Endpoint], Awaitable[None]]], None]


@pytest.fixture
async def listen() -> AsyncIterator[Listen]:
    """Peers that are no MTAs: they do what their coroutine does, until the test ends."""
    acceptors: list[Acceptor] = []
    endpoints: list[Endpoint] = []
    tasks: set[asyncio.Task[None]] = set()

    def begin(address: str, called: Callable[[Endpoint], Awaitable[None]]) -> None:
        async def serve(sock: socket.socket) -> None:
            endpoint = await Endpoint.accept(RtseConnection(initiator=False), sock)
            endpoints.append(endpoint)
            await called(endpoint)

        def accepted(sock: socket.socket) -> None:
            tasks.add(asyncio.create_task(serve(sock)))

        acceptor = Acceptor(accepted, pytest.fail)
        acceptor.listen([End(parse_address(address), PORT)])
        acceptors.append(acceptor)

    yield begin
    for acceptor in acceptors:
        acceptor.close()
    for endpoint in endpoints:
        endpoint.drop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
