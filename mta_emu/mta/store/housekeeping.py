"""What an MTA need not know any longer, so that its database does not grow for ever.

The event log is bounded where it is written (eventlog.py).
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from labkit.clock import LabClock
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.store.database import UnavailableError
from mta_emu.mta.store.store import Store

_INTERVAL = 3600.0  # lab seconds
_SHORTEST = 1.0  # wall seconds that it rests, however fast the lab clock runs


async def keep_house(clock: LabClock, store: Store, config: Callable[[], MtaConfig]) -> None:
    """Drop what `config` does not want to be kept any longer, every hour, until cancelled."""
    while True:
        more = True
        with suppress(UnavailableError):  # then there will be another hour
            while more:
                more = _sweep(clock, store, config())
                await asyncio.sleep(0)  # others may work in between
        await asyncio.sleep(max(clock.wall_seconds(_INTERVAL), _SHORTEST))


def _sweep(clock: LabClock, store: Store, config: MtaConfig) -> bool:
    """Drop some; whether there may be more."""
    now = clock.now()
    tracking = timedelta(days=config.server.retention.tracking_days)
    return store.prune(now - tracking, now - config.duplicates_kept())
