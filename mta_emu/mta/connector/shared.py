"""What the connectors of an MTA share with each other and with the rest of it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from labkit.clock import LabClock
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.association.recovery import Recovery
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector.controlblocks import ControlBlocks
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.report import NotDelivered
from mta_emu.tap import Tap


@dataclass
class Surroundings:
    """What the connectors of an MTA share."""

    config: MtaConfig  # that holds: another one after a reload
    clock: LabClock
    store: Store
    journal: Journal
    blocks: ControlBlocks
    tap: Tap | None
    log: Callable[..., None]  # an event: its number, and the values of its text
    changed: Callable[[str, int], None]  # how many messages the connector named has queued
    arrived: Callable[[Arrived], Awaitable[None]]  # a message, probe or report came whole
    give_up: "GiveUp"  # report a queued message undelivered, and drop it
    reroute: Callable[[str], Awaitable[None]]  # what waits for the connector named
    exhausted: Callable[[str, int], Awaitable[None]]  # give up what it was tried for so often
    number: Callable[[], int]  # of the next association
    recovery: Recovery
    reloading: asyncio.Lock  # held while connectors give way to others


#: What gives a queue entry of the connector named up, with the reason; then it calls the last.
GiveUp = Callable[[QueueEntry, str, NotDelivered, Callable[[], None]], None]
