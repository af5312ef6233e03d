"""The running MTA's local door: JSON lines over a Unix socket in its data directory.

A request is one line, and so is its answer. With files it is: the request, a line `{"ok": true}`
once the MTA wants the files, the octets of one after the other, the answer.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from labkit.loop import on_thread
from labkit.records import Record, as_json
from mta_emu.mta.clients import served
from mta_emu.mta.controlclient import LINE_LIMIT, SOCKET_NAME, Message, socket_path
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.requests import Command, UploadCommand

_CHUNK = 65536
_LONG = 64 << 10  # octets of a request: read on a thread
_PATIENCE = 60.0  # wall seconds for a client to read an answer
_MOST_WAITING = 16 * 1024 * 1024  # octets for a client that follows and does not read


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


@asynccontextmanager
async def serve_control(
    directory: Path,
    commands: Mapping[str, Command],
    uploads: Mapping[str, UploadCommand],
    journal: Journal,
) -> AsyncIterator[None]:
    """Answer commands (by name) on the control socket in `directory` while the block runs.

    `uploads` are those that come with files of `file_length` octets in all. "follow" is answered by
    every record from then on. Whatever a client sends is answered, with `"ok": false` and an
    `error` when it cannot be done.
    """
    path = directory / SOCKET_NAME
    path.unlink(missing_ok=True)  # of an MTA that was killed: the directory is ours alone
    desk = _Desk(commands, uploads, journal)
    loop = asyncio.get_running_loop()

    def client() -> asyncio.StreamReaderProtocol:
        reader = asyncio.StreamReader(LINE_LIMIT, loop)
        return asyncio.StreamReaderProtocol(reader, desk.serve, loop)

    with served(_listening(directory), client, journal.publish, "control socket"):
        path.chmod(0o600)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def _listening(directory: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    try:
        with socket_path(directory) as way:
            listening.bind(str(way))
        listening.listen()
    except OSError:
        listening.close()
        raise
    listening.setblocking(False)
    return listening


class _Desk:
    """Serves the clients of the control socket."""

    def __init__(
        self,
        commands: Mapping[str, Command],
        uploads: Mapping[str, UploadCommand],
        journal: Journal,
    ) -> None:
        self._commands = commands
        self._uploads = uploads
        self._journal = journal

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer what a client asks, line by line, until it goes."""
        try:
            while line := await _line(reader):
                long = len(line) > _LONG
                request = await on_thread(_request, line) if long else _request(line)
                if request.get("command") == "follow":
                    await self._follow(reader, writer)
                    return
                _write(writer, await self._answer(request, reader, writer))
                async with asyncio.timeout(_PATIENCE):
                    await writer.drain()
        except _RefusedError as error:
            _write(writer, _refusal(error))  # and nobody knows where the next line begins
        except TimeoutError:
            writer.transport.abort()  # a client that does not read
        except (OSError, asyncio.CancelledError):
            pass  # the client went away, or the MTA ends
        finally:
            writer.close()

    async def _answer(
        self, request: Message, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Message:
        name = request.get("command")
        known = {**self._commands, **self._uploads}
        if not isinstance(name, str) or name not in known:
            return _refusal(f"unknown command; known: {', '.join(known)}, follow")
        if name in self._commands:
            return await self._execute(self._commands[name](request))
        length = request.get("file_length")
        if not isinstance(length, int) or length < 0:
            return _refusal("file_length: must be a number, 0 or more")
        files = Upload(length, reader, writer)
        reply = await self._execute(self._uploads[name](request, files.octets()))
        await files.pass_over()
        return reply

    async def _execute(self, command: Awaitable[Message]) -> Message:
        try:
            return {"ok": True} | await command
        except ValueError as error:
            return _refusal(error)
        except Exception as error:  # a bug of ours, which is no reason to leave anybody waiting
            self._journal.failed("control socket", error)
            self._journal.works("control socket")
            return _refusal(f"malformed request: {type(error).__name__}: {error}")

    async def _follow(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def send(record: Record) -> None:
            if writer.transport.get_write_buffer_size() > _MOST_WAITING:
                writer.transport.abort()  # a client that does not read
            writer.write(as_json(record).encode() + b"\n")

        self._journal.listen(send, "control socket")
        try:
            while await reader.read(_CHUNK):
                pass  # until the client goes
        finally:
            self._journal.leave(send)


class _RefusedError(Exception):
    """A line that is no request; the text is for people."""


async def _line(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readline()
    except ValueError:
        raise _RefusedError(f"a request of more than {LINE_LIMIT} octets") from None


def _request(line: bytes) -> Message:
    try:
        request = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _RefusedError(f"not JSON: {error}") from None
    if not isinstance(request, dict):
        raise _RefusedError("not a JSON object")
    return request


def _refusal(error: object) -> Message:
    return {"ok": False, "error": str(error)}


def _write(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
