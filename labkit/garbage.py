"""Full collections of garbage, at times when they hold nobody.

References are counted, so the collector looks for cycles only. It has three generations. The first
two hold what was made lately, 7 000 objects at most: under a millisecond. The third holds all that
is alive, and everybody waits while it is looked through, whichever thread it began on: 3 ms for
100 000 blocks of memory, 160 ms while a report about 16 000 recipients is decided on.

So the third is not collected by count here. What is alive at the start is set aside (`gc.freeze`).
Then a full collection is made when it is due and little was allocated since the start: an MTA keeps
its mail in the database, and what a big message needs is soon gone by its reference counts. Where
much stays, one is made all the same after a while, so that cycles never pile up.
"""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_EVERY = 1.0  # wall seconds from look to look
_DUE = 10  # collections of the second generation since the last full one, as CPython has it
_LITTLE = 100_000  # blocks of memory allocated since the start
_LATEST = 60  # looks that a collection which is due is put off
_NEVER = 1 << 30


@contextmanager
def collected_in_time(every: float = _EVERY) -> Iterator[None]:
    """Make full collections on the running loop while the block runs, and no others.

    There is a look every so many wall seconds.
    """
    collector = _Collector(asyncio.get_running_loop(), every)
    thresholds = gc.get_threshold()
    gc.set_threshold(*thresholds[:2], _NEVER)
    try:
        yield
    finally:
        collector.close()
        gc.set_threshold(*thresholds)


class _Collector:
    """Looks now and then whether it is time for a full collection."""

    def __init__(self, loop: asyncio.AbstractEventLoop, every: float) -> None:
        self._loop = loop
        self._every = every
        self._at_start = sys.getallocatedblocks()
        self._put_off = 0  # times
        self._timer = loop.call_later(every, self._look)

    def close(self) -> None:
        """Look no more."""
        self._timer.cancel()

    def _look(self) -> None:
        self._timer = self._loop.call_later(self._every, self._look)
        *_, young = gc.get_count()
        if young < _DUE:
            return
        little = sys.getallocatedblocks() - self._at_start < _LITTLE
        if little or self._put_off == _LATEST:
            self._put_off = 0
            gc.collect()
        else:
            self._put_off += 1
