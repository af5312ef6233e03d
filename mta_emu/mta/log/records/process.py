"""Records of the MTA as a process: its sockets, configuration, doors, disk and event log."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from labkit.records import Record


@dataclass(frozen=True)
class Listening(Record):
    """The MTA takes calls at `address`, as 192.0.2.1:102 or [2001:db8::1]:102; said once, first."""

    kind: ClassVar[str] = "listening"
    address: str

    def __str__(self) -> str:
        return f"listening on {self.address}"


@dataclass(frozen=True)
class Accepting(Record):
    """The machine cannot open another connection and callers have to wait, or it can again.

    `where` is what they call: "transport stack", "control socket", "http door" or "smtp door".
    """

    kind: ClassVar[str] = "accepting"
    state: Literal["stopped", "resumed"]
    reason: str = ""
    where: str = "transport stack"

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"accepting connections of the {self.where} {self.state}{why}"


@dataclass(frozen=True)
class Reloaded(Record):
    """Another configuration holds; the connectors that it added, changed and removed."""

    kind: ClassVar[str] = "reloaded"
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __str__(self) -> str:
        return (
            f"configuration reloaded: added {_names(self.added)}, "
            f"changed {_names(self.changed)}, removed {_names(self.removed)}"
        )


@dataclass(frozen=True)
class ReloadRefused(Record):
    """A configuration that was read again is not used, and why."""

    kind: ClassVar[str] = "reload-refused"
    reason: str

    def __str__(self) -> str:
        return f"configuration not reloaded, the old one holds: {self.reason}"


@dataclass(frozen=True)
class DoorOpen(Record):
    """A door (HTTP, SMTP) is open at `address`, "address:port" as in [2001:db8::1]:8102."""

    kind: ClassVar[str] = "door"
    door: str
    address: str

    def __str__(self) -> str:
        return f"{self.door} door open on {self.address}"


@dataclass(frozen=True)
class Problem(Record):
    """A part that mail does not depend on has failed, or works again: a door, a log, a chore.

    Said once; what it did not do is done again or left out, and mail goes on. Of a connector or an
    association: it stood still or raised what nobody expected, and goes on.
    """

    kind: ClassVar[str] = "problem"
    part: str
    state: Literal["failed", "works again"]
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"{self.part} {'works again' if self.state != 'failed' else 'has failed'}{why}"


@dataclass(frozen=True)
class Disk(Record):
    """The database takes nothing, or takes mail again.

    The disk of `directory` is full and has space again, or another program has locked the database
    and has released it.
    """

    kind: ClassVar[str] = "disk"
    directory: str
    state: Literal["full", "has space", "locked", "released"]

    def __str__(self) -> str:
        if self.state in ("locked", "released"):
            return f"database in {self.directory}: {self.state} by another program"
        return f"disk of {self.directory}: {self.state}"


@dataclass(frozen=True)
class EventLogged(Record):
    """An event was written to the event log (events.toml has their texts).

    `connector` and `association` are those that it is about; `reason` is why it came about. With
    `repeats` it stands for that many events of its kind; each of the first ten has a record.
    """

    kind: ClassVar[str] = "event"
    id: int
    type: str
    source: str
    category: str
    text: str
    connector: str | None = None
    association: int | None = None
    reason: str = ""
    repeats: int = 0

    def __str__(self) -> str:
        again = f" (repeated {self.repeats} times)" if self.repeats else ""
        return f"{self.type} {self.id} [{self.category}] {self.text}{again}"


def _names(connectors: tuple[str, ...]) -> str:
    return ", ".join(connectors) or "none"
