"""Every host an address of its own in 127.0.0.0/8: no root, nothing to install.

The network a.b.c.0/24 becomes 127.0.c.0/24, or lies elsewhere in 127.0.0.0/8 where that is taken
or too small. Labs that are played side by side have a part each: 127.4.c.0/24, 127.8.c.0/24.
Port 102 becomes 10102 where an ordinary user may not listen on it. Everything on loopback reaches
everything else, so a topology in which a firewall must be in the way of a direct connection is
refused rather than shown wrongly.
"""

import socket
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from ipaddress import IPv4Network
from typing import Any

from firewall_proxy.config import Configuration
from labkit.addresses import End, IPAddress, IPNetwork, host_network, within
from labkit.config import ConfigurationError, document_of, parse
from labkit.sockets import listeners, tcp_sockets
from mta_lab.backends import X400_PORT, all_reach_all, ipv6_networks, refuse_faults, serve
from mta_lab.backends.parts import PARTS, WHOLE, every_part, own_part
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology

UNPRIVILEGED_PORT = 10102
_KEEPS_TWO = 16  # the prefix of where networks keep their last two octets


class Loopback:
    """The loopback backend."""

    name = "loopback"
    hosts_are_here = True
    processes_are_here = True

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Move every network of the topology into 127.0.0.0/8.

        Without `port`, 102 where it can be had, else 10102. Raises ConfigurationError, with all
        reasons, when loopback cannot show the topology.
        """
        return _placement(topology, port, WHOLE)

    @contextmanager
    def placed(self, topology: Topology, port: int | None = None) -> Iterator[Placement]:
        """Place a topology where no other lab is while the block runs; raises like `place`."""
        _needs_no_ipv6(topology)
        networks = topology.networks.values()
        if len(places(networks, PARTS[0])) < len({*networks}):
            placement = self.place(topology, port)
            with every_part():
                yield placement
            return
        with own_part(partial(_addresses, topology)) as part:
            yield _placement(topology, port, part)

    def build(self, lab: Lab) -> None:
        """Nothing has to be built."""

    def serving(self, lab: Lab, host: str, *, tapped: bool) -> list[str]:
        """Every host is a process of this machine."""
        return serve(lab.topology, host, tapped=tapped)

    def on_host(self, lab: Lab, host: str, command: Sequence[str]) -> list[str]:
        """Every host is this machine."""
        return [*command]

    def listeners(self, lab: Lab, host: str) -> frozenset[End]:
        """Who listens on this machine."""
        return listeners(tcp_sockets())

    def capture_points(self, lab: Lab) -> tuple[CapturePoint, ...]:
        """All networks pass the one interface."""
        return (CapturePoint("lo", tuple(lab.topology.networks)),)

    def points_of(self, lab: Lab, part: str) -> tuple[CapturePoint, ...]:
        """The one interface, and what belongs to the part of the lab."""
        network = lab.topology.networks.get(part)
        addresses = lab.topology.host_addresses().get(part, ())
        only = (network,) if network else tuple(map(host_network, addresses))
        return (CapturePoint("lo", (), only=only),) if only else ()

    def set_up_firewall(self, lab: Lab, host: str, firewall: Configuration) -> None:
        """Raise ConfigurationError: here nothing is routed through a firewall."""
        raise ConfigurationError(f"{host}.tunnels: {all_reach_all.NO_TUNNELS}")

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Raise ConfigurationError when there are any."""
        if faults:
            refuse_faults(self.name)

    def remove(self, lab: Lab) -> None:
        """Nothing has been built."""


Networks = Mapping[IPNetwork, IPv4Network]


def _needs_no_ipv6(topology: Topology) -> None:
    """Raise ConfigurationError when a topology has IPv6."""
    if ipv6 := ipv6_networks(topology):
        raise _cannot_show(topology, ipv6)


def _placement(topology: Topology, port: int | None, part: IPv4Network) -> Placement:
    """The topology in a part of 127/8."""
    _needs_no_ipv6(topology)
    networks = places(topology.networks.values(), part)
    reasons = [
        f"networks.{name}: {network} does not fit into {part} beside the others; "
        "--backend netns has it"
        for name, network in topology.networks.items()
        if network not in networks
    ]
    if reasons := [*reasons, *all_reach_all.problems(topology)]:
        raise _cannot_show(topology, reasons)
    addresses = {
        address: move_address(address, networks)
        for host in topology.host_addresses().values()
        for address in host
    }
    port = port or _port_to_use(part)
    return Placement(
        backend=Loopback.name,
        topology=move_topology(topology, networks, port),
        port=port,
        addresses=addresses,
    )


def _cannot_show(topology: Topology, reasons: Sequence[str]) -> ConfigurationError:
    where = f"{topology.name}: the loopback backend cannot show this"
    return ConfigurationError("\n".join(f"{where}: {reason}" for reason in reasons))


def _addresses(topology: Topology, part: IPv4Network) -> list[IPAddress]:
    """The addresses of the hosts in a part of 127/8."""
    networks = places(topology.networks.values(), part)
    hosts = topology.host_addresses().values()
    return [move_address(address, networks) for host in hosts for address in host]


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
    """The topology with its networks moved and `port` in the place of 102.

    An argument of a command that is an address, or 102, is moved as a field is.
    """
    document = document_of(topology)
    for section in ("networks", "hosts", "reverse", "mtas", "firewalls", "programs", "routes"):
        if section in document:
            document[section] = move(document[section], networks, port)
    for step in document.get("play", ()):
        if "set" in step:
            step["set"] = move(step["set"], networks, port)
    for program in document.get("programs", {}).values():
        standing_for = {str(X400_PORT): str(port)}
        command = program.get("command", ())
        program["command"] = [standing_for.get(each, each) for each in command]
    for mta in document.get("mtas", {}).values():
        mta["server"]["transport_stack"].setdefault("port", port)
    return parse(document, Topology, topology.name, topology.places())


def move(document: Any, networks: Networks, port: int) -> Any:
    """A configuration document with every address, network and port 102 of it moved.

    Addresses may stand anywhere, as value or key; a port is what a field named `port` has.
    """
    if isinstance(document, dict):
        return {
            move(key, networks, port): _move_port(value, port)
            if key == "port"
            else move(value, networks, port)
            for key, value in document.items()
        }
    if isinstance(document, list):
        return [move(item, networks, port) for item in document]
    if isinstance(document, str):
        return _move_text(document, networks)
    return document


def _move_port(value: Any, port: int) -> Any:
    """The value of a field `port`, one or several, with `port` in the place of 102."""
    if isinstance(value, list):
        return [_move_port(each, port) for each in value]
    return port if value == X400_PORT else value


def _move_text(text: str, networks: Networks) -> str:
    try:
        network = IPv4Network(text)
    except ValueError:
        return text
    moved = move_address(network.network_address, networks)
    return f"{moved}/{network.prefixlen}" if "/" in text else str(moved)


def move_address(address: IPAddress, networks: Networks) -> IPAddress:
    """The address on loopback for one in `networks`; any other stays as it is."""
    for network, moved in networks.items():
        if address in network:
            return moved[int(address) - int(network.network_address)]
    return address


def places(networks: Iterable[IPNetwork], part: IPv4Network = WHOLE) -> Networks:
    """Where each network lies on loopback, the largest first; one that does not fit is left out.

    A part of another network lies in the place of that one. All lie in a part of 127/8.
    """
    found: dict[IPNetwork, IPv4Network] = {}
    for network in sorted(networks, key=lambda each: each.prefixlen):
        around = next((each for each in found if within(network, each)), None)
        if around:
            offset = int(network.network_address) - int(around.network_address)
            start = found[around][offset]
            found[network] = IPv4Network((start, network.prefixlen))
        elif place := _free(network, part, found.values()):
            found[network] = place
    return found


def _free(
    network: IPNetwork, part: IPv4Network, taken: Collection[IPv4Network]
) -> IPv4Network | None:
    """The place with the network's last two octets, else the first that nobody has."""
    first = IPv4Network((part.network_address, _KEEPS_TWO))
    last_two = int(network.network_address) & 0xFFFF
    if network.prefixlen >= 24:
        like_it = IPv4Network((int(first.network_address) | last_two, network.prefixlen))
        if not any(like_it.overlaps(each) for each in taken):
            return like_it
    if network.prefixlen <= part.prefixlen:
        return None
    free = (
        place
        for place in part.subnets(new_prefix=network.prefixlen)
        if not any(place.overlaps(each) for each in (first, *taken))
    )
    return next(free, None)


def _port_to_use(part: IPv4Network) -> int:
    """102 if this process may listen there, and nobody does at all addresses; else 10102.

    The address that is tried is no host's, and others may try it at the same time.
    """
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((str(part[-2]), X400_PORT))
        except OSError:
            return UNPRIVILEGED_PORT
    return X400_PORT
