"""Records of messages, probes and reports."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from labkit.records import Record


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
