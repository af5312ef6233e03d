"""What the connectors of an MTA share with each other, and what they need of its dispatcher."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from labkit.clock import LabClock
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.association.recovery import Recovery
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector.controlblocks import ControlBlocks
from mta_emu.mta.connector.workqueue import WorkQueue
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.report import NotDelivered
from mta_emu.tap import Tap


class Dispatcher(Protocol):
    """What decides about mail that has come, and about mail that cannot go."""

    async def take(self, arrived: Arrived) -> None:
        """Take the responsibility for a message, probe or report that came whole."""

    def give_up(
        self, entry: QueueEntry, connector: str, why: NotDelivered, done: Callable[[], None]
    ) -> None:
        """Report a queue entry of a connector undelivered, and drop it; then call `done`."""


class Rerouter(Protocol):
    """What decides about the queue of a connector that could not be opened."""

    async def reroute(self, connector: str) -> None:
        """Send what waits for a connector another way, where there is a better one."""

    async def give_up(self, connector: str, most: int) -> None:
        """Report undelivered what a connector was tried for `most` times."""


@dataclass
class Shared:
    """What the connectors of an MTA share."""

    config: MtaConfig  # that holds: another one after a reload
    clock: LabClock
    store: Store
    journal: Journal
    log: Callable[..., None]  # an event: its number, why, and the values of its text
    tap: Tap | None
    blocks: ControlBlocks
    work_queue: WorkQueue
    dispatcher: Dispatcher
    rerouter: Rerouter
    recovery: Recovery = field(default_factory=Recovery)
    reloading: asyncio.Lock = field(default_factory=asyncio.Lock)  # connectors give way to others
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))  # of associations
