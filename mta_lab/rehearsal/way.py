"""The way of a connection through the networks: its hosts, and where it ends."""

from dataclasses import dataclass

from labkit.addresses import IPAddress
from labkit.reason import Reason
from mta_lab.engines.decision import Decision, Forwarded, How, NotModelled, Proxied, Stopped, Syn
from mta_lab.rehearsal.forgetting import Memory
from mta_lab.topology.disposition import Disposition


@dataclass(frozen=True)
class Arrived:
    """The connection reaches a host that is no firewall; `source` is the address that it sees."""

    host: str
    source: IPAddress
    destination: IPAddress
    port: int
    via: tuple[str, ...]  # the firewalls on the way that accepted, and opened their own
    largest_packet: int | None = None  # octets of the largest that gets through; None: any
    header: str = ""  # version of the PROXY protocol header that comes before what the caller says
    memory: Memory | None = None  # the shortest of a firewall

    @property
    def proxied(self) -> bool:
        """Whether a firewall on the way has accepted the caller's connection."""
        return bool(self.via)


@dataclass(frozen=True)
class Lost:
    """The connection gets no further; `via` as in `Arrived`.

    `by` is the host where it ends, and `stopped` how; None where that host began it and has no
    route.
    """

    disposition: Disposition
    via: tuple[str, ...]
    by: str
    stopped: Stopped | NotModelled | None = None

    @property
    def refused(self) -> bool:
        """Whether the caller's transport is told that nobody has what it calls."""
        return isinstance(self.stopped, Stopped) and self.stopped.how is How.REFUSED

    @property
    def accepted(self) -> bool:
        """Whether a firewall had accepted the caller's connection."""
        stopped = isinstance(self.stopped, Stopped) and self.stopped.accepted
        return stopped or bool(self.via)


@dataclass
class Device:
    """A host on the way of a SYN: the SYN as it arrives, or as it leaves where it begins.

    A firewall has a decision about it, and one about the answer where that comes back by it.
    `route` leads on.
    """

    host: str
    syn: Syn
    decision: Decision | None = None
    route: Reason | None = None
    answer: Decision | None = None


def outcome(decision: object) -> tuple[str, Disposition]:
    """A firewall's decision in a word, and what becomes of mail where it is the last one."""
    match decision:
        case Forwarded():
            return "forwarded", Disposition.DELIVERED
        case Proxied(syn):
            return f"passed on as {syn}", Disposition.DELIVERED
        case Stopped(How.CLOSED_PORT as how) | Stopped(how, unreached=True):
            return how, Disposition.UNREACHABLE
        case Stopped(how):
            return how, Disposition.BLOCKED
        case _:
            return "not modelled", Disposition.NOT_MODELLED
