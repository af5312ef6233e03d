"""The configuration that each host of a lab gets."""

from labkit.clock import Clock
from labkit.config import Section, dump
from labkit.hosts import as_table
from mta_lab.lab.directory import Lab
from mta_lab.lab.enginehost import EngineHost
from mta_lab.topology.files import Topology


def configure(lab: Lab) -> None:
    """Write the configuration of every host into its directory."""
    clock = Clock(scale=lab.scale, origin=lab.origin, start=lab.topology.starts)
    for host in lab.topology.host_addresses():
        lab.files(host).directory.mkdir(parents=True, exist_ok=True)
        lab.files(host).hosts.write_text(as_table(lab.topology.names_on(host)), "utf-8")
    for host in lab.topology.serving():
        dump(configuration(lab.topology, host, clock), lab.files(host).configuration)


def configuration(topology: Topology, host: str, clock: Clock) -> Section:
    """A host's configuration: what the topology file says, and a clock, names, PTR records."""
    if foreign := topology.foreign().get(host):
        return EngineHost.of(foreign, clock)
    if proxy := topology.proxies().get(host):
        return proxy.configuration().model_copy(update={"clock": clock})
    server = topology.server(host).model_copy(update={"clock": clock})
    return topology.mtas[host].model_copy(update={"server": server})
