"""How a container starts whose kernel is configured before its host serves.

`python -m mta_lab.backends.container KIND ADDRESS... ROUTE... NAME... -- COMMAND...` gives each
interface its name, ADDRESS=INTERFACE: rules name it, and the engine has names of its own. It takes
each address at the interface that has another one of its network: the engine gives a container one
address per network. It adds each route, NETWORK@NEXT-HOST: the engine gives it one way out. A
firewall also sets its kernel up, and takes the address of each network that hosts send to when what
they say is for elsewhere.
"""

import os
import resource
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
from mta_lab.backends import become, policyrouting
from mta_lab.backends.capability import hand_on
from mta_lab.lab.directory import CONFIGURATION
from mta_lab.lab.enginehost import EngineHost

#: The kinds of host that keep the capability of their container: our firewall, and others'.
FIREWALL, FOREIGN = "firewall", "foreign"
_BY_WAY_OF, _IS = "@", "="
#: HAProxy makes room in memory for as many files as it may open: on some machines 2 ** 30.
_FILES = 65536
#: What sites' files expect to be there, in the /run of the container.
_RUN = (Path("/run/haproxy"), Path("/run/nginx"))


def name_argument(address: IPAddress, name: str) -> str:
    """The argument that stands for the name of the interface that has an address."""
    return f"{address}{_IS}{name}"


def rename(names: Iterable[str]) -> None:
    """Give interfaces their names, each a `name_argument`.

    A kernel before 6.2 renames none that is up. One that is down loses its routes but for that of
    its own network, which comes back with it. All have names of no other while they change.
    """
    now = {str(interface.ip): name for name, interface in interfaces()}
    wanted: dict[int, str] = {}
    with IPRoute() as kernel:
        for each in names:
            address, _, name = each.partition(_IS)
            (index,) = kernel.link_lookup(ifname=now[address])
            kernel.link("set", index=index, state="down")
            kernel.link("set", index=index, ifname=f"x400-{index}")
            wanted[index] = name
        for index, name in wanted.items():
            kernel.link("set", index=index, ifname=name, state="up")


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


def set_foreign_up(configuration: Path) -> None:
    """Add the policy routing of a firewall of others, and make what its file may look for.

    Its programs have the capability of this one. Raises ConfigurationError.
    """
    hand_on()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = most if 0 <= most < _FILES else _FILES  # RLIM_INFINITY is -1
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    policyrouting.add(load(configuration, EngineHost))
    for each in _RUN:
        each.mkdir(exist_ok=True)


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


_SET_UP = {FIREWALL: set_firewall_up, FOREIGN: set_foreign_up}


def main(kind: str, *arguments: str) -> None:
    """Prepare, then be the host."""
    end = arguments.index("--")
    preparation = arguments[:end]
    routes = [each for each in preparation if _BY_WAY_OF in each]
    names = [each for each in preparation if _IS in each]
    rename(names)
    take(parse_address(each) for each in preparation if each not in (*routes, *names))
    add_routes(routes)
    command = arguments[end + 1 :]
    try:
        if prepare := _SET_UP.get(kind):
            prepare(Path(CONFIGURATION))
    except ConfigurationError as error:
        say_lines(str(error), error=True)
        sys.exit(EXIT_BAD_CONFIGURATION)
    if kind == FIREWALL:
        become(command)
    os.execvp(command[0], command)  # a program without this one's capability, unless it is ambient


if __name__ == "__main__":
    main(*sys.argv[1:])
