"""Work that is due at lab times which the store keeps, so that a restart forgets none of it."""

import asyncio
from abc import ABC, abstractmethod
from contextlib import suppress
from datetime import datetime

from labkit.clock import LabClock

_AGAIN = 10  # lab seconds, when what is due could not be done
_MOMENT = 0.001  # wall seconds: what is due at a time is done after it


class StoredTimer(ABC):
    """Waits for the next time, and does what is due then."""

    def __init__(self, clock: LabClock) -> None:
        self._clock = clock
        self._woken = asyncio.Event()

    @abstractmethod
    def next_due(self) -> datetime | None:
        """When something is due next; None: nothing is."""

    @abstractmethod
    async def act(self, now: datetime) -> None:
        """Do what was due before `now`; what cannot be done stays due."""

    def wake(self) -> None:
        """Look again: there may be an earlier time."""
        self._woken.set()

    async def run(self) -> None:
        """Work until it is cancelled, first on what came due before the start."""
        while True:
            self._woken.clear()
            now = self._clock.now()
            await self.act(now)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience(now)):
                    await self._woken.wait()

    def _patience(self, acted: datetime) -> float | None:
        """The wall seconds until something is due; None: nothing is.

        Only what was due when it `acted` could not be done. What became due since, because a timer
        is a moment early or the work took long, is done at once.
        """
        due = self.next_due()
        if due is None:
            return None
        if due < acted:
            return self._clock.wall_seconds(_AGAIN)
        left = (due - self._clock.now()).total_seconds()
        return max(self._clock.wall_seconds(left), _MOMENT)
