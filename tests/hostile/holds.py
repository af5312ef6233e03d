"""How long an event loop is held at a time."""

import asyncio
import gc
import time
from collections.abc import Awaitable, Callable

from labkit.garbage import collected_in_time
from tests.scaling import cost

_EVERY = 0.001  # wall seconds
_ATTEMPTS = 3
_HERE, _SIZE = 0.0026, 30_000  # seconds that `_work` takes on the machine that the limits are for


async def longest_hold_of(measure: Callable[[], Awaitable[float]], limit: float) -> float:
    """The least of up to three measurements of a hold, as soon as one is below `limit`.

    Others who use the caches of the processor make a work dearer, now and then. On a machine that
    is slower than the one the limit is for, a hold counts by so much less.
    """
    slower = max(1.0, cost(_work, _SIZE) / _HERE)
    least = float("inf")
    for _ in range(_ATTEMPTS):
        least = min(least, await measure() / slower)
        if least < limit:
            break
    return least


def _work(size: int) -> object:
    return sorted(map(str, range(size)))


class LoopWatch:
    """Measures the longest hold of the running loop while the block runs.

    `cpu` are the seconds that the loop's own thread worked without a break, which is what the MTA
    is to blame for; `wall` has besides what other threads and processes took meanwhile. Garbage is
    collected as in a process that `labkit.loop.run` has just begun.
    """

    def __init__(self) -> None:
        self.cpu = self.wall = 0.0

    async def __aenter__(self) -> "LoopWatch":
        gc.collect()
        gc.freeze()  # what other tests have left is not in that process
        self._collecting = collected_in_time()
        self._collecting.__enter__()
        self._loop = asyncio.get_running_loop()
        self._then = time.thread_time(), time.perf_counter()
        self._timer = self._loop.call_later(_EVERY, self._look)
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.sleep(2 * _EVERY)  # also what has held it last is seen
        self._timer.cancel()
        self._collecting.__exit__(None, None, None)
        gc.unfreeze()

    def _look(self) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        then_cpu, then_wall = self._then
        self.cpu = max(self.cpu, cpu - then_cpu)
        self.wall = max(self.wall, wall - then_wall)
        self._then = cpu, wall
        self._timer = self._loop.call_later(_EVERY, self._look)
