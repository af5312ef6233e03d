"""One function over many items: here, in several processes, or by the workers of a Dask cluster.

All three are executors of `concurrent.futures`, so what is spread does not know where it runs.
"""

import multiprocessing
import re
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from labkit.errors import ConfigurationError

Item = TypeVar("Item")
Result = TypeVar("Result")

_CONNECT = 5  # seconds until a scheduler has answered
_ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?(\[[^]\s]+\]|[^\s:/]+):[0-9]{1,5}")


def spread(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int = 1, dask: str = ""
) -> Iterator[Result]:
    """What `function` makes of each item, in the order of the items, each as soon as it is there.

    `jobs` processes share the work, or the workers of the Dask cluster whose scheduler is at the
    address `dask`. Then function, items and results must be picklable, and the workers need this
    package. What the function raises is raised here, and the work that has not begun is given up.
    Raises ConfigurationError when the cluster cannot be used.
    """
    if dask:
        with _cluster(dask) as executor:
            yield from executor.map(function, items)
    elif jobs > 1:
        with _processes(min(jobs, len(items) or 1)) as executor:
            yield from executor.map(function, items)
    else:
        yield from map(function, items)


def _processes(jobs: int) -> Executor:
    # Not forked: a fork has the locks of threads that it has not. Ctrl-C is for us, who wait.
    return ProcessPoolExecutor(
        jobs,
        multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    if not _ADDRESS.fullmatch(address):
        raise ConfigurationError(f"{address!r} is no scheduler's address: write tcp://HOST:PORT")
    try:
        from distributed import Client  # noqa: PLC0415 - an extra, and slow to load
    except ImportError as error:
        raise ConfigurationError(
            "a Dask cluster needs the extra dask: pip install 'x400-firewall-lab[dask]'"
        ) from error
    try:
        client = Client(address, timeout=_CONNECT, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"no Dask scheduler at {address}: {error}") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise ConfigurationError(f"the Dask scheduler at {address} has no workers")
        with client.get_executor(pure=False) as executor:
            yield executor
