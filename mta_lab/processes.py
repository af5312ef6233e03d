"""The processes of a lab: how one is started and watched, and how all are found again and ended.

A host's standard output goes to a file of the lab, one JSON object a line, which is followed: a
host outlives the command that started it, and whoever comes later reads what it said from the
start. Every process of a lab carries the lab's directory in its environment, so that it is found
even when nobody lived to write its number down.
"""

import asyncio
import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from subprocess import Popen
from typing import Any

from asyncinotify import Inotify, Mask

from mta_lab.lab import HostFiles

Record = dict[str, Any]
#: Hears every record as it is read: the host's name, and the record.
Observer = Callable[[str, Record], None]

_GRACE_SECONDS = 10.0
_LAB = "MTA_LAB_DIRECTORY"
_HOST = "MTA_LAB_HOST"


class HostFailedError(Exception):
    """A host ended, or said something that is not a record; the text is for people."""

    def __init__(self, host: str, what: str, status: int | None = None) -> None:
        super().__init__(f"{host}: {what}")
        self.status = status


class Follower:
    """Reads the records that a host has written and goes on writing into a file.

    `heard` gets each record in its order. Needs the running event loop.
    """

    def __init__(self, file: Path, heard: Callable[[Record], None], offset: int = 0) -> None:
        """Read what is there from `offset` and listen for more.

        Raises OSError when there is no such file.
        """
        self.error: ValueError | None = None  # the first line that is no record
        self.gone = asyncio.Event()  # the file was removed
        self.heard = heard
        self._partial = b""
        self._loop = asyncio.get_running_loop()
        with ExitStack() as opened:
            self._stream = opened.enter_context(file.open("rb"))
            self._stream.seek(offset)
            self._changes = opened.enter_context(Inotify())
            self._changes.add_watch(file, Mask.MODIFY | Mask.ATTRIB)
            self._opened = opened.pop_all()
        self._loop.add_reader(self._changes.fd, self._changed)
        self.read()

    def read(self) -> None:
        """Read what was written meanwhile."""
        *lines, self._partial = (self._partial + self._stream.read()).split(b"\n")
        for line in lines:
            try:
                record: Record = json.loads(line)
            except ValueError as error:
                self.error = self.error or error
                continue
            self.heard(record)

    def close(self) -> None:
        """Listen no more."""
        self._loop.remove_reader(self._changes.fd)
        self._opened.close()

    def _changed(self) -> None:
        os.read(self._changes.fd, 1 << 16)  # what changed is known: there is one file
        self.read()
        if not os.fstat(self._stream.fileno()).st_nlink:
            self.gone.set()


class Host:
    """A running process of the lab and the records that it wrote so far."""

    def __init__(
        self,
        name: str,
        process: Popen[bytes] | int,
        files: HostFiles,
        observer: Observer,
        offset: int = 0,
    ) -> None:
        """Watch a process: our child, or one of that number; its records begin at `offset`.

        Raises OSError when it is gone.
        """
        self.name = name
        self.records: list[Record] = []
        self._child = None if isinstance(process, int) else process
        self._files = files
        self._observer = observer
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._process = os.pidfd_open(process if isinstance(process, int) else process.pid)
        self._follower = Follower(files.records, self._hear, offset)
        self._loop.add_reader(self._process, self._over)

    @classmethod
    def start(
        cls, name: str, command: Sequence[str], lab: Path, files: HostFiles, observer: Observer
    ) -> "Host":
        """Start `command` in the host's directory.

        The process is in a session of its own: what is typed at the terminal of the lab does not
        reach it. What an earlier one wrote stays. Raises OSError.
        """
        files.directory.mkdir(parents=True, exist_ok=True)
        with files.records.open("ab") as output, files.errors.open("wb") as errors:
            written = output.tell()
            process = Popen(
                command,
                cwd=files.directory,
                env=environment(lab, name),
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        return cls(name, process, files, observer, written)

    def leave(self) -> None:
        """Hear no more of the process and let it run on."""
        self._loop.remove_reader(self._process)
        self._follower.close()
        os.close(self._process)

    def check(self) -> None:
        """Raise HostFailedError when the process has ended or its output cannot be read."""
        if error := self._follower.error:
            raise HostFailedError(self.name, f"wrote a line that is not a record: {error}")
        if not self.ended.is_set():
            return
        status = self._child.returncode if self._child else None
        said = self._files.errors.read_text("utf-8", "replace").strip()
        ended = "ended" if status is None else f"ended with status {status}"
        raise HostFailedError(self.name, f"{ended}: {said or 'no error text'}", status)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it is still there."""
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._process, number)

    async def stop(self) -> None:
        """End the process and read its last records.

        Raises HostFailedError when SIGTERM did not end it within ten seconds and it was killed.
        """
        patient = True
        self.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self.ended.wait()
        except TimeoutError:
            patient = False
        finally:
            self.send_signal(signal.SIGKILL)
            await self.ended.wait()
        if not patient:
            raise HostFailedError(self.name, f"did not end within {_GRACE_SECONDS:g} s of SIGTERM")

    def _over(self) -> None:
        if self._child:
            self._child.wait()
        self._follower.read()
        self.leave()
        self.ended.set()

    def _hear(self, record: Record) -> None:
        self.records.append(record)
        self._observer(self.name, record)


def environment(lab: Path, host: str | None = None) -> dict[str, str]:
    """What every process of the lab in the directory `lab` finds in its environment.

    The process that is what `host` is there for bears its name. The commands of this installation
    come first in the PATH.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    mark = {"PATH": path, _LAB: str(lab.absolute())} | ({_HOST: host} if host else {})
    return {name: value for name, value in os.environ.items() if name != _HOST} | mark


def processes_of(lab: Path, host: str | None = None) -> Iterator[int]:
    """The processes that were started in the lab in the directory `lab`, without this one.

    With `host`, only the one that is what that host is there for.
    """
    marks = {f"{_LAB}={lab.absolute()}".encode()} | (
        {f"{_HOST}={host}".encode()} if host else set()
    )
    for process in running():
        with suppress(OSError):  # it has ended, or is another user's
            if marks <= set((process / "environ").read_bytes().split(b"\0")):
                yield int(process.name)


def running() -> Iterator[Path]:
    """The directory in /proc of each process but this one."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != os.getpid():
            yield entry


def end(processes: Iterable[int]) -> None:
    """End processes, by SIGTERM or, those that are there ten seconds later, by SIGKILL."""
    with ExitStack() as opened, selectors.DefaultSelector() as alive:
        for process in processes:
            with suppress(ProcessLookupError):
                handle = os.pidfd_open(process)
                opened.callback(os.close, handle)
                alive.register(handle, selectors.EVENT_READ)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for key in alive.get_map().values():
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(key.fd, number)
            deadline = time.monotonic() + _GRACE_SECONDS
            while alive.get_map() and (left := deadline - time.monotonic()) > 0:
                for key, _ in alive.select(left):
                    alive.unregister(key.fileobj)
