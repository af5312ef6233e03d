"""Which host is on which network of a lab of namespaces, and what all is called there."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from mta_lab.lab.directory import Lab

NAMES = Path("/run/netns")
LONGEST_INTERFACE_NAME = 15  # IFNAMSIZ of linux/if.h, less its end


@dataclass(frozen=True)
class Attachment:
    """A host on a network."""

    host: str
    network: str
    addresses: tuple[IPv4Address, ...]  # one interface has them all
    port: str  # the bridge's end of the veth pair; the host's is named after the network


def attachments(lab: Lab) -> Iterator[Attachment]:
    """Every host on every network it is in."""
    for number, (host, addresses) in enumerate(lab.topology.host_addresses().items()):
        for place, (network, there) in enumerate(lab.topology.networks.items()):
            if ours := tuple(address for address in addresses if address in there):
                port = f"{place}.{number}.{host}"[:LONGEST_INTERFACE_NAME]
                yield Attachment(host, network, ours, port)


def bridges(lab: Lab) -> Path:
    """The namespace of the lab's bridges."""
    return NAMES / f"x400-{lab.name}"


def namespace(lab: Lab, host: str) -> Path:
    """The namespace of a host; the colon is in no name, so no other lab's begins with ours."""
    return NAMES / f"x400-{lab.name}:{host}"
