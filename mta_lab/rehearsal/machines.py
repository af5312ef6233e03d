"""The engine of a firewall, on the machine that a topology gives it."""

from collections.abc import Mapping
from dataclasses import replace

from firewall_proxy import system
from labkit.addresses import IPInterface
from mta_lab.engines import localrouting, registry
from mta_lab.engines.box import Box
from mta_lab.engines.decision import Engine, NotModelled, NotModelledError
from mta_lab.engines.external import External
from mta_lab.engines.localrouting import Line, LocalMark
from mta_lab.engines.proxy import Proxy
from mta_lab.engines.registry import Given
from mta_lab.rehearsal import forgetting, ports
from mta_lab.topology.firewalls import (
    ExternalFirewall,
    Firewall,
    ForeignFirewall,
    PolicyRouted,
    ProxyFirewall,
)

_FORWARD, _FORWARD_IPV6 = "net.ipv4.ip_forward", "net.ipv6.conf.all.forwarding"
REVERSE_PATH = "net.ipv4.conf.all.rp_filter"


def engine(firewall: Firewall, interfaces: Mapping[str, tuple[IPInterface, ...]]) -> Engine:
    """The engine of a firewall with these interfaces. Raises ConfigurationError."""
    if isinstance(firewall, ExternalFirewall):
        return External(firewall.place("engine"))
    places = {
        "reverse_path": firewall.place("sysctls", REVERSE_PATH),
        "forwards": firewall.place("sysctls", _FORWARD),
    }
    reverse_path = int(firewall.sysctls.get(REVERSE_PATH, 0))
    if isinstance(firewall, ProxyFirewall):
        box = Box(interfaces, system.forwards(firewall), reverse_path, places)
        return Proxy(box, firewall)
    places["rules"] = firewall.place("rules")
    kind = registry.kind(firewall.engine)
    forwards = bool(int(firewall.sysctls.get(_FORWARD, kind.forwards)))
    ipv6 = bool(int(firewall.sysctls.get(_FORWARD_IPV6, kind.forwards)))
    box = Box(interfaces, forwards, reverse_path, places, _local_marks(firewall)[0], ipv6)
    if not isinstance(firewall, ForeignFirewall):
        return kind.read(Given(box))
    given = [
        Given(box, its.text, its.name, its.directory)
        for its in (firewall.configuration(), firewall.netfilter_rules())
    ]
    return kind.read(replace(given[0], netfilter=given[1] if firewall.proxies else None))


def not_modelled(firewall: Firewall) -> NotModelled | None:
    """What a firewall's machine has that no model reads."""
    known = {_FORWARD, _FORWARD_IPV6, REVERSE_PATH}
    if ports.given(firewall):
        known.add(ports.LOCAL_PORTS)
    if forgetting.memory("", firewall):  # network.py looks at the calls that pass
        known |= {forgetting.TIMEOUT, forgetting.LOOSE}
    for sysctl in firewall.sysctls:
        if sysctl not in known:
            return NotModelled(f"sysctl {sysctl}", firewall.place("sysctls", sysctl))
    if isinstance(firewall, PolicyRouted) and (unread := _local_marks(firewall)[1]):
        return NotModelled(unread.directive, unread.place)
    return None


def _local_marks(
    firewall: PolicyRouted,
) -> tuple[tuple[LocalMark, ...], NotModelledError | None]:
    """The marks that make packets a firewall's own; or what of its rules no model reads."""
    rules = [Line(rule, firewall.place("rules", n)) for n, rule in enumerate(firewall.rules)]
    tables = {
        str(number): [Line(each, firewall.place("tables", number, n)) for n, each in enumerate(its)]
        for number, its in firewall.tables.items()
    }
    try:
        return localrouting.read(rules, tables), None
    except NotModelledError as error:
        return (), error
