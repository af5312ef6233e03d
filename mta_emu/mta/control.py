"""The running MTA's local door: JSON lines over a Unix socket in its data directory.

A request and its answer are a line each. With files it is: the request, a line `{"ok": true}` once
the MTA wants the files, the octets of one after the other, the answer.
"""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from labkit.records import Record, as_json
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import RECORDS

SOCKET_NAME = "control.sock"
_LINE_LIMIT = 16 * 1024 * 1024  # a submitted text travels in one line
_CHUNK = 65536

#: A request or an answer, as JSON has it.
Message = dict[str, Any]
Command = Callable[[Message], Awaitable[Message]]
Commands = Mapping[str, Command]


class ControlError(Exception):
    """The MTA cannot be reached, or said no; the text is for people."""


class Upload:
    """Files that a client has for a command, as one sequence of octets."""

    def __init__(
        self, length: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.length = length
        self._left = 0  # octets that are on their way
        self._reader = reader
        self._writer = writer

    async def octets(self) -> AsyncIterator[bytes]:
        """Ask for the files, and give their octets as they come.

        Raises ConnectionError when the client goes before they are whole.
        """
        _write(self._writer, {"ok": True})
        self._left = self.length
        while self._left:
            chunk = await self._reader.read(min(self._left, _CHUNK))
            if not chunk:
                raise ConnectionError("the files were cut off")
            self._left -= len(chunk)
            yield chunk

    async def pass_over(self) -> None:
        """Read what is still on its way, so that the client can read the answer."""
        while self._left and (chunk := await self._reader.read(min(self._left, _CHUNK))):
            self._left -= len(chunk)


UploadCommand = Callable[[Message, AsyncIterator[bytes]], Awaitable[Message]]
UploadCommands = Mapping[str, UploadCommand]


@asynccontextmanager
async def serve_control(
    directory: Path, commands: Commands, uploads: UploadCommands, journal: Journal
) -> AsyncIterator[None]:
    """Answer commands (by name) on the control socket in `directory` while the block runs.

    `uploads` are those that come with files of `file_length` octets in all. "follow" is answered by
    every journal record from then on.
    """
    path = directory / SOCKET_NAME
    path.unlink(missing_ok=True)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                request = json.loads(line)
                if request.get("command") == "follow":
                    await _follow(journal, reader, writer)
                    return
                if request.get("command") in uploads:
                    files = Upload(int(request.get("file_length", 0)), reader, writer)
                    reply = await _execute(uploads, request, files.octets())
                    await files.pass_over()
                else:
                    reply = await _execute(commands, request)
                _write(writer, reply)
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


async def _execute(
    commands: Mapping[str, Callable[..., Awaitable[Message]]],
    request: Message,
    *files: AsyncIterator[bytes],
) -> Message:
    command = commands.get(request.get("command", ""))
    if command is None:
        return {"ok": False, "error": f"unknown command; known: {', '.join(commands)}, follow"}
    try:
        return {"ok": True} | await command(request, *files)
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


async def ask(directory: Path, request: Message) -> Message:
    """Send one request to the MTA whose data lies in `directory` and return its answer.

    Raises ControlError when no MTA runs there or it refuses.
    """
    async with _connected(directory) as (reader, writer):
        _write(writer, request)
        return await _answer(reader)


async def send_files(
    directory: Path, request: Message, files: Sequence[BinaryIO], sent: Callable[[int], None]
) -> Message:
    """Send a request, like `ask`, with all of some files; tell `sent` how many octets have gone."""
    lengths = [file.seek(0, os.SEEK_END) - file.seek(0) for file in files]
    async with _connected(directory) as (reader, writer):
        named = [
            {"name": Path(file.name).name, "length": length}
            for file, length in zip(files, lengths, strict=True)
        ]
        _write(writer, request | {"files": named, "file_length": sum(lengths)})
        await _answer(reader)
        for file, length in zip(files, lengths, strict=True):
            left = length
            while left:
                chunk = file.read(min(left, _CHUNK))
                if not chunk:
                    raise ControlError(f"{file.name} has become {left} octets shorter")
                writer.write(chunk)
                await writer.drain()
                left -= len(chunk)
                sent(len(chunk))
        return await _answer(reader)


def _write(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(json.dumps(message).encode() + b"\n")


async def _answer(reader: asyncio.StreamReader) -> Message:
    line = await reader.readline()
    reply: Message = json.loads(line) if line else {"ok": False, "error": "the MTA ended"}
    if not reply["ok"]:
        raise ControlError(reply["error"])
    return reply


async def follow(directory: Path) -> AsyncIterator[Record]:
    """The running MTA's records, until it ends. Raises ControlError like `ask`."""
    async with _connected(directory) as (reader, writer):
        writer.write(b'{"command": "follow"}\n')
        with suppress(ConnectionError):
            async for line in reader:
                yield RECORDS.read(line)


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
