"""Network namespaces by the file that names them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def entered(namespace: Path | None) -> Iterator[None]:
    """Let this thread be in a network namespace while the block runs; None is where it is.

    Sockets that are made and programs that are started there stay there. Raises OSError when there
    is no such namespace or we may not enter it.
    """
    if namespace is None:
        yield
        return
    from pyroute2 import netns  # noqa: PLC0415 - slow to load, and loopback does not need it

    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        netns.setns(str(namespace), flags=0)
        yield
    finally:
        netns.setns(before)
        os.close(before)
