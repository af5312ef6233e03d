"""Long contents that nobody keeps any more, dropped in pieces: a gigabyte takes a second."""

import asyncio
from contextlib import suppress

from mta_emu.mta.store.database import UnavailableError
from mta_emu.mta.store.store import Store

_INTERVAL = 1.0  # wall seconds


async def clear_leftovers(store: Store, interval: float = _INTERVAL) -> None:
    """Look every `interval` wall seconds, until cancelled; others may work between two pieces."""
    while True:
        await asyncio.sleep(interval)
        more = True
        with suppress(UnavailableError):  # then at another time
            while more:
                more = store.contents.clear_some()
                await asyncio.sleep(0)
