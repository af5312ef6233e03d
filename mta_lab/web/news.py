"""That there is something new, for whoever waits for it: the page of a lab, or of an exercise."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class News:
    """A version that whatever happens makes another one, until it is over."""

    def __init__(self) -> None:
        """Have nothing new yet."""
        self.version = 0
        self.over = asyncio.Event()  # nothing new will come, or nobody is to look any more
        self.down = False
        self._happened = asyncio.Event()

    def changed(self) -> None:
        """Let whoever waits know that there is something new."""
        self.version += 1
        self._wake()

    def end(self, *, down: bool = False) -> None:
        """Nothing new will come; `down` when that is because what it is about is gone."""
        self.down |= down
        self.over.set()
        self._wake()

    async def news(self, seen: int) -> int:
        """The version, when it is another one than was `seen`, or when it is all over."""
        while self.version == seen and not self.over.is_set():
            await self._happened.wait()
        return self.version

    def _wake(self) -> None:
        self._happened.set()
        self._happened = asyncio.Event()


@asynccontextmanager
async def ended_together() -> AsyncIterator[list[asyncio.Task[None]]]:
    """Tasks that are cancelled when the block ends."""
    tasks: list[asyncio.Task[None]] = []
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
