"""One process of a lab: awaited, signalled, ended in good order or else by force."""

import asyncio
import os
import signal
from collections.abc import Callable
from contextlib import suppress
from subprocess import Popen

GRACE_SECONDS = 10.0


class HostFailedError(Exception):
    """A host ended, or said something that is not a record; the text is for people."""

    def __init__(self, host: str, what: str, status: int | None = None) -> None:
        super().__init__(f"{host}: {what}")
        self.status = status


class NotInTimeError(Exception):
    """What was waited for did not come about; the text says what was missing."""


class Process:
    """A process that runs: our child, or one of that number, whose status is never known."""

    def __init__(self, host: str, process: Popen[bytes] | int, over: Callable[[], None]) -> None:
        """Watch it for `host`; `over` is called when it has ended, before `ended` is set.

        Raises OSError when it is gone. Needs the running event loop.
        """
        self.ended = asyncio.Event()
        self._host = host
        self._child = None if isinstance(process, int) else process
        self._over = over
        self._loop = asyncio.get_running_loop()
        self._descriptor = os.pidfd_open(process if isinstance(process, int) else process.pid)
        self._loop.add_reader(self._descriptor, self._has_ended)

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs, and where it is not our child."""
        return self._child.returncode if self._child else None

    def leave(self) -> None:
        """Watch it no more, and let it run on."""
        self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it is still there."""
        if not self.ended.is_set():
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)

    async def stop(self) -> None:
        """End it.

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
            raise HostFailedError(self._host, f"did not end within {GRACE_SECONDS:g} s of SIGTERM")

    def _has_ended(self) -> None:
        if self._child:
            self._child.wait()
        self._over()
        self.leave()
        self.ended.set()
