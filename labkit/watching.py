"""A file that is read again whenever it is written: no signal is needed, nor the same machine."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path


@asynccontextmanager
async def watched(file: Path, written: Callable[[], None]) -> AsyncIterator[None]:
    """Call `written` whenever a file has been written or replaced, while the block runs.

    Raises OSError when its directory cannot be watched.
    """
    from asyncinotify import Inotify, Mask  # noqa: PLC0415 - only where it is wanted

    with Inotify() as changes:
        changes.add_watch(file.parent, Mask.CLOSE_WRITE | Mask.MOVED_TO)

        async def follow() -> None:
            async for change in changes:
                if change.name == Path(file.name):
                    written()

        following = asyncio.create_task(follow())
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following
