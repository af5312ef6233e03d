"""One function over many items: here, in several processes, or by the workers of a Dask cluster.

All three are executors of `concurrent.futures`, so what is spread does not know where it runs.
"""

import asyncio
import multiprocessing
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from labkit.errors import ConfigurationError

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Seconds that a scheduler has to answer, and then its first worker to come, however busy both are.
_CONNECT = 30.0
_ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?(\[[^]\s]+\]|[^\s:/]+):[0-9]{1,5}")


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def spread(
    function: Callable[[Item], Result], items: Sequence[Item], jobs: int = 1, dask: str = ""
) -> Iterator[Result]:
    """What `function` makes of each item, in the order of the items, each as soon as it is there.

    `jobs` processes share the work, or the workers of the Dask cluster whose scheduler is at the
    address `dask`. Then function, items and results must be picklable, and the workers need this
    package. What the function raises is raised here; the work that has not begun is given up, and
    what processes of ours do is interrupted, as Ctrl-C would; also when this process is killed.
    Raises ConfigurationError when the cluster cannot be used.
    """
    if dask:
        with _cluster(dask) as executor:
            yield from executor.map(function, items)
    elif min(jobs, len(items)) > 1:
        with _processes(min(jobs, len(items))) as executor:
            yield from executor.map(partial(_work, function), items)
    else:
        yield from map(function, items)


async def apart(function: Callable[[Item], Result], item: Item) -> Result:
    """What `function` makes of an item, in a process of its own, while the event loop goes on.

    Function, item and result must be picklable. What the function raises is raised here; when this
    is cancelled what the process does is interrupted, as Ctrl-C would.
    """
    loop = asyncio.get_running_loop()
    with _processes(1) as executor:
        return await loop.run_in_executor(executor, partial(_work, function, item))


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    """Processes that end with the block; what they do is interrupted when it raises."""
    # Forked, which costs nothing, but not beside threads: a fork has their locks and not them.
    alone = sys.platform == "linux" and threading.active_count() == 1
    way = multiprocessing.get_context("fork" if alone else "spawn")
    others = multiprocessing.active_children()
    with ProcessPoolExecutor(jobs, way, _begin) as executor:
        try:
            yield executor
        except BaseException:
            executor.shutdown(wait=False, cancel_futures=True)
            for process in multiprocessing.active_children():
                if process not in others:
                    process.terminate()
            raise


# In a process that works for another one


_AT_WORK = threading.Lock()


def _begin() -> None:
    """Wait for work as long as the process lives that will give some.

    What is typed reaches that one alone, in whose group we are no more: it ends us, and a second
    interrupt would come while we clean up after the first.
    """
    os.setpgrp()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _work(function: Callable[[Item], Result], item: Item) -> Result:
    """Do a work, which SIGTERM interrupts."""
    with _AT_WORK:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            return function(item)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
        with _AT_WORK:  # what was interrupted has cleaned up
            os._exit(1)


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
        try:
            client.wait_for_workers(1, timeout=_CONNECT)
        except TimeoutError as error:
            raise ConfigurationError(f"the Dask scheduler at {address} has no workers") from error
        with client.get_executor(pure=False) as executor:
            yield executor
