"""How an MTA stands: what it answers to the request `status`.

`mta-emu queue`, the doors and the lab read this; JSON comes from the fields.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Literal

from pydantic import TypeAdapter


@dataclass(frozen=True)
class TransferStatus:
    """A transfer in hand: how many octets have gone or come.

    Of one that comes in neither the MTS identifier nor the length is known: both are null.
    """

    association: int
    direction: Literal["in", "out"]
    mts_identifier: str | None
    octets: int
    of: int | None


@dataclass(frozen=True)
class ConnectorStatus:
    """How a connector stands.

    `state` is "idle", "opening", "open" or "waiting" (for its retry timer). `next_try` is the lab
    time at which it calls next, null when it has nothing to call for; `reason` says why it calls
    then and not now.
    """

    name: str
    display_name: str
    queued: int
    state: str
    next_try: str | None = None
    reason: str = ""
    associations: int = 0
    transfers: tuple[TransferStatus, ...] = ()


@dataclass(frozen=True)
class DeferredStatus:
    """The messages that wait for their deferred delivery time: how many, and the next time."""

    count: int
    next: str | None


@dataclass(frozen=True)
class MtaStatus:
    """How an MTA stands.

    `settled`: nothing moves here until a timer runs out or somebody calls. `work` counts the
    records that the MTA has made: when it is the same twice, nothing happened in between.
    """

    settled: bool
    work: int
    connectors: tuple[ConnectorStatus, ...]
    deferred: DeferredStatus

    @property
    def queued(self) -> int:
        """How many messages are in the queues of all connectors."""
        return sum(connector.queued for connector in self.connectors)

    def as_object(self) -> dict[str, Any]:
        """The status as JSON has it."""
        return asdict(self)

    @staticmethod
    def of(values: Mapping[str, Any]) -> "MtaStatus":
        """The status of which JSON has these values. Raises ValueError when they are another's."""
        return _reader().validate_python(values)


@cache
def _reader() -> TypeAdapter[MtaStatus]:
    """What reads a status; it takes longer to make than to use."""
    return TypeAdapter(MtaStatus)
