"""How a command that waits is ended: Ctrl-C, SIGTERM or SIGHUP, also in a script's background."""

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: What ends a command besides Ctrl-C: kill(1), and a terminal or connection that goes away.
ENDING = (signal.SIGTERM, signal.SIGHUP)
_AGAIN_SECONDS = 0.05


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM and SIGHUP be to the block what Ctrl-C is: an interrupt that is cleaned up after.

    So is Ctrl-C where it was ignored, as it is in the background of a shell script; SIGHUP that is
    ignored stays so, for nohup(1). Signals are the main thread's; in another one, as a worker of a
    Dask cluster has, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    with _heard(), _as_interrupts():
        yield


@contextmanager
def _as_interrupts() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *ENDING)}
    for number in ENDING:
        if number != signal.SIGHUP or before[number] is not signal.SIG_IGN:
            signal.signal(number, lambda *_: signal.raise_signal(signal.SIGINT))
    if before[signal.SIGINT] is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _heard() -> Iterator[None]:
    """Interrupt the block again where Python has ignored an interrupt.

    It does so with what is raised in a destructor, and in what it runs around fork(2), as each
    start of a process has it: the signal would be lost.
    """
    before, waiting = sys.unraisablehook, list[threading.Timer]()
    main = threading.main_thread().ident

    def hear(ignored: "sys.UnraisableHookArgs") -> None:
        if main is None or not isinstance(ignored.exc_value, KeyboardInterrupt):
            before(ignored)
            return
        waiting.append(threading.Timer(_AGAIN_SECONDS, signal.pthread_kill, (main, signal.SIGINT)))
        waiting[-1].start()

    sys.unraisablehook = hear
    try:
        yield
    finally:
        sys.unraisablehook = before
        for each in waiting:
            each.cancel()
