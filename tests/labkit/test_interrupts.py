"""Commands that wait, ended by each of the two signals."""

import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from labkit.interrupts import terminable

#: Waits, says what ended it, and what the signals are afterwards.
WAITS = """
import signal
from labkit.interrupts import terminable
before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
try:
    with terminable():
        print(flush=True)
        signal.pause()
except KeyboardInterrupt:
    print("interrupted")
print(before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)])
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("start", ["exec", "trap '' INT; exec"], ids=["foreground", "background"])
def test_either_signal_interrupts(start: str, number: signal.Signals) -> None:
    """In the background of a script a command begins with SIGINT ignored."""
    command = ["sh", "-c", f'{start} "$@"', "sh", sys.executable, "-c", WAITS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
        assert waiting.stdout
        waiting.stdout.readline()
        waiting.send_signal(number)
        assert waiting.stdout.read().split() == ["interrupted", "True"]


def test_in_another_thread_nothing_changes() -> None:
    def handlers() -> list[Callable[..., object] | int | None]:
        with terminable():
            return [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]

    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    with ThreadPoolExecutor(1) as threads:
        assert threads.submit(handlers).result() == before
