"""What arrives at a firewall, and what can become of it.

Every decision has a reason for each rule or directive that had a say, in the order of the packet's
way.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from firewall_proxy.request import Request
from labkit.addresses import IPAddress, at
from labkit.reason import Place, Reason

#: The interface by which a box sends to an address; None when no route leads there.
Route = Callable[[IPAddress], str | None]
#: Stands for a source port that the kernel chooses.
ANY_PORT = 0
#: What the headers of the PROXY protocol begin with, by the version (its sections 2.1 and 2.2).
SIGNATURES = {"v1": b"PROXY ", "v2": b"\r\n\r\n\0\r\nQUIT\n"}


@dataclass(frozen=True)
class Syn:
    """A SYN at an interface of a box: at the one it comes in by, or leaves by.

    `request` is what its sender says first, where that is known.
    """

    interface: str
    source: IPAddress
    source_port: int
    destination: IPAddress
    destination_port: int
    request: Request | None = None

    def __str__(self) -> str:
        source = endpoint(self.source, self.source_port)
        return f"{source} to {endpoint(self.destination, self.destination_port)}"


class How(StrEnum):
    """How a SYN is stopped, as the client sees it."""

    SILENCE = "silence"
    RESET = "reset"
    ICMP = "icmp"
    CLOSED = "accepted, then closed"
    ACCEPTED_RESET = "accepted, then reset"
    REFUSED = "accepted, then refused by a DR"
    WAITING = "accepted, then silence until the client says what it calls"
    CLOSED_PORT = "reset by a closed port of the firewall"


@dataclass(frozen=True)
class Icmp:
    """The type and code of an ICMP error, or of an ICMPv6 error for IPv6."""

    type: int
    code: int

    def __str__(self) -> str:
        return f"type {self.type} code {self.code}"


@dataclass(frozen=True)
class Forwarded:
    """The SYN goes on. `syn` is as it leaves: rewritten, at the interface that it leaves by."""

    syn: Syn
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Proxied:
    """The box accepts, and opens a connection of its own; `syn` is that one's.

    `transparent` says that the source is the client's address. `header` names what is sent before
    the client's octets: PROXY protocol "v1" or "v2", or nothing. `spare` is the line of a server
    that the box turns to where nobody answers there, which is not modelled.
    """

    syn: Syn
    reasons: tuple[Reason, ...]
    transparent: bool = False
    header: str = ""
    spare: "NotModelled | None" = None


@dataclass(frozen=True)
class Stopped:
    """The SYN gets no further; `icmp` is given with How.ICMP.

    `unreached` says that no rule stopped it: a proxy accepted, and did not reach its server, or the
    kernel dropped it for its source.
    """

    how: How
    reasons: tuple[Reason, ...]
    icmp: Icmp | None = None
    unreached: bool = False

    @property
    def accepted(self) -> bool:
        """Whether the client was connected."""
        return self.how in (How.CLOSED, How.ACCEPTED_RESET, How.REFUSED, How.WAITING)


@dataclass(frozen=True)
class NotModelled:
    """The configuration says something that decides here and that the model does not read."""

    directive: str
    place: Place
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        return f"not modelled: {self.directive} at {self.place}"


Decision = Forwarded | Proxied | Stopped | NotModelled


class NotModelledError(Exception):
    """Raised inside an engine where it meets what it does not model."""

    def __init__(self, directive: str, place: Place) -> None:
        super().__init__(f"not modelled: {directive} at {place}")
        self.directive = directive
        self.place = place


class Engine(Protocol):
    """A firewall that was read from its configuration."""

    def decide(self, syn: Syn, route: Route) -> Decision:
        """Decide what becomes of a SYN that arrives; `route` is the box's routing table."""

    def answer(self, syn: Syn, route: Route) -> Decision:
        """Decide what becomes of the answer (SYN, ACK) to a SYN, if it comes by this box.

        What becomes of the SYN itself, when that is not forwarded.
        """


def endpoint(address: IPAddress, port: int) -> str:
    """An address and a port as people write them: 192.0.2.1:102, [2001:db8::1]:102."""
    return at(address, port) if port != ANY_PORT else f"{address}, any port"
