"""Deferred delivery: a message waits in the first MTA until its time (X.411 8.2.1.1.1.12)."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from labkit.clock import LabClock
from labkit.loop import Breaks
from mta_emu.mta.dispatch.storedtimer import StoredTimer
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.store import Store


class Deferral(StoredTimer):
    """Lets messages go on when their deferred delivery time has come."""

    def __init__(
        self, clock: LabClock, store: Store, release: Callable[[Deferred], Awaitable[None]]
    ) -> None:
        """Hand what is due to `release`, which waits for space when the disk is full."""
        super().__init__(clock)
        self._store = store
        self._release = release

    def next_due(self) -> datetime | None:
        """When the first deferred message is to go on."""
        return self._store.deferred.next_due()

    async def act(self, now: datetime) -> None:
        """Release what is due."""
        breaks = Breaks()
        while not self._store.disk.full and (due := self._store.deferred.due(now)):
            await self._release(due)
            await breaks.take()
