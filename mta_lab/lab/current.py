"""The topology of a lab that is up, as its hosts are configured now."""

from firewall_proxy.config import Configuration as ProxyConfiguration
from labkit.config import load
from mta_emu.mta.configuration.file import MtaConfig
from mta_lab.lab.directory import Lab
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Firewall


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
