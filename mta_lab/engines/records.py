"""The records of a firewall that others wrote: what its own trace or log says, in our words."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from labkit.records import Explained, Record, RecordKinds


class SynOutcome(StrEnum):
    """What became of a SYN at a firewall."""

    FORWARDED = "forwarded"
    TAKEN = "taken"  # by a socket of the firewall, or by a closed port of it
    STOPPED = "stopped"
    PROXIED = "proxied"
    CLOSED = "closed"  # accepted, and closed because the client may not call
    UNREACHABLE = "unreachable"  # accepted, and closed because the server cannot be reached
    LOST = "lost"  # no rule stopped it, and it did not leave: no route, or its source was refused


@dataclass(frozen=True)
class Ready(Record):
    """The firewall has its configuration, and is at work; said first."""

    kind: ClassVar[str] = "ready"
    engine: str

    def __str__(self) -> str:
        return f"ready {self.engine}"


@dataclass(frozen=True)
class Decided(Explained):
    """A firewall decided about a SYN, as the kernel's trace or the program's log says.

    Addresses are "address:port". The onward ones are as the SYN left, or as the program connected
    onward; null where nothing did, or where the log does not say. `rules` has every rule that had a
    say, in order, each with its file and line; the reason is that of the last one, which decided.
    """

    kind: ClassVar[str] = "decided"
    engine: str
    outcome: SynOutcome
    source: str
    destination: str
    onward_source: str | None
    onward_destination: str | None
    rules: tuple[str, ...]

    def __str__(self) -> str:
        onward = f"{self.onward_source or '-'} to {self.onward_destination or '-'}"
        ends = f"{self.source} to {self.destination}, onward {onward}"
        return f"{self.engine} {self.outcome} {ends}{self.why}"


#: Every kind, and their reader.
RECORDS = RecordKinds(Ready, Decided)
