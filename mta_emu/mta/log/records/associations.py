"""Records of connectors and associations."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from labkit.records import Explained, Record


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

    `local` and `peer` are the connection's ends, "address:port" as in [2001:db8::1]:102; when none
    was made, `local` is null and `peer` as configured. The reason has its parts and where it is
    configured.
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
    """The peer goes on with a transfer of which `octets` were secured before."""

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
