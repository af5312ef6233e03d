"""How the firewall's container starts: it sets its kernel up and becomes `firewall-proxy serve`.

The networks' hosts send what is not for their network to an address that the engine keeps free;
the firewall takes it.
"""

import sys
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from socket import AF_INET

from pyroute2 import IPRoute

from firewall_proxy.config import Configuration
from firewall_proxy.system import CannotSetUpError, set_up
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, load
from labkit.output import say_lines
from mta_lab.backends import become_host
from mta_lab.topology.files import FIREWALL


def prepare(configuration: Path, addresses: Iterable[IPv4Address]) -> None:
    """Take each address at the interface that has another of its network; set the kernel up.

    Raises ConfigurationError.
    """
    with IPRoute() as kernel:
        for address in addresses:
            for name, interface in interfaces():
                if address in interface.network:
                    (index,) = kernel.link_lookup(ifname=name)
                    kernel.addr("replace", index=index, address=str(address), prefixlen=32)
    try:
        set_up(load(configuration, Configuration))
    except CannotSetUpError as error:
        raise ConfigurationError(f"{configuration}: {error}") from error


def interfaces() -> Iterator[tuple[str, IPv4Interface]]:
    """The interfaces of this network namespace by name, each with an address and its network."""
    with IPRoute() as kernel:
        for found in kernel.get_addr(family=AF_INET):
            address = f"{found.get_attr('IFA_ADDRESS')}/{found['prefixlen']}"
            yield found.get_attr("IFA_LABEL"), IPv4Interface(address)


def main(configuration: str, *addresses: str) -> None:
    """Prepare, then be the firewall."""
    try:
        prepare(Path(configuration), map(IPv4Address, addresses))
    except ConfigurationError as error:
        say_lines(str(error), error=True)
        sys.exit(EXIT_BAD_CONFIGURATION)
    become_host(FIREWALL)


if __name__ == "__main__":
    main(*sys.argv[1:])
