"""One host of a lab as a process: how it is started, watched and ended."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

from labkit.records import Record, RecordKinds, UnreadableRecordError
from mta_lab.lab.directory import HostFiles
from mta_lab.lab.processes import environment
from mta_lab.lab.records import Observer
from mta_lab.play.follower import Follower

GRACE_SECONDS = 10.0


class HostFailedError(Exception):
    """A host ended, or said something that is not a record; the text is for people."""

    def __init__(self, host: str, what: str, status: int | None = None) -> None:
        super().__init__(f"{host}: {what}")
        self.status = status


def failure(
    host: str, status: int | None, said: str, unreadable: UnreadableRecordError | None
) -> HostFailedError:
    """How a host failed: it wrote what is no record, or ended and said why."""
    if unreadable:
        return HostFailedError(host, f"wrote a line that is not a record: {unreadable}")
    ended = "ended" if status is None else f"ended with status {status}"
    return HostFailedError(host, f"{ended}: {said.strip() or 'no error text'}", status)


class Host:
    """A running process of the lab and the records that it wrote so far."""

    def __init__(
        self,
        name: str,
        process: Popen[bytes] | int,
        files: HostFiles,
        kinds: RecordKinds,
        observer: Observer,
        offset: int = 0,
    ) -> None:
        """Watch a process: our child, or one of that number; its records begin at `offset`.

        `kinds` are those of its records. Raises OSError when it is gone.
        """
        self.name = name
        self.records: list[Record] = []
        self._child = None if isinstance(process, int) else process
        self._files = files
        self._observer = observer
        self.ended = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._process = os.pidfd_open(process if isinstance(process, int) else process.pid)
        self._follower = Follower(files.records, kinds, self._hear, offset)
        self._loop.add_reader(self._process, self._over)

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str],
        lab: Path,
        files: HostFiles,
        kinds: RecordKinds,
        observer: Observer,
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
        return cls(name, process, files, kinds, observer, written)

    def leave(self) -> None:
        """Read no more of the process, and let it run on."""
        self._loop.remove_reader(self._process)
        self._follower.close()
        os.close(self._process)

    def check(self) -> None:
        """Raise HostFailedError when the process has ended or its output cannot be read."""
        unreadable = self._follower.error
        if unreadable or self.ended.is_set():
            status = self._child.returncode if self._child else None
            said = self._files.errors.read_text("utf-8", "replace")
            raise failure(self.name, status, said, unreadable)

    def reload(self) -> None:
        """Let the process read its configuration again."""
        self.send_signal(signal.SIGHUP)

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
            async with asyncio.timeout(GRACE_SECONDS):
                await self.ended.wait()
        except TimeoutError:
            patient = False
        finally:
            self.send_signal(signal.SIGKILL)
            await self.ended.wait()
        if not patient:
            raise HostFailedError(self.name, f"did not end within {GRACE_SECONDS:g} s of SIGTERM")

    def _over(self) -> None:
        if self._child:
            self._child.wait()
        self._follower.read()
        self.leave()
        self.ended.set()

    def _hear(self, record: Record) -> None:
        self.records.append(record)
        self._observer(self.name, record)
