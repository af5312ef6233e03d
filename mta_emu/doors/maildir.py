"""A Maildir that gets a copy of everything that is delivered here, once.

A thread of its own renders and writes; nothing here holds the event loop. A mail that cannot be
rendered is put there as its octets, and a Maildir that cannot be written is tried again; each is
reported once. What was written is remembered in the Maildir: a door that opens again goes on there.
"""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from itertools import count
from pathlib import Path
from threading import Event
from typing import NamedTuple

from labkit.records import Record
from mta_emu.doors import mail_out
from mta_emu.mta.log.records import Delivered
from mta_emu.mta.mta import Mta
from mta_emu.mta.store.mailbox import Mail
from mta_emu.mta.store.store import Store
from mta_emu.mts.pieces import Read

_POSITION = "delivered-up-to"  # the file that has the number of the last mail
_RETRY = 10.0  # wall seconds after which a Maildir that cannot be written is tried again
_PATIENCE = 5.0  # wall seconds that the end of the MTA waits for what is still to be written
_KEPT = 1 << 20  # octets of a rendered mail that are kept for its other recipients
_NUMBERS = count(1)
_PART = "Maildir of the smtp door"


class Maildir:
    """The directory, with the three that make it a Maildir."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self) -> None:
        """Make what is missing. Raises OSError."""
        for name in ("tmp", "new", "cur"):
            (self._path / name).mkdir(parents=True, exist_ok=True)

    def put(self, octets: Iterable[bytes]) -> None:
        """Put a mail there, whole or not at all. Raises OSError."""
        name = f"{time.time():.6f}.P{os.getpid()}Q{next(_NUMBERS)}.mta-emu"
        before = self._path / "tmp" / name
        try:
            with before.open("xb") as file:
                file.writelines(octets)
                file.flush()
                os.fsync(file.fileno())
            before.rename(self._path / "new" / name)
        finally:
            before.unlink(missing_ok=True)

    @property
    def position(self) -> int:
        """The number of the last mail that was put there; 0 when it is not known."""
        with suppress(OSError, ValueError):
            return int((self._path / _POSITION).read_text())
        return 0

    @position.setter
    def position(self, number: int) -> None:
        new = self._path / f"{_POSITION}.new"
        new.write_text(str(number))
        new.replace(self._path / _POSITION)


class _Step(NamedTuple):
    """What became of the next mail: its number, and what went wrong with it."""

    number: int = 0  # 0: there is none
    problem: str = ""
    again: bool = False  # it is tried again later


class _StoppedError(Exception):
    """The MTA ends: the mail in hand comes when the door opens again."""


class Writer:
    """Writes mails one after the other, in the thread that first calls `next`."""

    def __init__(self, data: Path, maildir: Maildir, gateway: str) -> None:
        self._data = data
        self._maildir = maildir
        self._gateway = gateway
        self._store: Store | None = None
        self._rendered: tuple[int, bytes] = (0, b"")
        self.stopped = Event()

    def next(self) -> _Step:
        """Write the next mail; what goes wrong is in the step, and never raised."""
        try:
            return self._next()
        except _StoppedError:
            return _Step()
        except (OSError, sqlite3.Error) as error:
            return _Step(problem=f"the Maildir cannot be written: {error}", again=True)

    def close(self) -> None:
        """Close the store."""
        if self._store:
            self._store.close()

    def _next(self) -> _Step:
        self._maildir.open()
        self._store = self._store or Store.reader(self._data)
        mail = next(self._store.mailbox.read(after=self._maildir.position), None)
        if mail is None:
            return _Step()
        problem = ""
        try:
            self._maildir.put(self._mail(mail))
        except (OSError, sqlite3.Error, _StoppedError):
            raise
        except Exception as error:
            problem = f"mail {mail.id} cannot be shown and is put there as its octets: {error!r}"
            self._maildir.put(self._pieces(mail_out.as_octets(mail, self._read(mail))))
        self._maildir.position = mail.id
        return _Step(mail.id, problem)

    def _mail(self, mail: Mail) -> Iterator[bytes]:
        """A mail for its recipient; what its copies have in common is rendered once."""
        yield mail_out.delivered_to(mail, self._gateway)
        message, octets = self._rendered
        if message == mail.message:
            yield octets
            return
        kept = bytearray()
        for piece in self._pieces(mail_out.render(mail, self._read(mail), self._gateway)):
            if len(kept) <= _KEPT:
                kept += piece
            yield piece
        if len(kept) <= _KEPT:
            self._rendered = mail.message, bytes(kept)

    def _pieces(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self.stopped.is_set():
                raise _StoppedError
            yield piece

    def _read(self, mail: Mail) -> Read:
        assert self._store  # noqa: S101, it was opened for the mail
        return self._store.contents.reader(mail.message, mail.content_length)


class Copies:
    """Keeps a Maildir up to what is delivered here."""

    def __init__(self, mta: Mta, path: Path, gateway: str) -> None:
        self._journal = mta.journal
        self._writer = Writer(mta.directory, Maildir(path), gateway)
        self._threads = ThreadPoolExecutor(1, "maildir")
        self._more = asyncio.Event()
        self._more.set()  # what came while the door was shut
        self._ending = asyncio.Event()
        self._told = ""

    def hear(self, record: Record) -> None:
        """Hear that something was delivered."""
        if isinstance(record, Delivered):
            self._more.set()

    async def run(self) -> None:
        """Write what is delivered, until the door is shut."""
        while True:
            await self._more.wait()
            self._more.clear()
            await self._write_all()
            if self._ending.is_set():
                return

    async def end(self, running: asyncio.Task[None]) -> None:
        """Let `run` write what is still to be written, and end it after a while."""
        self._ending.set()
        self._more.set()
        await asyncio.wait({running}, timeout=_PATIENCE)
        running.cancel()
        self._writer.stopped.set()
        await asyncio.get_running_loop().run_in_executor(self._threads, self._writer.close)
        self._threads.shutdown()

    async def _write_all(self) -> None:
        while step := await self._next():
            if step.again:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._ending.wait(), _RETRY)
                if self._ending.is_set():
                    return

    async def _next(self) -> _Step | None:
        """Write the next mail, and report once when it goes wrong. None: there is no more."""
        loop = asyncio.get_running_loop()
        step = await loop.run_in_executor(self._threads, self._writer.next)
        if step.problem != self._told:
            self._journal.works(_PART)
        if step.problem:
            self._journal.failed(_PART, step.problem)
        self._told = step.problem
        return step if step.number or step.again else None


@asynccontextmanager
async def serve_maildir(mta: Mta, path: Path, gateway: str) -> AsyncIterator[None]:
    """Keep a Maildir up to what is delivered while the block runs."""
    copies = Copies(mta, path, gateway)
    running = asyncio.create_task(copies.run())
    mta.journal.listen(copies.hear, "listener of the Maildir")
    try:
        yield
    finally:
        mta.journal.leave(copies.hear)
        await copies.end(running)
