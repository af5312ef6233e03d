"""Mail that waits in the queues of a lab that is up: would its connector's call succeed now?"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from labkit.reason import Reason
from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.rehearsal.call import call
from mta_lab.rehearsal.world import World
from mta_lab.topology.disposition import Disposition
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology


@dataclass(frozen=True)
class Waiting:
    """A connector of a host with mail in its queue.

    `next_try` is when it calls by itself (null: nothing is to be waited for), and `disposition` and
    `reason` what comes of a call as things are now.
    """

    host: str
    connector: str
    queued: int
    next_try: datetime | None
    disposition: Disposition
    reason: Reason

    @property
    def moves(self) -> bool:
        """Whether mail leaves by the next call."""
        return self.disposition is Disposition.DELIVERED

    def __str__(self) -> str:
        wait = "1 message waits" if self.queued == 1 else f"{self.queued} messages wait"
        when = f", next try at {self.next_try:%H:%M:%S}" if self.next_try else ""
        return f"{self.host}: {wait} for connector {self.connector}{when}"

    def what_comes(self) -> str:
        """What the next call comes to, and how it is made now."""
        if not self.moves:
            return f"a call is {self.disposition} as things are: {self.reason}"
        by_itself = f"by itself at {self.next_try:%H:%M:%S}" if self.next_try else "by itself"
        return f"it moves {by_itself}, and now by: mta-emu call {self.connector}"


def waiting(
    topology: Topology, faults: Faults, queues: Iterable[tuple[str, ConnectorStatus]]
) -> tuple[Waiting, ...]:
    """The mail that waits at hosts, by the status of their connectors."""
    world = World(topology, faults=faults)
    return tuple(_waiting(world.again(), host, status) for host, status in queues if status.queued)


def _waiting(world: World, host: str, status: ConnectorStatus) -> Waiting:
    connectors = world.mtas[host].connectors
    attempt = call(world, host, next(each for each in connectors if each.name == status.name))
    at = datetime.fromisoformat(status.next_try) if status.next_try else None
    return Waiting(host, status.name, status.queued, at, attempt.disposition, attempt.reason)
