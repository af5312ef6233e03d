"""The records of the firewall: each kind once, with its fields and its Raptor-like line for people.

labkit/records.py makes JSON of them, and reads it; docs/records.md lists them.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from labkit.records import Explained, Record, RecordKinds


class Outcome(StrEnum):
    """How a client's connection ended."""

    CLOSED = "closed"  # both sides had sent all they had
    RESET_BY_CLIENT = "reset-by-client"
    RESET_BY_DESTINATION = "reset-by-destination"
    IDLE = "idle"
    STOPPED = "stopped"  # the firewall stops
    DENIED = "denied"
    LIMIT = "limit"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    TIMED_OUT = "timed-out"
    ABANDONED = "abandoned"  # the client reset before the destination had answered
    FAILED = "failed"  # this machine could not open the onward connection
    NO_REQUEST = "no-request"  # a connection request was wanted, and this is none


@dataclass(frozen=True)
class Listening(Record):
    """All services wait for clients: said first, and after the configuration was read again.

    `services` and `addresses` ("address:port", as in [2001:db8::1]:102) go together.
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
    """A client's connection has ended. Addresses are "address:port", `seconds` are lab seconds.

    `rule` is null when no rule decided; `rule_place` is where that is configured. The onward
    addresses are null when nothing was opened onward; else `rewriting` says why the destination
    sees this source address, and `rewriting_place` where that is configured. `bytes_out` went from
    the client to the destination, `bytes_in` the other way. The reason is that of the outcome.
    Where several services listen at one place, `called` says what the service was chosen by, and
    `service` has the names of all where none was.
    """

    kind: ClassVar[str] = "connection"
    service: str
    rule: str | None
    rule_place: str = field(default="", kw_only=True)
    source: str
    destination: str
    onward_source: str | None
    onward_destination: str | None
    rewriting: str = field(default="", kw_only=True)
    rewriting_place: str = field(default="", kw_only=True)
    called: str = field(default="", kw_only=True)
    bytes_out: int
    bytes_in: int
    seconds: float
    outcome: Outcome

    def __str__(self) -> str:
        return (
            f"{self.service} duration={self.seconds:.2f} sent={self.bytes_out} "
            f"rcvd={self.bytes_in} src={self.source} cldst={self.destination} "
            f"svsrc={self.onward_source or '-'} dst={self.onward_destination or '-'} "
            f"rule={self.rule or '-'} outcome={self.outcome}{self.why}{self._source}"
        )

    @property
    def _source(self) -> str:
        if not self.rewriting:
            return ""
        place = f" ({self.rewriting_place})" if self.rewriting_place else ""
        return f"; {self.rewriting}{place}"


@dataclass(frozen=True)
class Repeated(Explained):
    """More connections ended like the one before, within a minute: they have no record each.

    `source` is the clients' address, null when they came from several; the reason is that of all.
    """

    kind: ClassVar[str] = "repeated"
    service: str
    source: str | None
    outcome: Outcome
    count: int

    def __str__(self) -> str:
        whose = f" from {self.source}" if self.source else ""
        return f"{self.service} {self.count} more{whose} outcome={self.outcome}{self.why}"


#: Every kind, and their reader.
RECORDS = RecordKinds(Listening, Connection, Repeated, ReloadRefused)
