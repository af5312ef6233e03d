"""Speaks to a running MTA over its control socket (control.py), which commands and the lab do."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from labkit.records import Record
from mta_emu.mta.log.records import RECORDS
from mta_emu.mta.log.status import MtaStatus

SOCKET_NAME = "control.sock"
_LONGEST_PATH = 107  # octets: sun_path of linux/un.h, less its end
LINE_LIMIT = 16 * 1024 * 1024  # octets; a submitted text travels in one line
_CHUNK = 65536

#: A request or an answer, as JSON has it.
Message = dict[str, Any]


class ControlError(Exception):
    """The MTA cannot be reached, or said no; the text is for people."""


async def ask(directory: Path, request: Message) -> Message:
    """Send one request to the MTA whose data lies in `directory` and return its answer.

    Raises ControlError when no MTA runs there or it refuses.
    """
    async with _connected(directory) as (reader, writer):
        _write(writer, request)
        return await _answer(reader)


async def status(directory: Path) -> MtaStatus:
    """How the MTA stands whose data lies in `directory`. Raises ControlError like `ask`."""
    return MtaStatus.of(await ask(directory, {"command": "status"}))


async def send_files(
    directory: Path, request: Message, files: Sequence[BinaryIO], sent: Callable[[int], None]
) -> Message:
    """Send a request with files, like `ask`; call `sent` with how many octets have gone."""
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


@contextmanager
def socket_path(directory: Path) -> Iterator[Path]:
    """A path of the control socket in `directory` that is short enough for a socket's address.

    It is good while the block runs. Raises OSError when there is no such directory.
    """
    path = directory / SOCKET_NAME
    if len(bytes(path)) <= _LONGEST_PATH:
        yield path
        return
    opened = os.open(directory, os.O_PATH | os.O_DIRECTORY)
    try:
        yield Path(f"/proc/self/fd/{opened}") / SOCKET_NAME
    finally:
        os.close(opened)


@asynccontextmanager
async def _connected(
    directory: Path,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    path = directory / SOCKET_NAME
    try:
        with socket_path(directory) as way:
            reader, writer = await asyncio.open_unix_connection(way, limit=LINE_LIMIT)
    except OSError as error:
        raise ControlError(f"no MTA answers at {path}: {error.strerror or error}") from error
    try:
        yield reader, writer
    finally:
        writer.close()


def _write(writer: asyncio.StreamWriter, message: Message) -> None:
    writer.write(json.dumps(message).encode() + b"\n")
