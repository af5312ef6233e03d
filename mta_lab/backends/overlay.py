"""The overlay networks that join the hosts of a lab on several Docker engines.

Each is attachable, so that containers get the addresses of the file, and internal, so that the
engines give them no other interface and no way out. An engine answers ARP there for the addresses
that the swarm knows, one for each container, and carries Ethernet frames: who an IP packet in one
is from is nobody's business, so a firewall may send with the address of a client.
"""

import time
from collections.abc import Iterator
from ipaddress import ip_network

from labkit.addresses import IPAddress, IPNetwork
from labkit.config import ConfigurationError
from mta_lab.backends.composefile import network_name, project
from mta_lab.backends.docker import Docker
from mta_lab.backends.swarm import Swarm, by_engine, swarm_of
from mta_lab.lab.directory import Lab
from mta_lab.topology.files import Topology

#: What a network of a lab bears, with the name that Compose has for the lab.
LABEL = "x400.lab"
_LET_GO = 60.0  # wall seconds in which a swarm lets go of a network that no container has any more
_PAUSE = 0.2  # until it is asked again: it says nothing when it has


def check(topology: Topology) -> None:
    """Raise ConfigurationError for what an overlay cannot show, and for engines without one."""
    if problems := [*_problems(topology, _swarm(topology))]:
        raise ConfigurationError("\n".join(f"{topology.name}: {each}" for each in problems))


def make(lab: Lab) -> None:
    """Make the networks. Raises ConfigurationError where the swarm has such a one already."""
    manager = _swarm(lab.topology).manager
    _refuse_overlaps(lab, manager)
    for name, network in lab.topology.networks.items():
        spare = spare_part(lab.topology, name)
        manager(
            *("network", "create", "--driver", "overlay", "--attachable", "--internal"),
            *("--subnet", str(network), "--ip-range", str(spare), "--gateway", str(_last(spare))),
            *("--label", f"{LABEL}={project(lab)}", network_name(lab, name)),
        )


def remove(lab: Lab) -> None:
    """Remove the networks, which have no container any more. Raises ConfigurationError."""
    manager = _swarm(lab.topology).manager
    ours = ("network", "ls", "--quiet", "--filter", f"label={LABEL}={project(lab)}")
    deadline = time.monotonic() + _LET_GO
    while found := manager(*ours).split():
        try:
            manager("network", "rm", *found)
        except ConfigurationError:
            if time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)


def spare_part(topology: Topology, network: str) -> IPNetwork:
    """The largest part of a network without a host: from it engines take addresses of their own.

    Raises ConfigurationError when there is none.
    """
    whole = topology.networks[network]
    taken = [each for host in topology.host_addresses().values() for each in host]
    needed = len(by_engine(topology)) + 3  # the part's first, its last, and the gateway's
    for prefix in range(whole.prefixlen + 1, whole.max_prefixlen):
        parts: list[IPNetwork] = [*whole.subnets(new_prefix=prefix)]
        if parts[0].num_addresses < needed:
            break
        for part in reversed(parts):
            if not any(each in part for each in taken):
                return part
    raise ConfigurationError(
        f"networks.{network} ({whole}): each engine takes an address of its own there, and no part "
        "of it without hosts has room for that; without --engines it can be had"
    )


def _problems(topology: Topology, swarm: Swarm) -> Iterator[str]:
    for host, addresses in topology.host_addresses().items():
        for engine, address in swarm.addresses.items():
            if address in addresses:
                yield (
                    f"{host} has {address}, and so has the engine {engine}: its swarm would take "
                    "one for the other, and leave packets to the host nowhere to go; give the "
                    "host another address"
                )
        networks = [topology.network_of(each) for each in addresses]
        for network in dict.fromkeys(each for each in networks if networks.count(each) > 1):
            yield (
                f"{host} has several addresses on {network}: an overlay answers ARP for one of "
                "each container; without --engines it can be had"
            )
    for network in topology.networks:
        try:
            spare_part(topology, network)
        except ConfigurationError as error:
            yield str(error)


def _swarm(topology: Topology) -> Swarm:
    return swarm_of([*by_engine(topology)])


def _last(part: IPNetwork) -> IPAddress:
    """The last address that a host may have."""
    return part[-2]


def _refuse_overlaps(lab: Lab, manager: Docker) -> None:
    """Raise ConfigurationError where a network of the swarm has addresses of one of the lab's.

    The swarm itself would take both, and leave the second without an address for anybody.
    """
    of_swarm = manager("network", "ls", "--quiet", "--filter", "scope=swarm").split()
    shown = "{{.Name}}{{range .IPAM.Config}} {{.Subnet}}{{end}}"
    lines = manager("network", "inspect", "--format", shown, *of_swarm).splitlines()
    for other, *subnets in (line.split() for line in lines):
        for name, network in lab.topology.networks.items():
            if any(network.overlaps(ip_network(each)) for each in subnets):
                raise ConfigurationError(
                    f"networks.{name} ({network}): the swarm has the network {other} with "
                    f"such addresses ({', '.join(subnets)}); remove that one, if nobody needs it: "
                    f"`docker network rm {other}`; or give the topology others"
                )
