"""`python keeper.py STATUS COMMAND...`: run a program in a lab, and leave nothing of it behind.

The program is somebody else's: it may start others, give them another environment and go. The
keeper is the leader of its session, and what becomes an orphan below it becomes its child
(prctl(2), PR_SET_CHILD_SUBREAPER). It stays until all have ended, and writes the status of the
program into the file STATUS. At SIGTERM the process group gets SIGTERM, and so do its children that
have left the group; what is there five seconds later gets SIGKILL. Run by its path, so that nothing
but what it needs is loaded.
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

_HOST = "MTA_LAB_HOST"  # the keeper bears the host's name, and no other process
_SET_CHILD_SUBREAPER = 36
_STANDARD_ERROR = 2
_GRACE_SECONDS = 5.0
_AGAIN_SECONDS = 0.05  # SIGKILL ends a process soon; its children are ours only then
_NO_PROGRAM, _BY_SIGNAL = 127, 128  # as a shell has it
_AWAITED = {signal.SIGTERM, signal.SIGCHLD}


def main(status: str, *command: str) -> int:
    """Run the command to its end, and that of all that it left; its status."""
    file = Path(status)
    file.unlink(missing_ok=True)
    ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.pthread_sigmask(signal.SIG_BLOCK, _AWAITED)
    environment = {name: value for name, value in os.environ.items() if name != _HOST}
    try:
        program = os.posix_spawnp(command[0], command, environment, setsigmask=())
    except OSError as error:
        os.write(_STANDARD_ERROR, os.fsencode(f"cannot start {command[0]}: {error.strerror}\n"))
        code = _NO_PROGRAM
    else:
        code = _keep(program, file)
    file.write_text(f"{code}\n", "ascii")
    return code


def _keep(program: int, file: Path) -> int:
    """Await every child; the status of the program, which is written down when it ends."""
    code, deadline = 0, float("inf")
    while True:
        for child, how in _ended():
            if child == program:
                code = _status(how)
                file.write_text(f"{code}\n", "ascii")
        if not (left := _children()):
            return code
        seconds = deadline - time.monotonic()
        if seconds <= 0:
            for child in left:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            seconds = _AGAIN_SECONDS
        if _signal_within(seconds) == signal.SIGTERM and deadline == float("inf"):
            _terminate(left)
            deadline = time.monotonic() + _GRACE_SECONDS


def _terminate(children: list[int]) -> None:
    """Send SIGTERM to the process group, and to children that have left it."""
    for child in children:
        with suppress(ProcessLookupError):
            if os.getpgid(child) != os.getpgrp():
                os.kill(child, signal.SIGTERM)
    os.killpg(0, signal.SIGTERM)


def _signal_within(seconds: float) -> int | None:
    if seconds == float("inf"):
        return signal.sigwait(_AWAITED)
    found = signal.sigtimedwait(_AWAITED, seconds)
    return found.si_signo if found else None


def _ended() -> list[tuple[int, int]]:
    """The children that have ended, each with its wait status."""
    found = []
    with suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found.append(ended)
    return found


def _children() -> list[int]:
    """Our children; those that have ended were taken away before."""
    return [*map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split())]


def _status(how: int) -> int:
    code = os.waitstatus_to_exitcode(how)
    return code if code >= 0 else _BY_SIGNAL - code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
