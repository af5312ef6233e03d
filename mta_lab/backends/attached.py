"""`python attached.py CONTAINER`: start a container and be it: its output, its signals, its status.

`docker start --attach` alone would do, but newer ones leave at SIGTERM before the container has had
its last word. Run by its path, so that nothing but what it needs is loaded.
"""

import signal
import subprocess
import sys
from types import FrameType


def main(container: str) -> int:
    """The container's status."""

    def pass_on(number: int, _: FrameType | None) -> None:
        name = signal.Signals(number).name
        subprocess.run(
            ["docker", "kill", "--signal", name, container],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # it has ended
            check=False,
        )

    with subprocess.Popen(["docker", "start", "--attach", container]) as client:
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, pass_on)
        return client.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
