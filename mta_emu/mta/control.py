"""The running MTA's local door: JSON lines over a Unix socket in its data directory."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from mta_emu.mta.journal import Journal, Record, as_json

SOCKET_NAME = "control.sock"
_LINE_LIMIT = 16 * 1024 * 1024  # a submitted text travels in one line

Command = Callable[[Record], Awaitable[Record]]
Commands = Mapping[str, Command]


class ControlError(Exception):
    """The MTA cannot be reached, or said no; the text is for people."""


@asynccontextmanager
async def serve_control(
    directory: Path, commands: Commands, journal: Journal
) -> AsyncIterator[None]:
    """Answer `commands` (by name) on the control socket in `directory` while the block runs.

    "follow" is answered by every journal record from then on.
    """
    path = directory / SOCKET_NAME
    path.unlink(missing_ok=True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async for line in reader:
                request = json.loads(line)
                if request.get("command") == "follow":
                    await _follow(journal, reader, writer)
                    return
                writer.write(json.dumps(await _execute(commands, request)).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, asyncio.CancelledError):
            pass  # a client that went away or speaks no JSON, or the MTA ends
        finally:
            writer.close()

    server = await asyncio.start_unix_server(answer, path, limit=_LINE_LIMIT)
    try:
        yield
    finally:
        server.close()
        path.unlink(missing_ok=True)


async def _execute(commands: Commands, request: Record) -> Record:
    command = commands.get(request.get("command", ""))
    if command is None:
        return {"ok": False, "error": f"unknown command; known: {', '.join(commands)}, follow"}
    try:
        return {"ok": True} | await command(request)
    except ValueError as error:
        return {"ok": False, "error": str(error)}


async def _follow(
    journal: Journal, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    def send(record: Record) -> None:
        writer.write(as_json(record).encode() + b"\n")

    journal.listen(send)
    try:
        await reader.read()  # until the client goes
    finally:
        journal.leave(send)


async def ask(directory: Path, request: Record) -> Record:
    """Send one request to the MTA whose data lies in `directory` and return its answer.

    Raises ControlError when no MTA runs there or it refuses.
    """
    async with _connected(directory) as (reader, writer):
        writer.write(json.dumps(request).encode() + b"\n")
        line = await reader.readline()
    reply: dict[str, Any] = json.loads(line) if line else {"ok": False, "error": "the MTA ended"}
    if not reply["ok"]:
        raise ControlError(reply["error"])
    return reply


async def follow(directory: Path) -> AsyncIterator[Record]:
    """The running MTA's journal records, until it ends. Raises ControlError like `ask`."""
    async with _connected(directory) as (reader, writer):
        writer.write(b'{"command": "follow"}\n')
        with suppress(ConnectionError):
            async for line in reader:
                yield json.loads(line)


@asynccontextmanager
async def _connected(
    directory: Path,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    path = directory / SOCKET_NAME
    try:
        reader, writer = await asyncio.open_unix_connection(path, limit=_LINE_LIMIT)
    except OSError as error:
        raise ControlError(f"no MTA answers at {path}: {error.strerror or error}") from error
    try:
        yield reader, writer
    finally:
        writer.close()
