"""Keeps what mail does not depend on running: doors, and chores like expiry and housekeeping.

What fails is reported once, and started again after a while, longer each time it fails at once.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

from mta_emu.mta.log.journal import Journal

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # wall seconds

Work = Callable[[], Coroutine[Any, Any, None]]
Open = Callable[[], AbstractAsyncContextManager[None]]


class Supervisor:
    """Runs parts of an MTA until it is closed."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tasks: list[asyncio.Task[None]] = []

    def run(self, part: str, work: Work) -> None:
        """Run `work`, again and again when it fails."""
        self._tasks.append(asyncio.create_task(self._run(part, work), name=part))

    async def keep_open(self, part: str, door: Open) -> None:
        """Open a door, and again when it fails; comes back when it was tried once."""
        tried = asyncio.Event()

        async def work() -> None:
            try:
                async with AsyncExitStack() as stack:
                    await stack.enter_async_context(door())
                    self._journal.works(part)
                    tried.set()
                    await asyncio.Event().wait()  # until it is cancelled, or the door fails
            finally:
                tried.set()

        self.run(part, work)
        await tried.wait()

    async def close(self) -> None:
        """End everything, the last first, and wait for it."""
        for task in reversed(self._tasks):
            task.cancel()
            await asyncio.wait([task])

    async def _run(self, part: str, work: Work) -> None:
        loop, pause = asyncio.get_running_loop(), _FIRST_PAUSE
        while True:
            began = loop.time()
            well = loop.call_later(_LONGEST_PAUSE, self._journal.works, part)
            try:
                await work()
                return
            except Exception as error:
                self._journal.failed(part, error)
            finally:
                well.cancel()
            lasted = loop.time() - began
            pause = _FIRST_PAUSE if lasted > _LONGEST_PAUSE else min(2 * pause, _LONGEST_PAUSE)
            await asyncio.sleep(pause)
