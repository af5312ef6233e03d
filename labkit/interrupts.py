"""How a command that waits is ended: Ctrl-C, SIGTERM or SIGHUP, also in a script's background."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

#: What ends a command besides Ctrl-C: kill(1), and a terminal or connection that goes away.
ENDING = (signal.SIGTERM, signal.SIGHUP)


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
