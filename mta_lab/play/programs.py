"""The programs of a lab: hosts with a command of their own, started, awaited and ended.

A program writes no records. What it says goes to a file in its directory, and it is ready when the
kernel shows that its ports are bound; one without a port is ready at once.
"""

import asyncio
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, Popen

from labkit.addresses import End
from labkit.config import ConfigurationError
from labkit.sockets import is_bound
from labkit.text import visible
from mta_lab.backends import Backend
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import environment, processes_of
from mta_lab.play.process import HostFailedError, NotInTimeError, Process

_KEEPER = Path(__file__).with_name("keeper.py")
_LOOK_AGAIN = 0.05  # seconds, while a port is awaited: the kernel says nothing when it is bound
_LAST_WORDS = 2000  # characters of what a program said that an error shows


class Programs:
    """The running programs of a lab; `ended` gets each that ends by itself, and its status."""

    def __init__(
        self, lab: Lab, backend: Backend, timeout: float, ended: Callable[[str, int | None], None]
    ) -> None:
        """No wait takes longer than `timeout` wall seconds."""
        self._lab = lab
        self._backend = backend
        self._timeout = timeout
        self._ended = ended
        self._running: dict[str, Process] = {}

    async def start(self) -> None:
        """Start those that listen, and when all do, those that only call.

        Raises HostFailedError when one ends before it listens, NotInTimeError, OSError.
        """
        programs = self._lab.topology.programs
        names = self._lab.topology.commanded()
        listening = [name for name in names if programs[name].port]
        for name in listening:
            self._start(name)
        for name in listening:
            await self._bound(name)
        for name in names:
            if name not in listening:
                self._start(name)

    def attach(self, name: str) -> None:
        """Watch a program of a lab that is up. Raises ConfigurationError when it has ended."""
        number = next(processes_of(self._lab.directory, name), None)
        if number is None:
            raise ConfigurationError(f"lab {self._lab.name}: {name} is not running")
        self._watch(name, number)

    def has_ended(self, name: str) -> bool:
        """Whether a program has ended by itself, since it was started last."""
        return self._running[name].ended.is_set()

    async def restart(self, name: str) -> None:
        """End a program, if it runs, and start it. Raises as `start` does."""
        if running := self._running.pop(name, None):
            await running.stop()
        self._start(name)
        await self._bound(name)

    async def stop(self) -> None:
        """End all. Raises HostFailedError for the first that had to be killed."""
        running = [*self._running.values()]
        self._running.clear()
        done = await asyncio.gather(*(each.stop() for each in running), return_exceptions=True)
        for error in done:
            if isinstance(error, BaseException):
                raise error

    def leave(self) -> None:
        """Let them run on without us."""
        for process in self._running.values():
            if not process.ended.is_set():
                process.leave()

    def _start(self, name: str) -> None:
        files = self._lab.files(name)
        command = self._backend.serving(self._lab, name, tapped=False)
        with files.output.open("ab") as output:
            keeper = Popen(
                [sys.executable, "-I", "-S", str(_KEEPER), str(files.status.absolute()), *command],
                cwd=files.directory,
                env=environment(self._lab.directory, name),
                stdin=DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._watch(name, keeper)

    def _watch(self, name: str, process: Popen[bytes] | int) -> None:
        def over() -> None:
            if self._running.get(name) is watched:  # nobody has asked it to end
                self._ended(name, watched.status)

        watched = Process(name, process, over)
        self._running[name] = watched

    async def _bound(self, name: str) -> None:
        """Wait until the ports of a program are bound, as the kernel's table shows."""
        process = self._running[name]
        try:
            async with asyncio.timeout(self._timeout):
                while missing := await asyncio.to_thread(self._unbound, name):
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_LOOK_AGAIN):
                            await process.ended.wait()
                    if process.ended.is_set():
                        what = f"ended with status {process.status} before it listened at"
                        said = self._last_words(name)
                        raise HostFailedError(name, f"{what} {missing}: {said}")
        except TimeoutError:
            raise NotInTimeError(
                f"after {self._timeout:g} s: {name} does not listen at {missing}: "
                f"{self._last_words(name)}"
            ) from None

    def _unbound(self, name: str) -> End | None:
        """The first end of a program at which nobody listens; None: all are bound."""
        program = self._lab.topology.programs[name]
        found = self._backend.listeners(self._lab, name) if program.port else ()
        ends = (End(program.address, port) for port in program.port)
        return next((end for end in ends if not is_bound(end, found)), None)

    def _last_words(self, name: str) -> str:
        said = self._lab.files(name).output.read_bytes()[-_LAST_WORDS:].decode("utf-8", "replace")
        return visible(said.strip(), lines=True) or "it said nothing"
