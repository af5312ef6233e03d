"""Network namespaces by the file that names them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def entered(namespace: Path | None) -> Iterator[None]:
    """Be in a network namespace while the block runs; None is where we are.

    Sockets that are made and programs that are started there stay there. For the main thread
    only. Raises OSError when there is no such namespace or we may not enter it.
    """
    if namespace is None:
        yield
        return
    from pyroute2 import netns  # noqa: PLC0415 - slow to load, and loopback does not need it

    netns.pushns()
    try:
        netns.setns(str(namespace), flags=0)
        yield
    finally:
        netns.popns()
