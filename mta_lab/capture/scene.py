"""What a capture shows: networks, the hosts on them by name, and the port of X.400."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from labkit.addresses import IPAddress, IPNetwork
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import Topology

X400_PORT = 102  # Wireshark takes it for TPKT unasked


@dataclass(frozen=True)
class Scene:
    """The networks of a capture, each of which becomes an interface of the file, and who is there.

    Only what hosts say to each other is captured, so every address of one has at least one name.
    """

    networks: Mapping[str, IPNetwork]
    names: Mapping[IPAddress, Sequence[str]]
    port: int

    @classmethod
    def of(cls, placement: Placement) -> Self:
        """The scene of a topology where it has been placed."""
        return cls.of_topology(placement.topology, placement.port)

    @classmethod
    def of_topology(cls, topology: Topology, port: int) -> Self:
        """The scene of a topology whose addresses are those on the wire."""
        return cls(topology.networks, _names(topology), port)

    def network_by_octets(self) -> Mapping[bytes, str]:
        """The network of each host's address, as packets have it."""
        return {address.packed: self.network_of(address) for address in self.names}

    def network_of(self, address: IPAddress) -> str:
        """The network that an address lies in. Raises KeyError when it lies in none."""
        for name, network in self.networks.items():
            if address in network:
                return name
        raise KeyError(address)


def _names(topology: Topology) -> Mapping[IPAddress, Sequence[str]]:
    """A host is called by its name; of a firewall's interfaces each has one."""
    names = {
        address: [host]
        for host, addresses in topology.host_addresses().items()
        for address in addresses
    }
    for host, firewall in topology.firewalls.items():
        for name, interface in firewall.interfaces.items():
            names[interface.address] = [f"{host}.{name}"]
    for name, address in topology.hosts.items():
        if address in names:
            names[address].append(name)
    return names
