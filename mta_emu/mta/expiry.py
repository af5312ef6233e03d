"""Messages that must not be delivered any more: their latest delivery time passed in a queue.

The extension is X.411 8.2.1.1.1.8; a message that comes too late is refused by the dispatcher.
"""

import asyncio
from collections.abc import Mapping
from contextlib import suppress

from labkit.clock import LabClock
from mta_emu.mta import reports
from mta_emu.mta.connector import Connector
from mta_emu.mta.store import Store

_AGAIN = 10  # lab seconds, when what is due is being transferred


class Expiry:
    """Gives up what waits too long."""

    def __init__(self, clock: LabClock, store: Store, connectors: Mapping[str, Connector]) -> None:
        self._clock = clock
        self._store = store
        self._connectors = connectors
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Tell that something was queued that may expire."""
        self._woken.set()

    async def run(self) -> None:
        """Work until it is cancelled."""
        while True:
            self._woken.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience()):
                    await self._woken.wait()
            for connector, entry in self._store.expired(self._clock.now()):
                if not self._connectors[connector].holds(entry):
                    self._connectors[connector].give_up(entry, reports.TOO_OLD)

    def _patience(self) -> float | None:
        """The wall seconds until the next message expires; None: there is none."""
        due = self._store.next_expiry()
        if due is None:
            return None
        left = (due - self._clock.now()).total_seconds()
        return self._clock.wall_seconds(left if left > 0 else _AGAIN)
