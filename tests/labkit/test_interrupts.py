"""Commands that wait, ended by each of the three signals."""

import _thread
import contextlib
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from labkit import interrupts
from labkit.interrupts import ENDING, interruptible, terminable, undisturbed
from tests.moments import at_moment
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


#: How SIGTERM reaches this thread: by itself, or because another thread of the process has got it.
COMES = [
    pytest.param(partial(signal.raise_signal, signal.SIGTERM), id="here"),
    pytest.param(partial(_thread.interrupt_main, signal.SIGTERM), id="by another thread"),
]
SIGNALS = (signal.SIGINT, *ENDING)
Signal = Callable[[], None]


def what_signals_do() -> list[object]:
    return [*map(signal.getsignal, SIGNALS), signal.pthread_sigmask(signal.SIG_BLOCK, ())]


def make_and_remove(made: list[str], wait: Callable[[], object]) -> None:
    """What `made` holds in the end is left behind; one of two is half of it."""
    with undisturbed():
        try:
            made.append("one")
            made.append("two")
            with interruptible():
                assert made == ["one", "two"]
                wait()
        finally:
            assert made in ([], ["one", "two"])
            made.clear()


@pytest.mark.parametrize("comes", COMES)
@pytest.mark.parametrize("also", [False, True], ids=["one", "two"])
def test_an_interrupt_at_any_moment_leaves_nothing_half_made_or_behind(
    comes: Signal, also: bool
) -> None:
    """Also when another one has come, or comes, while it is waited."""
    with terminable():
        before, files = what_signals_do(), {__file__, interrupts.__file__, contextlib.__file__}
        for moment in count(1):
            made: list[str] = []
            interrupted = False
            try:
                with at_moment(moment, comes, files) as moments:
                    make_and_remove(made, comes if also else lambda: None)
            except KeyboardInterrupt:
                interrupted = True
            assert made == []
            assert interrupted is (also or moments.happened)
            assert what_signals_do() == before
            if not moments.happened:
                break
        assert moment > 60


def test_blocks_in_blocks_wait_for_the_outermost_and_open_up_together() -> None:
    reached = []

    def blocks() -> None:
        with terminable(), undisturbed():
            with undisturbed():
                signal.raise_signal(signal.SIGTERM)
                reached.append("inner")
            reached.append("outer")
            with undisturbed(), interruptible():
                reached.append("what waits comes before")

    with pytest.raises(KeyboardInterrupt):
        blocks()
    assert reached == ["inner", "outer"]


def test_what_is_interruptible_within_itself_stays_so() -> None:
    with terminable(), undisturbed(), interruptible():
        with interruptible():
            pass
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGHUP)


def test_what_a_block_runs_does_not_hear_ctrl_c() -> None:
    """Nor SIGTERM and SIGHUP; and what runs after it does."""
    show = ("grep", "SigBlk", "/proc/self/status")
    masks = []
    for around in (undisturbed(), contextlib.nullcontext()):
        with around:
            masks.append(int(subprocess.check_output(show, text=True).split()[1], 16))
    during, after = masks
    assert all(during & 1 << number - 1 for number in SIGNALS)
    assert not any(after & 1 << number - 1 for number in SIGNALS)
