"""What a capture shows: steps of associations, each seen from every layer, and what is wrong."""

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any


class LayerName(StrEnum):
    """The layers from below."""

    NETWORK = "network"
    TRANSPORT = "transport"
    SESSION = "session"
    PRESENTATION = "presentation"
    ACSE = "acse"
    RTSE = "rtse"
    MTS = "mts"


class Side(Enum):
    """The two ends of an association."""

    CALLING = "calling"
    CALLED = "called"

    __hash__ = object.__hash__  # as good as Enum's, and not a call: every look-up has one

    @property
    def other(self) -> "Side":
        """The end on the other side."""
        return Side.CALLED if self is Side.CALLING else Side.CALLING


class Kind(Enum):
    """What a PDU is of its service: (at the sender, at the receiver), as X.210 names them."""

    REQUEST = ("request", "indication")
    RESPONSE = ("response", "confirm")
    PROVIDER = ("indication", "indication")
    PDU = ("", "")  # the protocol's own, without a primitive


@dataclass(frozen=True)
class Layer:
    """What a layer makes of a step.

    `primitive` and `kind` are the service's, `pdu` is the protocol's; `parameters` are what the
    PDU holds, ready for JSON, and `summary` is as much of it as people want on a line.
    """

    name: str
    primitive: str
    kind: Kind = Kind.REQUEST
    pdu: str = ""
    summary: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Step:
    """One thing that a side did, from the lowest layer that has a name for it to the highest.

    `frame` is the packet that completed it, `time` its time in nanoseconds since the epoch.
    Steps with the same `tsdu` travelled in one TSDU.
    """

    frame: int
    time: int
    sender: Side
    layers: tuple[Layer, ...]
    tsdu: int


class Severity(Enum):
    """How bad it is that somebody goes against a standard; the values are for people."""

    BROKEN = "protocol broken"
    DEVIATION = "deviation"  # which real MTAs are known for, and which does no harm


@dataclass
class Finding:
    """Where somebody goes against a standard; `text` says what was found and what would be right.

    `frame` and `time` are those of the first time, `count` says how often it was found.
    """

    frame: int
    time: int
    sender: Side
    layer: str
    text: str
    severity: Severity = Severity.BROKEN
    count: int = 1


@dataclass
class Note:
    """What one should know and is nobody's fault: octets the capture lacks, a cut connection."""

    frame: int
    time: int
    text: str


@dataclass(frozen=True)
class Complaint:
    """What a layer has to say against what it read."""

    layer: str
    text: str
    severity: Severity = Severity.BROKEN
