"""Topologies as text: the catalogue as a table, one as a tree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit.console import Column, Table, Tree, line
from mta_lab.topology.files import Topology, mta_address
from mta_lab.topology.firewalls import Firewall, ProxyFirewall


def catalogue(topologies: Mapping[Path, Topology]) -> Table:
    """A row for each topology file."""
    table = Table(Column("name", no_wrap=True), "what it shows", "symptom")
    for path, topology in topologies.items():
        table.add_row(path.stem, topology.title, topology.symptom)
    return table


def outline(topology: Topology) -> dict[str, Any]:
    """What the drawing shows, as JSON has it."""
    connectors = [
        {
            "mta": name,
            "name": connector.name,
            "address": str(connector.stack.address),
            "leads_to": topology.called_by(name, connector),
            "activation": str(connector.schedule.activation),
        }
        for name, mta in topology.mtas.items()
        for connector in mta.connectors
    ]
    services = [
        {
            "firewall": name,
            "name": service.name,
            "interface": service.listen.interface,
            "port": service.listen.port,
            "destination": str(service.destination),
        }
        for name, proxy in topology.proxies().items()
        for service in proxy.services
    ]
    tunnels = [
        {
            "firewall": name,
            "name": tunnel.name,
            "between": [*map(str, tunnel.between)],
            "port": tunnel.port,
        }
        for name, proxy in topology.proxies().items()
        for tunnel in proxy.tunnels
    ]
    return {
        **topology.model_dump(include={"name", "article", "title", "symptom", "description"}),
        "networks": {name: str(network) for name, network in topology.networks.items()},
        "hosts": {name: [*map(str, own)] for name, own in topology.host_addresses().items()},
        "engines": {name: each.engine for name, each in topology.firewalls.items()},
        "connectors": connectors,
        "services": services,
        "tunnels": tunnels,
        "programs": {
            name: {"command": [*each.command], "ports": [*each.port]}
            for name, each in topology.programs.items()
        },
    }


def drawing(topology: Topology) -> Tree:
    """The topology's networks, hosts, connectors and services as a tree."""
    root = Tree(line((f"{topology.name}: {topology.title}", "bold")))
    for name, network in topology.networks.items():
        branch = root.add(f"{name} {network}")
        for mta_name, mta in topology.mtas.items():
            if mta_address(mta) in network:
                host = branch.add(f"{mta_name} {mta_address(mta)}")
                for connector in mta.connectors:
                    host.add(
                        f"connector {connector.general.directory_name} to "
                        f"{connector.stack.address}, that is "
                        f"{topology.called_by(mta_name, connector) or 'no MTA of the lab'}; "
                        f"schedule {connector.schedule.activation}"
                    )
        for program_name, program in topology.programs.items():
            if program.address in network:
                branch.add(f"{program_name} {program.address}: {program}")
        for firewall_name, firewall in topology.firewalls.items():
            _draw_firewall(topology, firewall_name, firewall, name, branch)
    return root


def _draw_firewall(
    topology: Topology, host: str, firewall: Firewall, network: str, branch: Tree
) -> None:
    here = {
        name: interface.address
        for name, interface in firewall.interfaces.items()
        if topology.network_of(interface.address) == network
    }
    for name, address in here.items():
        proxy = firewall if isinstance(firewall, ProxyFirewall) else None
        at = branch.add(f"{host} {address} ({name})" + ("" if proxy else f", {firewall.engine}"))
        for service in proxy.services if proxy else ():
            if service.listen.interface == name:
                at.add(f"{service.name} passes on to {service.destination}")
    for tunnel in firewall.tunnels if here and isinstance(firewall, ProxyFirewall) else ():
        ends = " <-> ".join(map(str, tunnel.between))
        branch.add(f"tunnel {tunnel.name} of {host}: {ends}")
