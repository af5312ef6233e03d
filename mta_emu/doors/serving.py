"""How an ASGI application is served over HTTP: on the event loop of whoever runs it.

uvicorn, because it needs no loop and no process of its own.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.types import ASGIApp

from labkit.records import Record
from mta_emu.doors import guard
from mta_emu.mta.clients import served

_MAX_CONNECTIONS = 100  # at once
_PATIENCE = 2  # wall seconds at the end for clients that do not read their answers


class _Server(uvicorn.Server):
    """A server that leaves the signals to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


@asynccontextmanager
async def serving(
    app: ASGIApp,
    listening: socket.socket,
    publish: Callable[[Record], None] = lambda _: None,
    where: str = "",
) -> AsyncIterator[None]:
    """Serve an application at a socket that listens, while the block runs.

    At the end answers that are under way are finished, if their clients read them. `publish` gets
    the records of clients that had to wait, who called `where`.
    """
    config = uvicorn.Config(
        app,
        http=guard.Protocol,
        h11_max_incomplete_event_size=guard.MAX_HEADERS,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_graceful_shutdown=_PATIENCE,
        log_config=None,
        log_level="critical",  # what clients do wrong is answered, not logged
        lifespan="off",
        ws="none",
    )
    config.load()  # and import what it needs, before there is no file descriptor left for that
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[]))  # the connections come from `served`

    def client() -> guard.Protocol:
        return guard.Protocol(config, server.server_state, {})

    try:
        with served(listening, client, publish, where):
            yield
    finally:
        server.should_exit = True
        await running
