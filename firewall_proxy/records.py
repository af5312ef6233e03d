"""The records of the firewall: each kind once, with its fields and its Raptor-like line for people.

labkit/records.py makes JSON of them, and reads it; docs/records.md lists them.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from labkit.records import Explained, Record, RecordKinds


class Outcome(StrEnum):
    """How a client's connection ended."""

    CLOSED = "closed"  # both sides had sent all they had
    RESET_BY_CLIENT = "reset-by-client"
    RESET_BY_DESTINATION = "reset-by-destination"
    IDLE = "idle"
    STOPPED = "stopped"  # the firewall was told to stop
    DENIED = "denied"
    LIMIT = "limit"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    ABANDONED = "abandoned"  # the client reset before the destination had answered


@dataclass(frozen=True)
class Listening(Record):
    """All services wait for clients: said first, and after the configuration was read again.

    `services` and `addresses` ("a.b.c.d:port") go together.
    """

    kind: ClassVar[str] = "listening"
    services: tuple[str, ...]
    addresses: tuple[str, ...]

    def __str__(self) -> str:
        pairs = zip(self.services, self.addresses, strict=True)
        return "listening " + ", ".join(f"{service}={address}" for service, address in pairs)


@dataclass(frozen=True)
class ReloadRefused(Record):
    """The configuration that was read again cannot be served; the one before it stays."""

    kind: ClassVar[str] = "reload-refused"
    reason: str

    def __str__(self) -> str:
        return f"reload-refused {self.reason}"


@dataclass(frozen=True)
class Connection(Explained):
    """A client's connection has ended. Addresses are "a.b.c.d:port", `seconds` are lab seconds.

    `rule` is null when no rule decided, the onward addresses when nothing was opened onward.
    `bytes_out` went from the client to the destination, `bytes_in` the other way.
    """

    kind: ClassVar[str] = "connection"
    service: str
    rule: str | None
    source: str
    destination: str
    onward_source: str | None
    onward_destination: str | None
    bytes_out: int
    bytes_in: int
    seconds: float
    outcome: Outcome

    def __str__(self) -> str:
        return (
            f"{self.service} duration={self.seconds:.2f} sent={self.bytes_out} "
            f"rcvd={self.bytes_in} src={self.source} cldst={self.destination} "
            f"svsrc={self.onward_source or '-'} dst={self.onward_destination or '-'} "
            f"rule={self.rule or '-'} outcome={self.outcome} ({self.reason})"
        )


#: Every kind, and their reader.
RECORDS = RecordKinds(Listening, Connection, ReloadRefused)
