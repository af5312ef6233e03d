"""Counts what repeats, so that a flood of refusals does not fill a disk."""

import asyncio
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)


class Repeats(Generic[KeyT]):
    """Finds whether an occurrence is the first with its key within `seconds`.

    When the time is over, `report` gets the key and how many came after the first, if any did.
    """

    def __init__(self, seconds: float, report: Callable[[KeyT, int], None]) -> None:
        self._seconds = seconds
        self._report = report
        self._counts: dict[KeyT, int] = {}
        self._timers: dict[KeyT, asyncio.TimerHandle] = {}

    def is_first(self, key: KeyT) -> bool:
        """Whether it is the first, which is to be recorded; the others are counted."""
        if key in self._counts:
            self._counts[key] += 1
            return False
        self._counts[key] = 0
        loop = asyncio.get_running_loop()
        self._timers[key] = loop.call_later(self._seconds, self._over, key)
        return True

    def close(self) -> None:
        """Report what has been counted, and stop counting."""
        for key in tuple(self._timers):
            self._over(key)

    def _over(self, key: KeyT) -> None:
        self._timers.pop(key).cancel()
        if count := self._counts.pop(key):
            self._report(key, count)
