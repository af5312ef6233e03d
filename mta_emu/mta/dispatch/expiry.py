"""Messages that must not be delivered any more: their latest delivery time passed in a queue.

The extension is X.411 8.2.1.1.1.8; a message that comes too late is refused by the dispatcher.
"""

from collections.abc import Mapping
from datetime import datetime

from labkit.clock import LabClock
from labkit.loop import Breaks
from mta_emu.mta.connector.connector import Connector
from mta_emu.mta.dispatch.storedtimer import StoredTimer
from mta_emu.mta.policy import reports
from mta_emu.mta.store.store import Store


class Expiry(StoredTimer):
    """Gives up what waits too long, and what is being transferred then a little later."""

    def __init__(self, clock: LabClock, store: Store, connectors: Mapping[str, Connector]) -> None:
        super().__init__(clock)
        self._store = store
        self._connectors = connectors

    def next_due(self) -> datetime | None:
        """When the first message in any queue expires."""
        return self._store.expiring.next_due()

    async def act(self, now: datetime) -> None:
        """Report what has expired undelivered; for a connector that is gone, at its return."""
        breaks = Breaks()
        for name, entry in self._store.expiring.due(now):
            connector = self._connectors.get(name)
            if connector and not connector.outbox.holds(entry):
                connector.outbox.give_up(entry, reports.TOO_OLD)
            await breaks.take()
