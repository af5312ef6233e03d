"""What repeats is counted, so that a flood of refusals does not fill a disk."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


class Repeats(Generic[KeyT]):
    """Says of each happening whether it is the first of its key within `seconds`.

    When they are over, `tell` gets the key, and how many came after the first, if any did.
    """

    def __init__(self, seconds: float, tell: Callable[[KeyT, int], None]) -> None:
        self._seconds = seconds
        self._tell = tell
        self._counts: dict[KeyT, int] = {}
        self._timers: dict[KeyT, asyncio.TimerHandle] = {}

    def is_first(self, key: KeyT) -> bool:
        """Whether to say it; else it is counted."""
        if key in self._counts:
            self._counts[key] += 1
            return False
        self._counts[key] = 0
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(self._seconds, self._over, key)
        return True

    def close(self) -> None:
        """Tell what has been counted, and count no more."""
        for key in tuple(self._timers):
            self._over(key)

    def _over(self, key: KeyT) -> None:
        self._timers.pop(key).cancel()
        if count := self._counts.pop(key):
            self._tell(key, count)
