"""How a container starts whose kernel is configured before its host serves.

`python -m mta_lab.backends.container KIND ADDRESS... ROUTE... -- COMMAND...` takes each address at
the interface that has another one of its network: the engine gives a container one address per
network. It adds each route, NETWORK@NEXT-HOST: the engine gives it one way out. A host of the kind
`firewall` also sets its kernel up, and takes the address of each network that hosts send to when
what they say is for elsewhere.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Interface
from pathlib import Path
from socket import AF_INET

from pyroute2 import IPRoute

from firewall_proxy.config import Configuration
from firewall_proxy.system import CannotSetUpError, set_up
from labkit.addresses import IPAddress, IPNetwork, parse_address
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, load
from labkit.output import say_lines
from mta_lab.backends import become
from mta_lab.lab.directory import CONFIGURATION

#: The kind of host that keeps the capability of its container.
FIREWALL = "firewall"
_BY_WAY_OF = "@"


def take(addresses: Iterable[IPAddress]) -> None:
    """Take each address at the interface that has another one of its network."""
    with IPRoute() as kernel:
        for address in addresses:
            for name, interface in interfaces():
                if address in interface.network:
                    (index,) = kernel.link_lookup(ifname=name)
                    kernel.addr("replace", index=index, address=str(address), prefixlen=32)


def route_argument(to: IPNetwork, via: IPAddress) -> str:
    """The argument that stands for a route."""
    return f"{to}{_BY_WAY_OF}{via}"


def add_routes(routes: Iterable[str]) -> None:
    """Add routes, each a `route_argument`."""
    with IPRoute() as kernel:
        for route in routes:
            to, _, via = route.partition(_BY_WAY_OF)
            kernel.route("replace", dst=to, gateway=via)


def set_firewall_up(configuration: Path) -> None:
    """Configure the kernel as the firewall's configuration asks. Raises ConfigurationError."""
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


def main(kind: str, *arguments: str) -> None:
    """Prepare, then be the host."""
    end = arguments.index("--")
    preparation = arguments[:end]
    routes = [each for each in preparation if _BY_WAY_OF in each]
    take(parse_address(each) for each in preparation if each not in routes)
    add_routes(routes)
    command = arguments[end + 1 :]
    if kind != FIREWALL:
        os.execvp(command[0], command)  # a program without the capability that this one has
    try:
        set_firewall_up(Path(CONFIGURATION))
    except ConfigurationError as error:
        say_lines(str(error), error=True)
        sys.exit(EXIT_BAD_CONFIGURATION)
    become(command)


if __name__ == "__main__":
    main(*sys.argv[1:])
