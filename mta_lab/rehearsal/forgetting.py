"""Firewalls that forward connections, and forget them after a silence.

Connection tracking of Linux forgets an established connection so many seconds after its last packet
as `nf_conntrack_tcp_timeout_established` says (nf_conntrack-sysctl.rst). With
`nf_conntrack_tcp_loose` 0 it picks up no connection in the middle: what comes then is invalid, and
a ruleset may drop it, silently. TCP keepalive of either end is a packet, too: probed sooner, the
connection is not forgotten.
"""

from dataclasses import dataclass, replace

from labkit.reason import Place
from mta_lab.engines.decision import (
    ANY_PORT,
    Decision,
    Engine,
    Forwarded,
    How,
    NotModelled,
    Route,
    Stopped,
    Syn,
)
from mta_lab.engines.nftables.engine import Nftables
from mta_lab.topology.firewalls import Firewall

TIMEOUT = "net.netfilter.nf_conntrack_tcp_timeout_established"
LOOSE = "net.netfilter.nf_conntrack_tcp_loose"


@dataclass(frozen=True)
class Memory:
    """How long a firewall remembers a silent connection.

    `seconds` are of the wall; so are those after which the first end's TCP probes the other.
    """

    firewall: str
    seconds: int
    place: Place
    probed_after: int = 0

    @property
    def not_modelled(self) -> NotModelled:
        """What is said where nobody knows what forgetting comes to."""
        return NotModelled(f"sysctl {TIMEOUT}", self.place)

    def of_probed(self, seconds: int) -> "Memory | None":
        """The memory of a connection that TCP probes after so many seconds; None: never forgotten.

        Probed at the very second it may be either.
        """
        return None if seconds < self.seconds else replace(self, probed_after=seconds)


def memory(name: str, firewall: Firewall | None) -> Memory | None:
    """The memory that the settings of a firewall's kernel give it; None: no such settings."""
    settings = firewall.sysctls if firewall else {}
    if firewall is None or TIMEOUT not in settings or str(settings.get(LOOSE)) != "0":
        return None
    return Memory(name, int(settings[TIMEOUT]), firewall.place("sysctls", TIMEOUT))


def drops(engine: Engine, came: Syn, decision: Decision | None, route: Route) -> bool:
    """Whether a firewall drops a forgotten connection's packets silently, both ways.

    `came` is its SYN, which the firewall has decided about.
    """
    if not (isinstance(engine, Nftables) and isinstance(decision, Forwarded)):
        return False
    left = decision.syn
    back = Syn(left.interface, left.destination, left.destination_port, left.source, ANY_PORT)
    decided = (engine.out_of_state(each, route) for each in (came, back))
    return all(isinstance(each, Stopped) and each.how is How.SILENCE for each in decided)
