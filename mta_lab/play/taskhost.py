"""One host of a lab as a task of the lab's own process, on real sockets: it costs no start.

It has the directory of a host that is a process, and leaves the same there. What it raises ends it
alone.
"""

import asyncio
import os
import traceback
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from typing import Protocol

from labkit.config import EXIT_BAD_CONFIGURATION
from labkit.errors import in_words
from labkit.lines import Lines
from labkit.owner import owner
from labkit.records import Record, RecordKinds, UnreadableRecordError, as_json
from mta_lab.lab.directory import HostFiles
from mta_lab.lab.records import Observer
from mta_lab.play.host import failure
from mta_lab.play.process import GRACE_SECONDS, HostFailedError

_EXIT_FAILED = 1


class Server(Protocol):
    """What a host is there for."""

    async def run(self, report: Callable[[Record], None], stopped: asyncio.Event) -> None:
        """Serve until `stopped` is set; `report` gets each record."""

    def reload(self) -> None:
        """Read the configuration again; a record says how that went."""


@dataclass(frozen=True)
class Program:
    """How a server is made, and what that and its run raise for a wrong configuration."""

    make: Callable[[], Server]
    wrong: tuple[type[Exception], ...]


class TaskHost:
    """A running task and the records that it wrote so far, with the methods of `Host`."""

    def __init__(
        self,
        name: str,
        program: Program,
        files: HostFiles,
        kinds: RecordKinds,
        observer: Observer,
    ) -> None:
        """Start `program`; what an earlier one wrote stays. Raises OSError."""
        self.name = name
        self.records: list[Record] = []
        self.ended = asyncio.Event()
        self._program = program
        self._files = files
        self._kinds = kinds
        self._observer = observer
        self._stopped = asyncio.Event()
        self._server: Server | None = None
        self._status = 0
        self._said = ""  # last, when it failed
        self._unreadable: UnreadableRecordError | None = None
        self._waiting: deque[str] = deque()  # lines that nobody has heard yet
        files.directory.mkdir(parents=True, exist_ok=True)
        self._loop = asyncio.get_running_loop()
        self._ours, self._its = copy_context(), copy_context()
        files.errors.write_bytes(b"")
        output = os.open(files.records, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        self._task = self._loop.create_task(self._run(output), context=self._its)

    def leave(self) -> None:
        """Have it end with the process."""

    def check(self) -> None:
        """Raise HostFailedError when the task has ended or wrote what cannot be read."""
        if self._unreadable or self.ended.is_set():
            raise failure(self.name, self._status, self._said, self._unreadable)

    def reload(self) -> None:
        """Let it read its configuration again."""
        if self._server is not None:
            self._loop.call_soon(self._server.reload, context=self._its)

    async def stop(self) -> None:
        """End the task and read its last records.

        Raises HostFailedError when it did not end within ten seconds and was cancelled.
        """
        self._stopped.set()
        ended, _ = await asyncio.wait([self._task], timeout=GRACE_SECONDS)
        if not ended:
            self._task.cancel()
            await asyncio.wait([self._task])
            raise HostFailedError(self.name, f"did not end within {GRACE_SECONDS:g} s")

    async def _run(self, output: int) -> None:
        lines = Lines(output)

        def report(record: Record) -> None:
            line = as_json(record)
            lines.write(line)
            if not self._waiting:  # later: who hears it is no part of the server
                self._loop.call_soon(self._read, context=self._ours)
            self._waiting.append(line)

        try:
            async with owner(self._fault):
                self._server = self._program.make()
                await self._server.run(report, self._stopped)
        except self._program.wrong as error:
            self._fails(EXIT_BAD_CONFIGURATION, in_words(error))
        except Exception as error:
            self._fault(error)
            self._fails(_EXIT_FAILED, in_words(error))
        finally:
            self._server = None
            os.close(output)
            self._ours.run(self._read)
            self.ended.set()

    def _fails(self, status: int, said: str) -> None:
        self._status, self._said = status, said
        self._note(said)

    def _fault(self, error: BaseException | str) -> None:
        """Take down what a task or a callback raised that nobody waits for."""
        self._note(
            error if isinstance(error, str) else "".join(traceback.format_exception(error)).rstrip()
        )

    def _note(self, text: str) -> None:
        with self._files.errors.open("a", encoding="utf-8", errors="backslashreplace") as errors:
            errors.write(f"{text}\n")

    def _read(self) -> None:
        """Hear what was written meanwhile, as whoever reads the file does."""
        while self._waiting:
            try:
                record = self._kinds.read(self._waiting.popleft().encode())
            except UnreadableRecordError as error:
                self._unreadable = self._unreadable or error
                continue
            self.records.append(record)
            self._observer(self.name, record)
