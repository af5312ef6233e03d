"""A firewall on real sockets in 127/8, between a client and a server that a test writes."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from typing import Any

import pytest

from firewall_proxy.config import Configuration
from firewall_proxy.firewall import Firewall
from firewall_proxy.records import Connection, Listening, Repeated
from labkit.config import parse
from labkit.records import Record
from tests.patience import PATIENCE

CLIENT, OUTSIDE, INSIDE, SERVER = "127.0.113.55", "127.0.113.5", "127.0.100.5", "127.0.100.55"

Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Bench:
    """A firewall between a client and a server that the test writes."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._stack = stack
        self.connections: list[Connection] = []
        self.repeated: list[Repeated] = []
        self._ended = asyncio.Event()
        self.peers: list[str] = []
        self._serving: set[asyncio.Task[Any] | None] = set()  # the loop alone would forget them
        self.address = ("", 0)

    def _report(self, record: Record) -> None:
        if isinstance(record, Listening):
            host, port = record.addresses[0].split(":")
            self.address = (host, int(port))
        elif isinstance(record, Connection):
            self.connections.append(record)
            self._ended.set()
        elif isinstance(record, Repeated):
            self.repeated.append(record)

    async def start(self, serve: Server | None, *, service: Any = None, **sections: Any) -> None:
        port = 10555  # where nobody listens unless `serve` is given
        if serve is not None:

            async def noted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                self._serving.add(asyncio.current_task())
                self.peers.append(writer.get_extra_info("peername")[0])
                with suppress(ConnectionError):
                    await serve(reader, writer)
                writer.close()

            server = await asyncio.start_server(noted, SERVER, 0)
            port = server.sockets[0].getsockname()[1]
            self._stack.callback(server.close)
        document = {
            "interfaces": {"outside": {"address": OUTSIDE}, "inside": {"address": INSIDE}},
            "services": [
                {
                    "name": "x400",
                    "listen": {"interface": "outside", "port": 0},
                    "destination": {"address": SERVER, "port": port},
                    "onward_interface": "inside",
                }
                | (service or {})
            ],
        } | sections
        self.document = document
        self.firewall = Firewall(parse(document, Configuration, "fw.yaml"), self._report)
        await self._stack.enter_async_context(self.firewall)

    def reload(self, **changes: Any) -> None:
        """Serve what was served, but the first service and the sections as `changes` have it."""
        service = self.document["services"][0] | changes.pop("service", {})
        document = self.document | {"services": [service]} | changes
        self.firewall.reload(parse(document, Configuration, "fw.yaml"))

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(*self.address, local_addr=(CLIENT, 0))
        self._stack.callback(writer.close)
        return reader, writer

    async def is_reset(self) -> None:
        """Connect, and be reset: at once, or as soon as something is read."""
        with pytest.raises(ConnectionResetError):
            await self._connect_and_read()

    async def _connect_and_read(self) -> None:
        reader, _ = await self.connect()
        await reader.read()

    async def ended(self) -> Connection:
        async with asyncio.timeout(PATIENCE):
            await self._ended.wait()
        return self.connections[-1]


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while octets := await reader.read(65536):
        writer.write(octets)
        await writer.drain()
