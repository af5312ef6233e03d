"""Which host is on which network of a lab of namespaces, and what all is called there."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from mta_lab.lab import Lab

NAMES = Path("/run/netns")
LONGEST_INTERFACE_NAME = 15  # IFNAMSIZ of linux/if.h, less its end


@dataclass(frozen=True)
class Attachment:
    """A host on a network."""

    host: str
    network: str
    address: IPv4Address
    port: str  # the bridge's end of the veth pair; the host's is named after the network


def attachments(lab: Lab) -> Iterator[Attachment]:
    """Every host on every network it is in."""
    topology = lab.topology
    networks = list(topology.networks)
    for number, (host, addresses) in enumerate(topology.host_addresses().items()):
        for address in addresses:
            network = topology.network_of(address)
            if network is not None:
                port = f"{networks.index(network)}.{number}.{host}"[:LONGEST_INTERFACE_NAME]
                yield Attachment(host, network, address, port)


def bridges(lab: Lab) -> Path:
    """The namespace of the lab's bridges."""
    return NAMES / f"x400-{lab.name}"


def namespace(lab: Lab, host: str) -> Path:
    """The namespace of a host; the colon is in no name, so no other lab's begins with ours."""
    return NAMES / f"x400-{lab.name}:{host}"
