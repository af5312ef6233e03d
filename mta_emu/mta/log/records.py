"""The records of an MTA: each kind once, with its fields and its line for people.

`mta-emu serve` writes them to standard output, the control socket passes them on (`follow`), and
the doors hear them. labkit/records.py makes JSON of them, and reads it; docs/records.md lists them.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from labkit.records import Explained, Record, RecordKinds

# The process


@dataclass(frozen=True)
class Listening(Record):
    """The MTA takes calls at `address`, "a.b.c.d:port"; said once, first."""

    kind: ClassVar[str] = "listening"
    address: str

    def __str__(self) -> str:
        return f"listening on {self.address}"


@dataclass(frozen=True)
class Accepting(Record):
    """The machine cannot open another connection and callers have to wait, or it can again."""

    kind: ClassVar[str] = "accepting"
    state: Literal["stopped", "resumed"]
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"accepting connections {self.state}{why}"


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
    """A door (HTTP, SMTP) is open at `address`, "a.b.c.d:port"."""

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
    `repeats` it is the last of so many of its kind, the first ten of which were said one by one.
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


# Connectors and associations


@dataclass(frozen=True)
class ConnectorState(Record):
    """How a connector stands, whenever that changes."""

    kind: ClassVar[str] = "connector"
    connector: str
    queued: int
    state: str
    associations: int

    def __str__(self) -> str:
        return (
            f"connector {self.connector}: {self.state}, {self.queued} queued, "
            f"{self.associations} associations"
        )


AssociationState = Literal["open", "refused", "released", "aborted", "unreachable"]


@dataclass(frozen=True)
class Association(Explained):
    """An association opened, did not come about, or ended; numbers begin at 1 in each process.

    `local` and `peer` are the connection's ends, "a.b.c.d:port"; when none was made, `local` is
    null and `peer` as configured. The reason has its parts and where it is configured.
    """

    kind: ClassVar[str] = "association"
    association: int
    connector: str | None
    initiated: Literal["locally", "remotely"]
    local: str | None
    peer: str
    state: AssociationState

    def __str__(self) -> str:
        return (
            f"association {self.association} with {self.connector} initiated {self.initiated}, "
            f"peer {self.peer}: {self.state}{self.why}"
        )


@dataclass(frozen=True)
class Turn(Record):
    """The turn was asked for or given by this side, received from or requested by the peer."""

    kind: ClassVar[str] = "turn"
    association: int
    connector: str
    what: Literal["asked", "given", "received", "requested"]

    def __str__(self) -> str:
        return f"turn {self.what} on association {self.association} of {self.connector}"


@dataclass(frozen=True)
class Recovery(Record):
    """An association lost its connection, was recovered on another one, or was given up."""

    kind: ClassVar[str] = "recovery"
    association: int
    connector: str
    local: str
    peer: str
    state: Literal["lost", "recovered", "given up"]
    reason: str = ""

    def __str__(self) -> str:
        why = f": {self.reason}" if self.reason else ""
        return f"association {self.association} of {self.connector} {self.state}{why}"


@dataclass(frozen=True)
class Resumed(Record):
    """The peer goes on with a transfer, of which so many `octets` were secured before."""

    kind: ClassVar[str] = "resumed"
    association: int
    connector: str
    octets: int

    def __str__(self) -> str:
        return (
            f"transfer on association {self.association} of {self.connector} goes on "
            f"after {self.octets} octets"
        )


@dataclass(frozen=True)
class ProtocolError(Record):
    """A peer sent what a protocol does not allow; `layer` is whose."""

    kind: ClassVar[str] = "protocol-error"
    peer: str
    layer: str
    reason: str

    def __str__(self) -> str:
        return f"protocol error by {self.peer} in {self.layer}: {self.reason}"


# Messages, probes and reports


@dataclass(frozen=True)
class Submitted(Record):
    """A user here submitted a message or a probe."""

    kind: ClassVar[str] = "submitted"
    mts_identifier: str

    def __str__(self) -> str:
        return f"message {self.mts_identifier} submitted"


@dataclass(frozen=True)
class Transfer(Record):
    """A message, probe or report was transferred to this MTA or from it."""

    kind: ClassVar[str] = "transfer"
    direction: Literal["in", "out"]
    mts_identifier: str
    connector: str
    association: int | None
    octets: int

    def __str__(self) -> str:
        return (
            f"message {self.mts_identifier} transferred {self.direction} over association "
            f"{self.association} of {self.connector} ({self.octets} octets)"
        )


@dataclass(frozen=True)
class Deferred(Record):
    """A message waits here until its deferred delivery time."""

    kind: ClassVar[str] = "deferred"
    mts_identifier: str
    until: str

    def __str__(self) -> str:
        return f"message {self.mts_identifier} deferred until {self.until}"


@dataclass(frozen=True)
class Released(Record):
    """The deferred delivery time of a message has come."""

    kind: ClassVar[str] = "released"
    mts_identifier: str

    def __str__(self) -> str:
        return f"message {self.mts_identifier} released"


@dataclass(frozen=True)
class Cancelled(Record):
    """Whoever submitted a message has cancelled it, while it was deferred."""

    kind: ClassVar[str] = "cancelled"
    mts_identifier: str

    def __str__(self) -> str:
        return f"message {self.mts_identifier} cancelled"


@dataclass(frozen=True)
class Redirected(Record):
    """A copy goes to an alternate recipient instead."""

    kind: ClassVar[str] = "redirected"
    mts_identifier: str
    recipient: str
    alternate: str
    reason: str

    def __str__(self) -> str:
        return (
            f"message {self.mts_identifier} to {self.recipient} redirected to {self.alternate}: "
            f"{self.reason}"
        )


@dataclass(frozen=True)
class Rerouted(Record):
    """A message waits for another connector than before."""

    kind: ClassVar[str] = "rerouted"
    mts_identifier: str
    connector: str
    instead_of: str

    def __str__(self) -> str:
        return (
            f"message {self.mts_identifier} rerouted to {self.connector} "
            f"instead of {self.instead_of}"
        )


@dataclass(frozen=True)
class Downgraded(Record):
    """A copy leaves over a connector without what cannot go over it."""

    kind: ClassVar[str] = "downgraded"
    mts_identifier: str
    connector: str
    dropped: str

    def __str__(self) -> str:
        return f"message {self.mts_identifier} leaves over {self.connector} without: {self.dropped}"


@dataclass(frozen=True)
class Delivered(Record):
    """A message is in the mailbox of a recipient here."""

    kind: ClassVar[str] = "delivered"
    mts_identifier: str
    recipient: str
    subject: str

    def __str__(self) -> str:
        subject = f": {self.subject}" if self.subject else ""
        return f"message {self.mts_identifier} delivered to {self.recipient}{subject}"


@dataclass(frozen=True)
class Reported(Record):
    """This MTA made a report on a message or probe; `mts_identifier` is its subject's."""

    kind: ClassVar[str] = "reported"
    mts_identifier: str
    recipient: str
    outcome: str

    def __str__(self) -> str:
        return (
            f"message {self.mts_identifier} to {self.recipient}: reporting that it was "
            f"{self.outcome}"
        )


@dataclass(frozen=True)
class ReportReceived(Record):
    """A report came to the originator of its subject, a user here."""

    kind: ClassVar[str] = "report"
    mts_identifier: str
    originator: str
    recipient: str
    outcome: str
    text: str

    def __str__(self) -> str:
        return (
            f"report for {self.originator} on {self.mts_identifier} to {self.recipient}: "
            f"{self.text}"
        )


@dataclass(frozen=True)
class Discarded(Record):
    """A report cannot go on; `subject` is the MTS identifier of what it reports on."""

    kind: ClassVar[str] = "discarded"
    mts_identifier: str
    subject: str
    reason: str

    def __str__(self) -> str:
        return f"report {self.mts_identifier} on {self.subject} discarded: {self.reason}"


def _names(connectors: tuple[str, ...]) -> str:
    return ", ".join(connectors) or "none"


#: Every kind, and their reader.
RECORDS = RecordKinds(
    Listening,
    Accepting,
    EventLogged,
    ConnectorState,
    Association,
    Turn,
    Recovery,
    Resumed,
    ProtocolError,
    Submitted,
    Transfer,
    Deferred,
    Released,
    Cancelled,
    Redirected,
    Rerouted,
    Downgraded,
    Delivered,
    Reported,
    ReportReceived,
    Discarded,
    Reloaded,
    ReloadRefused,
    DoorOpen,
    Problem,
    Disk,
)
