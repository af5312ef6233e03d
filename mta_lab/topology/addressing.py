"""Who is where: the interfaces of all hosts, their addresses, and the networks that they are on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labkit.addresses import IPAddress, IPNetwork
from labkit.config import ConfigurationError


@dataclass(frozen=True)
class Interface:
    """An interface of a host: a firewall's has a name, others have that of their network."""

    host: str
    name: str
    network: str
    addresses: tuple[IPAddress, ...]


class Addressing:
    """The interfaces of a topology, found by host, by network and by address."""

    def __init__(self, networks: Mapping[str, IPNetwork], interfaces: Iterable[Interface]) -> None:
        """Take the networks by name, and all interfaces."""
        self.networks = networks
        self.interfaces = tuple(interfaces)
        self._of_host: dict[str, list[Interface]] = {}
        self._on_network: dict[str, list[Interface]] = {}
        self._at: dict[IPAddress, Interface] = {}
        for interface in self.interfaces:
            self._of_host.setdefault(interface.host, []).append(interface)
            self._on_network.setdefault(interface.network, []).append(interface)
            for address in interface.addresses:
                self._at.setdefault(address, interface)

    def of_host(self, host: str) -> tuple[Interface, ...]:
        """The interfaces of a host, in the order of the file."""
        return tuple(self._of_host.get(host, ()))

    def on_network(self, network: str) -> tuple[Interface, ...]:
        """The interfaces on a network, in the order of the file."""
        return tuple(self._on_network.get(network, ()))

    def at(self, address: IPAddress) -> Interface | None:
        """The interface that has `address`."""
        return self._at.get(address)

    def host_at(self, address: IPAddress) -> str | None:
        """The host that has `address`."""
        found = self.at(address)
        return found.host if found else None

    def network_of(self, address: IPAddress) -> str | None:
        """The network that `address` lies in, whether or not a host has it."""
        return next((name for name, net in self.networks.items() if address in net), None)


def free_address(network: IPNetwork, taken: Iterable[IPAddress]) -> IPAddress:
    """The last host address of a network that is not taken. Raises ConfigurationError."""
    used = {*taken}
    for number in range(2, network.num_addresses):
        if (address := network[-number]) not in used:
            return address
    raise ConfigurationError(f"no address of {network} is free")


def by_network(
    host: str, networks: Mapping[str, IPNetwork], addresses: Iterable[IPAddress]
) -> Iterable[Interface]:
    """The interfaces of a host whose interfaces have no names: one on each of its networks."""
    addresses = tuple(addresses)
    for name, network in networks.items():
        if ours := tuple(address for address in addresses if address in network):
            yield Interface(host, name, name, ours)
