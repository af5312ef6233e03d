"""The ports that a firewall has for its own connections, where the topology gives their range.

Linux gives a connection a port that no other has from the same address to the same address and port
(ip-sysctl.rst, `ip_local_port_range`). A transparent proxy calls from the client's address, so each
client has the range for itself, for each destination; one that is not has it for all together.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labkit.addresses import at
from labkit.reason import Reason
from mta_lab.engines.decision import How, NotModelled, Stopped
from mta_lab.rehearsal.prediction import Attempt, Step, Travel
from mta_lab.topology.firewalls import Firewall, ProxyFirewall

LOCAL_PORTS = "net.ipv4.ip_local_port_range"

_TWO_NUMBERS = re.compile(r"\s*(\d{1,5})\s+(\d{1,5})\s*", re.ASCII)


@dataclass(frozen=True)
class NoPort:
    """A call ends at a step: `box` has no port for it, or may have none; `step` says so."""

    at: int
    box: str
    step: Step
    stopped: Stopped | NotModelled


def given(firewall: Firewall) -> range | None:
    """The range of ports that a firewall's topology gives its own connections.

    None: it gives none, or it is none that a model reads.
    """
    if not isinstance(firewall, ProxyFirewall):
        return None
    written = _TWO_NUMBERS.fullmatch(str(firewall.sysctls.get(LOCAL_PORTS, "")))
    return range(int(written[1]), int(written[2]) + 1) if written else None


def missing(
    proxies: Mapping[str, ProxyFirewall],
    steps: Sequence[Step],
    via: Sequence[str],
    open_: Iterable[Attempt],
    ended: Iterable[Attempt],
) -> NoPort | None:
    """Where a call ends for want of a port; None: there is one at each firewall on its way.

    `via` are the firewalls that accept it, `open_` the associations that are open, and `ended` the
    calls that are no more: their connections may keep their ports for a minute (TIME-WAIT).
    """
    for number, step in enumerate(steps):
        firewall, travels = proxies.get(step.where), step.travels
        if firewall is None or travels is None or step.where not in via:
            continue
        if ports := given(firewall):
            fewest, most = for_one_destination(firewall, ports)
            held = _of_the_same(step.where, travels, open_)
            if held >= most:
                return _none(number, step.where, travels, firewall, held)
            if held + _of_the_same(step.where, travels, ended) >= fewest:
                return _perhaps_none(number, step.where, travels, firewall)
    return None


def for_one_destination(firewall: ProxyFirewall, ports: range) -> tuple[int, int]:
    """How many of the ports one address has for one destination: that it can count on; at most.

    Linux looks at an even number of ports, so of an odd number it may miss one (measured: of three
    it uses two). None is one that a service listens at.
    """
    listened = len({each.listen.port for each in firewall.services}.intersection(ports))
    passed_over = len(ports) % 2 if len(ports) > 1 else 0
    return len(ports) - listened - passed_over, len(ports) - listened


def _of_the_same(box: str, travels: Travel, calls: Iterable[Attempt]) -> int:
    """How many calls a firewall has passed on from the same address to the same end."""
    wanted = (box, travels.source, travels.destination, travels.port)
    return sum(
        box in each.via
        and any(
            (step.where, its.source, its.destination, its.port) == wanted
            for step in each.steps
            if (its := step.travels)
        )
        for each in calls
    )


def _none(number: int, box: str, travels: Travel, firewall: ProxyFirewall, held: int) -> NoPort:
    written = str(firewall.sysctls[LOCAL_PORTS])
    text = f"no port of {written} is free for {_ends(travels)}: {held} connections have them"
    place = firewall.place("sysctls", LOCAL_PORTS)
    reason = Reason("ports", text, "a free port", "none", place)
    step = Step(box, f"port for {_ends(travels)}", "none", reason)
    return NoPort(number, box, step, Stopped(How.ACCEPTED_RESET, (reason,)))


def _perhaps_none(number: int, box: str, travels: Travel, firewall: ProxyFirewall) -> NoPort:
    place = firewall.place("sysctls", LOCAL_PORTS)
    directive = f"sysctl {LOCAL_PORTS}, of whose ports none may be free for {_ends(travels)}"
    reason = Reason("ports", f"not modelled: {directive}", place=place)
    step = Step(box, f"port for {_ends(travels)}", "not modelled", reason)
    return NoPort(number, box, step, NotModelled(directive, place))


def _ends(travels: Travel) -> str:
    return f"{travels.source} to {at(travels.destination, travels.port)}"
