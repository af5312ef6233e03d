"""The event loop: uvloop where it is installed, asyncio's own elsewhere."""

import asyncio
import gc
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache, partial
from typing import Any, ParamSpec, TypeVar

from labkit.freeing import take_apart
from labkit.garbage import collected_in_time

new_event_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
with suppress(ImportError):  # a platform without uvloop
    from uvloop import new_event_loop

ResultT = TypeVar("ResultT")
Arguments = ParamSpec("Arguments")

#: One thread, so that the loop is never one of many that want the interpreter.
_LONG_WORK = ThreadPoolExecutor(1, "long work")


def run(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run `main` to its end on the fastest event loop at hand.

    What was imported by now stays as long as the process: the garbage collector looks at it no
    more, which halves the time that the process takes to end. What else it does: garbage.py.
    """
    _set_aside()
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(_collected_in_time(main))


@cache
def _set_aside() -> None:
    """Set aside what is alive, once: a later time would keep what an earlier `main` has left."""
    gc.freeze()


async def _collected_in_time(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    with collected_in_time():
        return await main


async def on_thread(
    work: Callable[Arguments, ResultT], *arguments: Arguments.args, **named: Arguments.kwargs
) -> ResultT:
    """Do a work that takes long, and touches nothing that the loop works on, on a thread.

    There is one for all: such works are done one after the other. Raises what `work` raises.
    """
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_LONG_WORK, partial(work, *arguments, **named))


async def to_its_end(work: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Await a work to its end, also when this task is cancelled meanwhile; then it is cancelled.

    For what is half done on a thread, which nobody could take back. Raises what `work` raises.
    """
    task, cancelled = asyncio.create_task(work), None
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled and not task.exception():
        raise cancelled
    return task.result()


def free_on_thread(parts: list[Any]) -> None:
    """Free what only this list holds on that thread, part by part, when its turn has come."""
    _LONG_WORK.submit(take_apart, parts)


class Breaks:
    """Lets others have the event loop, from time to time, during a long work that is not theirs."""

    def __init__(self, most: float = 0.01) -> None:
        """Hold the loop for about `most` seconds at a time."""
        self._most = most
        self._since = time.perf_counter()

    async def take(self) -> None:
        """Take a break, if it is time for one."""
        if time.perf_counter() - self._since >= self._most:
            await asyncio.sleep(0)
            self._since = time.perf_counter()
