"""SIGTERM ends an MTA whatever the clients of its doors and of its control socket do."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.hostile.test_alone import HTTP, SELF, SMTP, Process
from tests.mta_emu.mta.conftest import A
from tests.patience import PATIENCE

STATUS = b'{"command": "status"}\n'
MUCH = 3000  # requests whose answers are more than sockets have room for

#: What a client asks of which door, and how often; then it neither reads nor goes.
HELD: dict[str, tuple[int, bytes]] = {
    "a control client that says nothing": (0, b""),
    "half a request of the control socket": (0, b'{"command"'),
    "a control client that follows": (0, b'{"command": "follow"}\n'),
    "answers of the control socket": (0, STATUS * MUCH),
    "an HTTP client that says nothing": (HTTP, b""),
    "half an HTTP request": (HTTP, b"POST /messages HTTP/1.1\r\nHost: localhost\r\n"),
    "half an HTTP body": (
        HTTP,
        b"POST /messages HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{",
    ),
    "an HTTP answer": (HTTP, b"GET /mail/2/content HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "an SMTP client that says nothing": (SMTP, b""),
    "half a mail": (
        SMTP,
        b"EHLO x\r\nMAIL FROM:<jones@outside.example>\r\n"
        b'RCPT TO:<"/C=US/A= /P=Contoso/O=A/S=Jones/"@x400.example>\r\nDATA\r\nHello\r\n',
    ),
    "SMTP replies": (SMTP, b"NOOP\r\n" * 200_000),
}


@asynccontextmanager
async def client(data: Path, port: int, says: bytes) -> AsyncIterator[None]:
    """A client that says something, as far as it is read, and reads nothing."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET if port else socket.AF_UNIX) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.setblocking(False)
        await loop.sock_connect(sock, (A, port) if port else str(data / "control.sock"))
        saying = asyncio.create_task(loop.sock_sendall(sock, says))
        await asyncio.wait([saying], timeout=1.0)  # not PATIENCE: not all of it is read
        yield
        saying.cancel()
        await asyncio.gather(saying, return_exceptions=True)


@pytest.mark.parametrize("what", HELD)
async def test_a_client_that_stays_holds_no_mta(tmp_path: Path, what: str) -> None:
    port, says = HELD[what]
    mta = Process(tmp_path)
    with mta.running() as process:
        await mta.submits("one")
        if what == "an HTTP answer":
            await submit_much(mta.data)
        await door(port)
        async with client(mta.data, port, says):
            await mta.submits("two")  # nobody else notices
            process.terminate()
            assert await asyncio.to_thread(process.wait, PATIENCE) == 0


async def submit_much(data: Path) -> None:
    """Have a message taken that is more than sockets have room for."""
    reader, writer = await asyncio.open_unix_connection(data / "control.sock")
    request = {"command": "submit", "from": SELF, "to": [SELF], "text": "x" * 12_000_000}
    writer.write(json.dumps(request).encode() + b"\n")
    await reader.readline()
    writer.close()


async def door(port: int) -> None:
    """Wait until a door is open."""
    async with asyncio.timeout(PATIENCE):
        while port:
            try:
                _, writer = await asyncio.open_connection(A, port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
