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


class HostFailedError(Exception):
    """A host ended, or said something that is not a record; the text is for people."""

    def __init__(self, host: str, what: str, status: int | None = None) -> None:
        super().__init__(f"{host}: {what}")
        self.status = status


class Host:
    """A running process of the lab and the records that it wrote so far."""

    def __init__(self, name: str, process: Popen[bytes], files: HostFiles) -> None:
        """Use `start`."""
        self.name = name
        self.records: list[Record] = []
        self._process = process
        self._files = files
        self._error: ValueError | None = None
        self._partial = b""
        self._ended = asyncio.Event()

    @classmethod
    def start(
        cls, name: str, command: Sequence[str], lab: Path, files: HostFiles, observer: Observer
    ) -> "Host":
        """Start `command` in the host's directory; must be called with the event loop running.

        The process is in a session of its own: what is typed at the terminal of the lab does not
        reach it. Raises OSError.
        """
        files.directory.mkdir(parents=True, exist_ok=True)
        with files.records.open("wb") as output, files.errors.open("wb") as errors:
            process = Popen(
                command,
                cwd=files.directory,
                env=environment(lab),
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
        host = cls(name, process, files)
        host._follow(observer)
        return host

    def _follow(self, observer: Observer) -> None:
        self._observer = observer
        self._loop = asyncio.get_running_loop()
        with ExitStack() as opened:
            self._stream = opened.enter_context(self._files.records.open("rb"))
            self._changes = opened.enter_context(Inotify())
            self._changes.add_watch(self._files.records, Mask.MODIFY)
            self._end = os.pidfd_open(self._process.pid)
            opened.callback(os.close, self._end)
            self._opened = opened.pop_all()
        self._loop.add_reader(self._changes.fd, self._changed)
        self._loop.add_reader(self._end, self._over)
        self._read()

    def leave(self) -> None:
        """Hear no more of the process and let it run on."""
        self._loop.remove_reader(self._changes.fd)
        self._loop.remove_reader(self._end)
        self._opened.close()

    def check(self) -> None:
        """Raise HostFailedError when the process has ended or its output cannot be read."""
        if self._error:
            raise HostFailedError(self.name, f"wrote a line that is not a record: {self._error}")
        if not self._ended.is_set():
            return
        status = self._process.returncode
        said = self._files.errors.read_text("utf-8", "replace").strip()
        raise HostFailedError(
            self.name, f"ended with status {status}: {said or 'no error text'}", status
        )

    async def stop(self) -> None:
        """End the process and read its last records.

        Raises HostFailedError when SIGTERM did not end it within ten seconds and it was killed.
        """
        patient = True
        self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._ended.wait()
        except TimeoutError:
            patient = False
        finally:
            self._process.kill()
            await self._ended.wait()
        if not patient:
            raise HostFailedError(self.name, f"did not end within {_GRACE_SECONDS:g} s of SIGTERM")

    def _changed(self) -> None:
        os.read(self._changes.fd, 1 << 16)  # what changed is known: there is one file
        self._read()

    def _over(self) -> None:
        self._process.wait()
        self._read()
        self.leave()
        self._ended.set()

    def _read(self) -> None:
        *lines, self._partial = (self._partial + self._stream.read()).split(b"\n")
        for line in lines:
            try:
                record: Record = json.loads(line)
            except ValueError as error:
                self._error = self._error or error
                continue
            self.records.append(record)
            self._observer(self.name, record)


def environment(lab: Path) -> dict[str, str]:
    """What every process of the lab in the directory `lab` finds in its environment.

    The commands of this installation come first in its PATH.
    """
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)))
    return os.environ | {"PATH": path, _LAB: str(lab.absolute())}


def processes_of(lab: Path) -> Iterator[int]:
    """The processes that were started in the lab in the directory `lab`, without this one."""
    mark = f"{_LAB}={lab.absolute()}".encode()
    for process in running():
        with suppress(OSError):  # it has ended, or is another user's
            if mark in (process / "environ").read_bytes().split(b"\0"):
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
