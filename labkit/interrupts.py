"""How a command that waits is ended: Ctrl-C or SIGTERM, in the background of a script as well."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM be to the block what Ctrl-C is: an interrupt that is cleaned up after.

    So is Ctrl-C where it was ignored, as it is in the background of a shell script. Signals are the
    main thread's; in another one, as a worker of a Dask cluster has, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    term = signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    if ignored:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        if ignored:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, term)
