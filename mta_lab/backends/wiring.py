"""Which host is on which network of a lab of namespaces, and what all is called there."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.addresses import IPAddress
from labkit.config import ConfigurationError
from mta_lab.lab.directory import Lab
from mta_lab.topology.files import NAME, Topology

NAMES = Path("/run/netns")
LONGEST_INTERFACE_NAME = 15  # IFNAMSIZ of linux/if.h, less its end


def check_name(topology: Topology, where: str, name: str) -> None:
    """Raise ConfigurationError when a name of the topology cannot be that of an interface."""
    if len(name) > LONGEST_INTERFACE_NAME or not re.fullmatch(NAME.pattern, name):
        raise ConfigurationError(
            f"{topology.name}: {where}: names an interface in a namespace; at most "
            f"{LONGEST_INTERFACE_NAME} letters, digits, '.', '_' and '-'"
        )


@dataclass(frozen=True)
class Attachment:
    """An interface of a host on a network."""

    host: str
    interface: str  # its name there
    network: str
    addresses: tuple[IPAddress, ...]
    port: str  # the bridge's end of the veth pair


def attachments(lab: Lab) -> Iterator[Attachment]:
    """Every interface of every host that has a namespace."""
    real = lab.topology.external()
    for number, each in enumerate(lab.topology.addressing().interfaces):
        if each.host in real:
            continue
        port = f"{number}.{each.host}"[:LONGEST_INTERFACE_NAME]
        yield Attachment(each.host, each.name, each.network, each.addresses, port)


def hosts(lab: Lab) -> Iterator[str]:
    """The hosts that have a namespace: all but real boxes."""
    return (name for name in lab.topology.host_addresses() if name not in lab.topology.external())


def bridges(lab: Lab) -> Path:
    """The namespace of the lab's bridges."""
    return NAMES / f"x400-{lab.name}"


def namespace(lab: Lab, host: str) -> Path:
    """The namespace of a host; the colon is in no name, so no other lab's begins with ours."""
    return NAMES / f"x400-{lab.name}:{host}"
