"""`python attached.py CONTAINER`: start a container and be it: its output, its signals, its status.

`docker start --attach` alone would do, but newer ones leave at SIGTERM before the container has had
its last word. Run by its path, so that nothing but what it needs is loaded.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from types import FrameType

PASSED_ON = (signal.SIGTERM, signal.SIGHUP)


def main(container: str) -> int:
    """The container's status."""
    return be(container, ("docker",))


def be(
    container: str, docker: Sequence[str], before: Callable[[int], None] = lambda _signal: None
) -> int:
    """Be a container of the engine that the command `docker` reaches; its status.

    `before` is called with each signal that is about to be passed on.
    """
    # a signal that comes before there is somebody to pass it on to waits
    signal.pthread_sigmask(signal.SIG_BLOCK, PASSED_ON)
    command = (*docker, "start", "--attach", container)
    client = os.posix_spawnp(command[0], command, os.environ, setsigmask=())

    def pass_on(number: int, _: FrameType | None) -> None:
        before(number)
        kill = (*docker, "kill", "--signal", signal.Signals(number).name, container)
        while _fails(kill) and not _has_ended(client):
            pass  # the engine has not started it yet

    for number in PASSED_ON:
        signal.signal(number, pass_on)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, PASSED_ON)
    _, status = os.waitpid(client, 0)
    return os.waitstatus_to_exitcode(status)


def _fails(command: tuple[str, ...]) -> bool:
    quiet = subprocess.DEVNULL
    return bool(subprocess.run(command, stdout=quiet, stderr=quiet, check=False).returncode)


def _has_ended(process: int) -> bool:
    """Whether a child has ended; its status is left for waitpid."""
    flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, process, flags) is not None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
