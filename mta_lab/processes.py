"""The hosts of a run: processes whose standard output, one JSON object a line, is all we know."""

import asyncio
import json
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

Record = dict[str, Any]
#: Hears every record as it is read: the host's name, and the record.
Observer = Callable[[str, Record], None]

_LINE_LIMIT = 16 * 1024 * 1024
_GRACE_SECONDS = 10.0


class HostFailedError(Exception):
    """A host ended, or said something that is not a record; the text is for people."""

    def __init__(self, host: str, what: str, status: int | None = None) -> None:
        super().__init__(f"{host}: {what}")
        self.status = status


class Host:
    """A running process of the lab and the records that it wrote so far."""

    def __init__(self, name: str, process: Process, errors: Path, observer: Observer) -> None:
        self.name = name
        self.records: list[Record] = []
        self._process = process
        self._errors = errors
        self._observer = observer
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, name: str, command: Sequence[str], errors: Path, observer: Observer
    ) -> "Host":
        """Start `command`; what it writes to standard error goes to the file `errors`."""
        with errors.open("wb") as stream:
            process = await asyncio.create_subprocess_exec(
                *command, stdout=PIPE, stderr=stream, limit=_LINE_LIMIT
            )
        return cls(name, process, errors, observer)

    def check(self) -> None:
        """Raise HostFailedError when the process has ended or its output cannot be read."""
        if not self._reading.done():
            return
        if error := self._reading.exception():
            raise HostFailedError(
                self.name, f"wrote a line that is not a record: {error}"
            ) from error
        status = self._process.returncode
        said = self._errors.read_text("utf-8", "replace").strip()
        raise HostFailedError(
            self.name, f"ended with status {status}: {said or 'no error text'}", status
        )

    async def stop(self) -> None:
        """End the process and read its last records.

        Raises HostFailedError when SIGTERM did not end it within ten seconds and it was killed.
        """
        patient = True
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(_GRACE_SECONDS):
                await self._process.wait()
        except TimeoutError:
            patient = False
        finally:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            await asyncio.wait([self._reading])
        if not patient:
            raise HostFailedError(self.name, f"did not end within {_GRACE_SECONDS:g} s of SIGTERM")

    async def _read(self) -> None:
        async for line in cast("asyncio.StreamReader", self._process.stdout):
            record: Record = json.loads(line)
            self.records.append(record)
            self._observer(self.name, record)
        await self._process.wait()
