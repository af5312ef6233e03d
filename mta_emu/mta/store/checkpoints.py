"""Checkpoints: what the write-ahead log has is copied into the database file, on a thread.

SQLite would make one at the end of the transaction that fills the log, with its waits for the disk
and the event loop waiting too.
"""

import asyncio

from mta_emu.mta.store.store import Store

_INTERVAL = 1.0  # wall seconds


async def make_checkpoints(store: Store, interval: float = _INTERVAL) -> None:
    """Make one every `interval` wall seconds in which something was committed, until cancelled."""
    while True:
        await asyncio.sleep(interval)
        await store.checkpoint()
