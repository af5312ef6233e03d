"""How a container starts that must tell its kernel something before its host serves.

`python -m mta_lab.backends.container HOST ADDRESS... -- COMMAND...` takes each address at the
interface that has another one of its network: the engine gives a container one address per network.
The firewall also sets its kernel up, and takes the address of each network that hosts send to when
what they say is for elsewhere.
"""

import os
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
from mta_lab.lab.directory import CONFIGURATION
from mta_lab.topology.files import FIREWALL


def take(addresses: Iterable[IPv4Address]) -> None:
    """Take each address at the interface that has another one of its network."""
    with IPRoute() as kernel:
        for address in addresses:
            for name, interface in interfaces():
                if address in interface.network:
                    (index,) = kernel.link_lookup(ifname=name)
                    kernel.addr("replace", index=index, address=str(address), prefixlen=32)


def set_firewall_up(configuration: Path) -> None:
    """Tell the kernel what the firewall's configuration asks of it. Raises ConfigurationError."""
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


def main(host: str, *arguments: str) -> None:
    """Prepare, then be the host."""
    end = arguments.index("--")
    take(map(IPv4Address, arguments[:end]))
    if host != FIREWALL:
        command = arguments[end + 1 :]
        os.execvp(command[0], command)  # a program without the capability that this one has
    try:
        set_firewall_up(Path(CONFIGURATION))
    except ConfigurationError as error:
        say_lines(str(error), error=True)
        sys.exit(EXIT_BAD_CONFIGURATION)
    become_host(FIREWALL)


if __name__ == "__main__":
    main(*sys.argv[1:])
