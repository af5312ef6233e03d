"""Topologies as text: the catalogue as a table, one as a tree."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labkit.console import Column, Table, Tree, line
from mta_lab.topology.files import Topology, mta_address


def catalogue(topologies: Mapping[Path, Topology]) -> Table:
    """A row for each topology file."""
    table = Table(Column("file", no_wrap=True), "what it shows", "symptom")
    for path, topology in topologies.items():
        table.add_row(str(path), topology.title, topology.symptom)
    return table


def outline(topology: Topology) -> dict[str, Any]:
    """What the drawing shows, as JSON has it."""
    firewall = topology.firewall
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
            "name": service.name,
            "interface": service.listen.interface,
            "port": service.listen.port,
            "destination": str(service.destination),
        }
        for service in (firewall.services if firewall else ())
    ]
    tunnels = [
        {"name": tunnel.name, "between": [*map(str, tunnel.between)], "port": tunnel.port}
        for tunnel in (firewall.tunnels if firewall else ())
    ]
    return {
        **topology.model_dump(include={"name", "article", "title", "symptom", "description"}),
        "networks": {name: str(network) for name, network in topology.networks.items()},
        "hosts": {name: [*map(str, own)] for name, own in topology.host_addresses().items()},
        "connectors": connectors,
        "services": services,
        "tunnels": tunnels,
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
        _draw_firewall(topology, name, branch)
    return root


def _draw_firewall(topology: Topology, network: str, branch: Tree) -> None:
    firewall = topology.firewall
    if firewall is None:
        return
    for name, interface in firewall.interfaces.items():
        if topology.network_of(interface.address) != network:
            continue
        host = branch.add(f"firewall {interface.address} ({name})")
        for service in firewall.services:
            if service.listen.interface == name:
                host.add(f"{service.name} passes on to {service.destination}")
    for tunnel in firewall.tunnels:
        branch.add(f"tunnel {tunnel.name}: {' <-> '.join(map(str, tunnel.between))}")
