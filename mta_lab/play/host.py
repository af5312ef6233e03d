"""One host of a lab as a process: how it is started and watched, and what it has said."""

import signal
from collections.abc import Sequence
from pathlib import Path
from subprocess import Popen

from labkit.records import Record, RecordKinds, UnreadableRecordError
from mta_lab.lab.directory import HostFiles
from mta_lab.lab.processes import environment
from mta_lab.lab.records import Observer
from mta_lab.play.follower import Follower
from mta_lab.play.process import HostFailedError, Process


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
        self._files = files
        self._observer = observer
        self._process = Process(name, process, self._over)
        self.ended = self._process.ended
        self._follower = Follower(files.records, kinds.read, self._hear, offset)

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
        self._process.leave()
        self._follower.close()

    def check(self) -> None:
        """Raise HostFailedError when the process has ended or its output cannot be read."""
        unreadable = self._follower.error
        if unreadable or self.ended.is_set():
            status = self._process.status
            said = self._files.errors.read_text("utf-8", "replace")
            raise failure(self.name, status, said, unreadable)

    def reload(self) -> None:
        """Let the process read its configuration again."""
        self.send_signal(signal.SIGHUP)

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to the process, if it is still there."""
        self._process.send_signal(number)

    async def stop(self) -> None:
        """End the process and read its last records. Raises HostFailedError like Process.stop."""
        await self._process.stop()

    def _over(self) -> None:
        self._follower.read()
        self._follower.close()

    def _hear(self, record: Record) -> None:
        self.records.append(record)
        self._observer(self.name, record)
