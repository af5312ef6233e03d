"""Every host an address of its own in 127.0.0.0/8: no root, nothing to install.

The network a.b.c.0/24 becomes 127.0.c.0/24, and port 102 becomes 10102 where an ordinary user may
not listen on it. Everything on loopback reaches everything else, so a topology in which the
firewall must be in the way of a direct connection is refused rather than shown wrongly.
"""

import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from firewall_proxy.config import Configuration
from labkit.config import ConfigurationError, document_of, parse
from mta_lab.backends import refuse_faults, serve
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import FIREWALL, Topology, calls, mta_address

X400_PORT = 102
UNPRIVILEGED_PORT = 10102

_NO_TUNNELS = (
    "on loopback every host reaches every other, and so a tunnel that comes or goes changes "
    "nothing; --backend netns shows it"
)


class Loopback:
    """The loopback backend."""

    name = "loopback"

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Move every network of the topology into 127.0.0.0/16.

        Without `port`, 102 where it can be had, else 10102. Raises ConfigurationError, with all
        reasons, when loopback cannot show the topology.
        """
        if reasons := [*_network_problems(topology), *_direct_calls(topology), *_steps(topology)]:
            where = f"{topology.name}: the loopback backend cannot show this"
            raise ConfigurationError("\n".join(f"{where}: {reason}" for reason in reasons))
        networks = {network: _on_loopback(network) for network in topology.networks.values()}
        addresses = {
            address: move_address(address, networks)
            for host in topology.host_addresses().values()
            for address in host
        }
        port = port or _port_to_use(list(addresses.values()))
        return Placement(
            backend=self.name,
            topology=move_topology(topology, networks, port),
            port=port,
            addresses=addresses,
        )

    def build(self, lab: Lab) -> None:
        """Nothing has to be built."""

    def serving(self, lab: Lab, host: str, *, tapped: bool) -> list[str]:
        """Every host is a process of this machine."""
        return serve(host, tapped=tapped)

    def on_host(self, lab: Lab, host: str, command: Sequence[str]) -> list[str]:
        """Every host is this machine."""
        return [*command]

    def capture_points(self, lab: Lab) -> tuple[CapturePoint, ...]:
        """All networks pass the one interface."""
        return (CapturePoint("lo", tuple(lab.topology.networks)),)

    def points_of(self, lab: Lab, part: str) -> tuple[CapturePoint, ...]:
        """The one interface, and what belongs to the part of the lab."""
        network = lab.topology.networks.get(part)
        addresses = lab.topology.host_addresses().get(part, ())
        only = (network,) if network else tuple(map(IPv4Network, addresses))
        return (CapturePoint("lo", (), only=only),) if only else ()

    def set_up_firewall(self, lab: Lab, firewall: Configuration) -> None:
        """Raise ConfigurationError: here nothing is routed through the firewall."""
        raise ConfigurationError(f"firewall.tunnels: {_NO_TUNNELS}")

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Raise ConfigurationError when there are any."""
        if faults:
            refuse_faults(self.name)

    def remove(self, lab: Lab) -> None:
        """Nothing has been built."""


Networks = Mapping[IPv4Network, IPv4Network]


def unmoved(backend: str, topology: Topology, port: int | None) -> Placement:
    """The topology where every host has its own network: only a `port` given replaces 102."""
    addresses = [each for host in topology.host_addresses().values() for each in host]
    return Placement(
        backend=backend,
        topology=move_topology(topology, {}, port or X400_PORT),
        port=port or X400_PORT,
        addresses={address: address for address in addresses},
    )


def move_topology(topology: Topology, networks: Networks, port: int) -> Topology:
    """The topology with its networks moved and `port` in the place of 102."""
    document = document_of(topology)
    for section in ("networks", "hosts", "reverse", "mtas", "firewall"):
        if section in document:
            document[section] = move(document[section], networks, port)
    for step in document["play"]:
        if "set" in step:
            step["set"] = move(step["set"], networks, port)
    for mta in document["mtas"].values():
        mta["server"]["transport_stack"].setdefault("port", port)
    return parse(document, Topology, topology.name, topology.places())


def move(document: Any, networks: Networks, port: int) -> Any:
    """A configuration document with every address, network and port 102 of it moved.

    Addresses may stand anywhere, as value or key; a port is what a field named `port` has.
    """
    if isinstance(document, dict):
        return {
            move(key, networks, port): port
            if (key, value) == ("port", X400_PORT)
            else move(value, networks, port)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [move(item, networks, port) for item in document]
    if isinstance(document, str):
        return _move_text(document, networks)
    return document


def _move_text(text: str, networks: Networks) -> str:
    try:
        network = IPv4Network(text)
    except ValueError:
        return text
    moved = move_address(network.network_address, networks)
    return f"{moved}/{network.prefixlen}" if "/" in text else str(moved)


def move_address(address: IPv4Address, networks: Networks) -> IPv4Address:
    """The address on loopback for one in `networks`; any other stays as it is."""
    for network, moved in networks.items():
        if address in network:
            return moved[int(address) - int(network.network_address)]
    return address


def _on_loopback(network: IPv4Network) -> IPv4Network:
    host_part = int(network.network_address) & 0xFFFF
    third, fourth = host_part >> 8, host_part & 0xFF
    return IPv4Network(f"127.0.{third}.{fourth}/{network.prefixlen}")


def _network_problems(topology: Topology) -> Iterator[str]:
    """Networks that do not fit into 127.0.0.0/16 side by side."""
    taken: dict[IPv4Network, str] = {}
    for name, network in topology.networks.items():
        if network.prefixlen < 24:
            yield f"networks.{name}: {network} is larger than a /24; --backend netns has it"
            continue
        moved = _on_loopback(network)
        for other, other_name in taken.items():
            if moved.overlaps(other):
                yield (
                    f"networks.{name}: {network} would be {moved}, which networks.{other_name} "
                    "has; let their third octets differ, or use --backend netns"
                )
        taken[moved] = name


def _direct_calls(topology: Topology) -> Iterator[str]:
    """Connectors that call a host across the firewall where no tunnel leads there."""
    for name, mta in topology.mtas.items():
        here = mta_address(mta)
        for number, connector in enumerate(mta.connectors):
            there = topology.resolve(name, str(connector.stack.address))
            if (
                there is not None
                and calls(connector)
                and topology.network_of(here) != topology.network_of(there)
                and not _tunnelled(topology, here, there)
            ):
                yield (
                    f"mtas.{name}.connectors.{number}.stack.address: {there} lies in another "
                    f"network than {here} and no firewall tunnel joins them, but on loopback "
                    "the connection would be made; --backend netns has a network that stops it"
                )


def _steps(topology: Topology) -> Iterator[str]:
    """What a play does to networks and routes, which are not the lab's here."""
    for number, step in enumerate(topology.play):
        for path in step.settings or {}:
            if path.startswith(f"{FIREWALL}.tunnels"):
                yield f"play.{number}.set.{path}: {_NO_TUNNELS}"
        if step.fault is not None:
            yield f"play.{number}.fault: faults need networks of the lab's own; --backend netns has"


def _tunnelled(topology: Topology, *ends: IPv4Address) -> bool:
    tunnels = topology.firewall.tunnels if topology.firewall else ()
    return any(set(tunnel.between) == set(ends) for tunnel in tunnels)


def _port_to_use(addresses: list[IPv4Address]) -> int:
    """102 if this process may listen there on every address, else 10102."""
    try:
        with ExitStack() as listeners:
            for address in addresses:
                listeners.enter_context(socket.create_server((str(address), X400_PORT)))
    except OSError:
        return UNPRIVILEGED_PORT
    return X400_PORT
