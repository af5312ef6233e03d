"""Clients of the control socket and of the doors, when the process has no file descriptor left."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from mta_emu.doors.http import serve_http
from mta_emu.doors.smtp import serve_smtp
from mta_emu.mta.configuration.server import HttpDoor, SmtpDoor
from tests.mta_emu.test_acceptor import no_more_descriptors
from tests.patience import PATIENCE

Start = Callable[..., Awaitable[Any]]
HERE = "127.0.113.88"
HTTP = HttpDoor(address=IPv4Address(HERE), port=10889)
SMTP = SmtpDoor(address=IPv4Address(HERE), port=10890, gateway="gateway.example")

#: What clients call, what they ask, and how the answer begins.
CALLED: dict[str, tuple[int, bytes, bytes]] = {
    "control socket": (0, b'{"command": "status"}\n', b'{"ok": true'),
    "http door": (HTTP.port, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n", b"HTTP/1.1 200"),
    "smtp door": (SMTP.port, b"", b"220 gateway.example"),
}


def client_of(directory: Path, port: int) -> tuple[socket.socket, Any]:
    """A socket, and the address that it is to call."""
    if port:
        return socket.socket(), (HERE, port)
    return socket.socket(socket.AF_UNIX), str(directory / "control.sock")


@pytest.mark.parametrize("where", CALLED)
async def test_without_file_descriptors_clients_wait_and_it_is_said(
    start: Start, a_document: Any, where: str
) -> None:
    port, question, answer = CALLED[where]
    a = await start(a_document)
    async with AsyncExitStack() as doors:
        if port == HTTP.port:
            await doors.enter_async_context(serve_http(a.mta, HTTP))
        if port == SMTP.port:
            await doors.enter_async_context(serve_smtp(a.mta, SMTP))
        client, address = client_of(a.directory, port)
        with client:
            client.settimeout(PATIENCE)
            with no_more_descriptors():
                client.connect(address)  # the kernel answers
                stopped = await a.said("accepting", state="stopped", where=where)
                assert "Too many open files" in stopped["reason"]
            await a.said("accepting", state="resumed", where=where)
            client.sendall(question)
            assert (await asyncio.to_thread(client.recv, 1000)).startswith(answer)
        assert len(a.all("accepting", where=where)) == 2
