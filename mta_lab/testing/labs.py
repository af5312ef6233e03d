"""The labs of one test: what the fixture `x400_lab` gives, and what becomes of them at its end."""

import os
import shutil
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from labkit.errors import ConfigurationError, in_words
from labkit.problems import instead
from mta_lab.backends.registry import BackendName
from mta_lab.testing.aio import AsyncLab
from mta_lab.testing.sync import Lab
from mta_lab.testing.topologies import the_topology

_NUMBERS = count(1)  # of labs in this process: each has a name that no other has


def _backend_name(name: str) -> BackendName:
    if name not in [*BackendName]:
        raise ConfigurationError(f"{name!r} is no backend; {instead(name, [*BackendName])}")
    return BackendName(name)


class Labs:
    """Puts labs up for one test; `x400_lab(...)` is one, `x400_lab.aio(...)` one for asyncio."""

    def __init__(self, beside: Path, scratch: Path) -> None:
        """Files are looked up from `beside`; captures are written into `scratch`."""
        self._beside = beside
        self._scratch = scratch
        self._up: list[Lab] = []
        self._all: list[AsyncLab] = []
        self._failed = False

    def __call__(
        self,
        topology: str | Path,
        *,
        firewall: Mapping[str, Any] | None = None,
        set: Mapping[str, Any] | None = None,
        backend: str = "loopback",
        port: int | None = None,
        time_scale: float | None = None,
        timeout: float = 60.0,
    ) -> Lab:
        """A lab that is up until the test ends.

        The topology is one by name or a file beside the test. `firewall` stands for its only
        firewall, `set` are settings of hosts. `time_scale` is in lab seconds per wall second, and
        no step takes longer than `timeout` wall seconds. Raises ConfigurationError for what is
        wrong in these.
        """
        made = self.aio(
            topology,
            firewall=firewall,
            set=set,
            backend=backend,
            port=port,
            time_scale=time_scale,
            timeout=timeout,
        )
        self._up.append(Lab(made))
        return self._up[-1]

    def aio(
        self,
        topology: str | Path,
        *,
        firewall: Mapping[str, Any] | None = None,
        set: Mapping[str, Any] | None = None,
        backend: str = "loopback",
        port: int | None = None,
        time_scale: float | None = None,
        timeout: float = 60.0,
    ) -> AsyncLab:
        """A lab for `async with`, whose hosts are tasks of the test's event loop.

        The parameters are those of `__call__`.
        """
        found = the_topology(topology, self._beside, firewall, set)
        name = f"pytest-{os.getpid()}-{next(_NUMBERS)}"
        made = AsyncLab(
            found,
            name,
            self._scratch / f"{found.name}-{len(self._all) + 1}.pcapng",
            where=_backend_name(backend),
            port=port,
            time_scale=time_scale,
            timeout=timeout,
        )
        self._all.append(made)
        return made

    def stop(self) -> None:
        """Stop those that are up. Raises what the last one raises that cannot be stopped."""
        while self._up:
            try:
                self._up.pop().stop()
            except Exception:
                if not self._up:
                    raise

    def failures(self, captures: Path | None) -> list[tuple[str, str]]:
        """Stop the labs of a test that failed: title and text of each, for its report.

        The captures are kept, in the directory `captures` if it is given.
        """
        from mta_lab.testing.failure import failure  # noqa: PLC0415 - tests that pass need it not

        self._failed = True
        try:
            self.stop()
            found = []
            for lab in (each for each in self._all if each.stopped):
                kept = _moved(lab.capture, captures) if captures else lab.capture
                text = failure(lab, kept)
                found.append((f"X.400 lab {lab.topology.name}", text))
        except Exception as error:  # the test's own failure is to be seen, whatever fails here
            return [("X.400 lab", f"cannot be shown: {in_words(error)}")]
        return found

    def end(self) -> None:
        """Stop the labs; of a test that passed, no capture is kept."""
        try:
            self.stop()
        finally:
            if not self._failed:
                for lab in self._all:
                    lab.capture.unlink(missing_ok=True)


def _moved(capture: Path, directory: Path) -> Path:
    """Move a capture into a directory, under a name that nothing has there."""
    if not capture.exists():
        return capture
    directory.mkdir(parents=True, exist_ok=True)
    name = f"{capture.parent.name}-{capture.name}"
    return Path(shutil.move(capture, directory / name))
