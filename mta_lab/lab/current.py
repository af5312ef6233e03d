"""A lab that is up as it is now: what its hosts are configured to, and what its networks suffer."""

from dataclasses import dataclass
from datetime import datetime

from firewall_proxy.config import Configuration as ProxyConfiguration
from labkit.config import load
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.lab.directory import Lab
from mta_lab.topology.faults import Faults, read_faults
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Firewall


@dataclass(frozen=True)
class Now:
    """A topology on the wire, the lab time that it is looked at, and the faults that there are."""

    topology: Topology
    at: datetime
    faults: Faults


def as_it_is(lab: Lab) -> Now:
    """A lab that is up. Raises ConfigurationError when a host's file cannot be read."""
    return Now(current(lab), lab.clock.now(), read_faults(lab.directory))


def current(lab: Lab) -> Topology:
    """The topology on the wire with what each host reads now: what was `set` has its time there.

    Raises ConfigurationError when a host's file cannot be read.
    """
    topology = lab.topology
    mtas = {name: load(lab.files(name).configuration, MtaConfig) for name in topology.mtas}
    firewalls: dict[str, Firewall] = dict(topology.firewalls)
    for name in topology.proxies():
        proxy = load(lab.files(name).configuration, ProxyConfiguration)
        of_proxy = {field: getattr(proxy, field) for field in ProxyConfiguration.model_fields}
        machine = firewalls[name].with_origins()
        firewalls[name] = machine.model_copy(update=of_proxy)
    return topology.model_copy(update={"mtas": mtas, "firewalls": firewalls})
