"""The processes of a lab: how all are found again and ended.

Every process of a lab carries the lab's directory in its environment, so that it is found even when
nobody lived to write its number down.
"""

import os
import selectors
import signal
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

_GRACE_SECONDS = 10.0
_LAB = "MTA_LAB_DIRECTORY"
_HOST = "MTA_LAB_HOST"


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
