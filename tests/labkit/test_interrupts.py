"""Commands that wait, ended by each of the three signals."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labkit.interrupts import ENDING, terminable
from tests.patience import PATIENCE

#: Waits, says what ended it, and what the signals are afterwards.
WAITS = """
import signal
from labkit.interrupts import ENDING, terminable
before = [signal.getsignal(number) for number in (signal.SIGINT, *ENDING)]
try:
    with terminable():
        print(flush=True)
        signal.pause()
except KeyboardInterrupt:
    print("interrupted")
print(before == [signal.getsignal(number) for number in (signal.SIGINT, *ENDING)])
"""


#: Without what these tests were started with: nohup lets SIGHUP be ignored.
HEARING = ("env", "--default-signal=HUP")


@pytest.mark.parametrize("number", [signal.SIGINT, *ENDING])
@pytest.mark.parametrize("start", ["exec", "trap '' INT; exec"], ids=["foreground", "background"])
def test_either_signal_interrupts(start: str, number: signal.Signals) -> None:
    """In the background of a script a command begins with SIGINT ignored."""
    command = [*HEARING, "sh", "-c", f'{start} "$@"', "sh", sys.executable, "-c", WAITS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        waiting.send_signal(number)
        assert waiting.stdout.read().split() == ["interrupted", "True"]


def test_what_nohup_ignores_stays_ignored() -> None:
    start = "trap '' HUP; exec"
    command = [*HEARING, "sh", "-c", f'{start} "$@"', "sh", sys.executable, "-c", WAITS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        state = Path(f"/proc/{waiting.pid}/status").read_text("ascii")
        (ignored,) = (line.split()[1] for line in state.splitlines() if line.startswith("SigIgn"))
        assert int(ignored, 16) & 1 << signal.SIGHUP - 1
        waiting.send_signal(signal.SIGTERM)
        assert waiting.stdout.read().split() == ["interrupted", "True"]


IGNORED = """
import signal
from labkit.interrupts import terminable
class Ends:
    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
try:
    with terminable():
        Ends()
        signal.pause()
except KeyboardInterrupt:
    print("interrupted")
"""


def test_an_interrupt_that_python_ignores_comes_again() -> None:
    """What a destructor raises is ignored, and so is what is raised around a fork."""
    command = [sys.executable, "-c", IGNORED]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    assert (done.stdout, done.stderr) == ("interrupted\n", "")


def test_in_another_thread_nothing_changes() -> None:
    def handlers() -> list[Callable[..., object] | int | None]:
        with terminable():
            return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(handlers).result() == before
