"""The Compose file of a lab: a service for each host, a bridge for each network.

No container is privileged, none runs as root, no root file system can be written to, and memory and
processes are limited. None is started again by the engine: that a host has ended is a result of the
lab, which shows it, and starts it again when somebody asks. Only a firewall has a capability, to
use the addresses of others and to set its kernel up, and an MTA with several addresses on one
network while it takes them.

With several engines there is a file for each. Its containers have a volume in the place of the
host's directory, no network that Compose would have to know, and while they start the capability
to set their routes: overlay networks come later, and no engine gives them a way out.
"""

import hashlib
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML

from firewall_proxy.system import forwards
from labkit.addresses import IPAddress, IPNetwork
from labkit.config import UNFOLDED, ConfigurationError
from mta_lab.backends import container as in_container
from mta_lab.backends import own_port, serve
from mta_lab.backends.wiring import check_name
from mta_lab.engines.nftables.includes import includes
from mta_lab.engines.registry import kind as engine_kind
from mta_lab.lab.directory import Lab
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import Firewall, ForeignFirewall, ProxyFirewall

#: What people call the image.
IMAGE = "x400-firewall-lab"
#: The image's own user, by number; a host's directory becomes its when root starts the lab.
USER = 10102
#: What a container may have at most.
MEMORY, PROCESSES = "512m", 64
PROGRAM_WITH_NET_ADMIN = "python-net-admin"  # see the Dockerfile
_DIRECTORY = "/lab"  # of a host, in its container
#: The same on an engine of several: in the image this one is the user's, and so is the volume.
DIRECTORY = "/var/lib/x400"
#: What the engine calls that a container is on no network.
NO_NETWORK = "none"
_INTERFACES_SYSCTL = re.compile(r"net\.ipv[46]\.(?:conf|neigh)\.([^.]+)\..+")
_ALL = ("all", "default")


def image() -> str:
    """The image of every container: ours, or that of MTA_LAB_IMAGE in the environment."""
    return os.environ.get("MTA_LAB_IMAGE", IMAGE)


def container(lab: Lab, host: str) -> str:
    """The name of a host's container."""
    return f"{project(lab)}-{host}"


def check(topology: Topology, port: int | None) -> None:
    """Raise ConfigurationError for what a container cannot show of a firewall, and netns does."""
    for name, firewall in topology.firewalls.items():
        where = f"firewalls.{name}"
        problems = [*_not_here(topology, where, firewall)]
        if problems:
            raise ConfigurationError("\n".join(f"{topology.name}: {each}" for each in problems))
        if isinstance(firewall, ForeignFirewall):
            own_port(topology, name, port)
            for interface in firewall.interfaces:
                check_name(topology, f"{where}.interfaces.{interface}", interface)


def _not_here(topology: Topology, where: str, firewall: Firewall) -> Iterator[str]:
    if not isinstance(firewall, ProxyFirewall | ForeignFirewall):
        yield (
            f"{where}: a container is there for a program, and {firewall.engine} is none; "
            "--backend netns shows it"
        )
        return
    for setting in firewall.sysctls:
        if (named := _INTERFACES_SYSCTL.fullmatch(setting)) and named[1] not in _ALL:
            yield (
                f"{where}.sysctls.{setting}: a container has its sysctls before its interfaces "
                "have their names; --backend netns sets it"
            )
    if isinstance(firewall, ForeignFirewall):
        networks = [topology.network_of(each.address) for each in firewall.interfaces.values()]
        if len({*networks}) < len(networks):
            yield (
                f"{where}.interfaces: a container has one interface on each network; "
                "--backend netns has several"
            )
        if firewall.engine == "nftables" and [*includes(firewall.text)]:
            yield (
                f"{where}: a container does not have the files that its rules include; "
                "--backend netns reads them"
            )


def as_text(file: Mapping[str, Any]) -> str:
    """A Compose file as text, so that every Compose reads it alike.

    It is YAML 1.1, as docker-compose 1.29 has it: there a bare `no` is false, and stands in quotes.
    """
    yaml = YAML(typ="safe", pure=True)
    yaml.version = (1, 1)
    yaml.width = UNFOLDED
    yaml.dump(file, stream := io.StringIO())
    return stream.getvalue()


def compose_file(lab: Lab, engine: str = "", *, tapped: bool) -> dict[str, Any]:
    """The Compose file of a lab, for Compose v2 and docker-compose 1.29.

    With an engine it is that of several which have the lab.
    """
    if engine:
        here = [host for host, where in lab.topology.engines.items() if where == engine]
        return {"services": {host: _elsewhere(_service(lab, host, tapped=tapped)) for host in here}}
    return {
        "services": {
            host: _service(lab, host, tapped=tapped) for host in lab.topology.host_addresses()
        },
        "networks": {
            name: _network(network_name(lab, name), network, _way_out(lab.topology, name))
            for name, network in lab.topology.networks.items()
        },
    }


def _service(lab: Lab, host: str, *, tapped: bool) -> dict[str, Any]:
    user = _user(lab.topology)
    addresses = lab.topology.host_addresses()[host]
    of_networks = {str(lab.topology.network_of(each)): each for each in reversed(addresses)}
    more = [each for each in addresses if each not in of_networks.values()]
    service: dict[str, Any] = {
        "image": image(),
        "container_name": container(lab, host),
        "command": serve(lab.topology, host, tapped=tapped),
        "working_dir": _DIRECTORY,
        "user": "{}:{}".format(*user),
        "read_only": True,
        "mem_limit": MEMORY,
        "pids_limit": PROCESSES,
        "restart": "no",
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": 0},
        "volumes": [f"{lab.files(host).directory.absolute()}:{_DIRECTORY}"],
        "extra_hosts": [f"{name}:{at}" for name, at in lab.topology.names_on(host).items()],
        "networks": {name: {"ipv4_address": str(address)} for name, address in of_networks.items()},
    }
    kind = "mta"
    firewall = lab.topology.firewalls.get(host)
    if firewall:
        kind = in_container.FIREWALL
        more += [
            _way_out(lab.topology, name)
            for name in of_networks
            if _keeper_of_the_way_out(lab.topology, name) == host
        ]
        service["sysctls"] |= {"net.ipv4.ip_forward": _forwards(firewall), **firewall.sysctls}
    arguments = [*map(str, more), *_routes(lab.topology, host)]
    if isinstance(firewall, ForeignFirewall):
        kind = in_container.FOREIGN
        service["command"][0] = "python3"  # the image's, not this machine's
        arguments += [
            in_container.name_argument(each.address, name)
            for name, each in firewall.interfaces.items()
        ]
        service["tmpfs"] = [f"/run:uid={user[0]},gid={user[1]},mode=755"]
    needs = arguments or firewall
    return service | (_with_net_admin(kind, arguments, service["command"]) if needs else {})


def _user(topology: Topology) -> tuple[int, int]:
    """Whom a container's directory belongs to."""
    if topology.engines or os.geteuid() == 0:
        return USER, USER
    return os.geteuid(), os.getegid()


def _elsewhere(service: dict[str, Any]) -> dict[str, Any]:
    """A service on an engine of several, which may be another machine's.

    Its networks are joined when the container is there.
    """
    changed = {"working_dir": DIRECTORY, "volumes": [DIRECTORY], "network_mode": NO_NETWORK}
    return {name: each for name, each in service.items() if name != "networks"} | changed


def _forwards(firewall: Firewall) -> int:
    """Its net.ipv4.ip_forward."""
    if isinstance(firewall, ProxyFirewall):
        return int(forwards(firewall))
    return int(engine_kind(firewall.engine).forwards)


def _routes(topology: Topology, host: str) -> Iterator[str]:
    """The routes that the host's default route, to the way out of its network, is not.

    On several engines there is none but those.
    """
    for route in topology.routing().table(host):
        if route.via is None or (route.to.prefixlen == 0 and not topology.engines):
            continue
        keeper = _keeper_of_the_way_out(topology, route.interface.network)
        if host in topology.firewalls or topology.addressing().host_at(route.via) != keeper:
            yield in_container.route_argument(route.to, route.via)


def _keeper_of_the_way_out(topology: Topology, network: str) -> str | None:
    """The firewall that has the way out of a network: the first one on it.

    Several engines' networks have no way out.
    """
    if topology.engines:
        return None
    hosts = (each.host for each in topology.addressing().on_network(network))
    return next((host for host in hosts if host in topology.firewalls), None)


def _with_net_admin(
    kind: str, preparation: Sequence[str], command: Sequence[str]
) -> dict[str, Any]:
    """What is different with a host whose kernel is configured before it serves.

    Its programs get the one capability of the container with their files, which the option
    no-new-privileges would forbid. An MTA's own program has none.
    """
    arguments = [kind, *preparation, "--", *command]
    return {
        "command": [PROGRAM_WITH_NET_ADMIN, "-m", "mta_lab.backends.container", *arguments],
        "cap_add": ["NET_ADMIN"],
        "security_opt": [],
    }


def _network(name: str, network: IPNetwork, way_out: IPAddress) -> dict[str, Any]:
    """A bridge on which the engine's machine has no address: the only way out is the firewall."""
    return {
        "name": name,
        "driver": "bridge",
        "driver_opts": {
            "com.docker.network.bridge.inhibit_ipv4": "true",
            "com.docker.network.bridge.enable_ip_masquerade": "false",
        },
        "ipam": {"config": [{"subnet": str(network), "gateway": str(way_out)}]},
    }


def _way_out(topology: Topology, network: str) -> IPAddress:
    """The address of a network that its hosts send to what is not in it: its last one free.

    The engine lets no container have it, so the firewall takes it besides its own.
    """
    taken = {each for host in topology.host_addresses().values() for each in host}
    free: list[IPAddress] = [
        each for each in topology.networks[network].hosts() if each not in taken
    ]
    return free[-1]


def network_name(lab: Lab, network: str) -> str:
    """What the engine calls a network of a lab."""
    return f"{project(lab)}-{network}"


def project(lab: Lab) -> str:
    """What Compose calls the lab: lower-case letters, digits, hyphens and underscores."""
    name = re.sub(r"[^a-z0-9-]", "_", lab.name.lower())
    if name != lab.name:  # another lab's may become the same
        name += "-" + hashlib.sha256(lab.name.encode()).hexdigest()[:8]
    return f"mta-lab-{name}"
