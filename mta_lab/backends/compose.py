"""Every host a container: Docker Compose, with the networks and addresses of the file.

A Compose file is made of the topology and lies in the lab's directory. Compose makes networks and
containers of it and removes them; attached.py then starts a host, so that what it says, its
signals and its status are those of a process here. The engine must be this machine's:
a host's directory is mounted into its container, and the lab speaks to the control socket in it.

No container is privileged, none runs as root, no root file system can be written to, and memory and
processes are limited. Only the firewall has a capability, to use the addresses of others and to set
its kernel up, and an MTA with several addresses on one network while it takes them.
"""

import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from firewall_proxy.config import Configuration
from firewall_proxy.system import forwards
from labkit.addresses import End, IPAddress, IPNetwork, host_network
from labkit.config import UNFOLDED, ConfigurationError
from labkit.output import say
from labkit.sockets import TABLES, in_table, listeners
from mta_lab.backends import container as in_container
from mta_lab.backends import ipv6_networks, refuse_faults, serve
from mta_lab.backends.loopback import unmoved
from mta_lab.backends.own_addresses import keep_silent
from mta_lab.lab.directory import CONFIGURATION, Lab
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint, may_capture
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ForeignEngine, ProxyFirewall

#: What people call the image, and what to build it of where its Dockerfile is at hand.
IMAGE = "x400-firewall-lab"
_SOURCES = Path(__file__).parents[2]
_ATTACHED = Path(__file__).with_name("attached.py")
_DEFAULT_BASE = "python:3.11-slim"
#: The image's own user, by number; a host's directory becomes its when root starts the lab.
_USER = 10102

#: Why a container does not run a firewall that others wrote.
_NOT_HERE: Mapping[ForeignEngine, str] = {
    "nftables": "its rules name interfaces, and those of a container have other names",
    "iptables": "the image has no iptables",
    "haproxy": "the image has no haproxy",
    "nginx": "the image has no nginx",
}
#: What a container may have at most.
MEMORY, PROCESSES = "512m", 64

_FILE = "docker-compose.yml"
_DIRECTORY = "/lab"  # of a host, in its container
_PROGRAM_WITH_NET_ADMIN = "python-net-admin"  # see the Dockerfile


class Compose:
    """The Docker Compose backend."""

    name = "compose"
    hosts_are_here = False

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Every address stays what it is.

        Raises ConfigurationError for IPv6, without a Docker engine, and for a firewall that is no
        program.
        """
        if ipv6 := ipv6_networks(topology):
            raise ConfigurationError("\n".join(f"{topology.name}: {each}" for each in ipv6))
        for name, foreign in topology.foreign().items():
            raise ConfigurationError(
                f"{topology.name}: firewalls.{name}: {_NOT_HERE[foreign.engine]}; "
                "--backend netns runs it"
            )
        for name, firewall in topology.firewalls.items():
            if not isinstance(firewall, ProxyFirewall):
                raise ConfigurationError(
                    f"{topology.name}: firewalls.{name}: a container is there for a program, and "
                    f"{firewall.engine} is none; --backend netns shows it"
                )
        _engine()
        return unmoved(self.name, topology, port)

    def placed(
        self, topology: Topology, port: int | None = None
    ) -> AbstractContextManager[Placement]:
        """Every lab has networks of its own."""
        return nullcontext(self.place(topology, port))

    def build(self, lab: Lab) -> None:
        """Build the image, networks and containers. Raises ConfigurationError, OSError."""
        _build_image()
        if os.geteuid() == 0:
            for host in lab.topology.host_addresses():
                os.chown(lab.files(host).directory, _USER, _USER)
        _compose(lab, "up", "--no-start")
        bridges = [_bridge(_network_name(lab, each)) for each in lab.topology.networks]
        keep_silent(bridges, chain.from_iterable(lab.topology.host_addresses().values()))
        for host in lab.topology.host_addresses():
            _join_networks(lab, host)

    def serving(self, lab: Lab, host: str, *, tapped: bool) -> list[str]:
        """Start the host's container. That it is tapped or not was settled when it was made."""
        return [sys.executable, str(_ATTACHED), container(lab, host)]

    def on_host(self, lab: Lab, host: str, command: Sequence[str]) -> list[str]:
        """Run a command in the host's container."""
        terminal = ["--tty"] if os.isatty(0) else []
        return ["docker", "exec", "--interactive", *terminal, container(lab, host), *command]

    def listeners(self, lab: Lab, host: str) -> frozenset[End]:
        """Who listens in the host's container: nobody while it does not run."""
        with suppress(ConfigurationError):
            tables = _run(["docker", "exec", container(lab, host), "cat", *TABLES])
            return listeners(in_table(tables))
        return frozenset()

    def capture_points(self, lab: Lab) -> tuple[CapturePoint, ...]:
        """Every network is a bridge of this machine, which all of its packets pass."""
        return tuple(_capture_point(lab, network) for network in lab.topology.networks)

    def points_of(self, lab: Lab, part: str) -> tuple[CapturePoint, ...]:
        """A network's bridge; for a host the bridges it is at, and what has its address there."""
        if part in lab.topology.networks:
            return (_capture_point(lab, part),)
        return tuple(
            replace(
                _capture_point(lab, str(lab.topology.network_of(address))),
                only=(host_network(address),),
            )
            for address in lab.topology.host_addresses().get(part, ())
        )

    def set_up_firewall(self, lab: Lab, host: str, firewall: Configuration) -> None:
        """Configure the kernel of a firewall's container, all but whether it forwards."""
        where = container(lab, host)
        set_up = [_PROGRAM_WITH_NET_ADMIN, "-m", "firewall_proxy", "setup", CONFIGURATION]
        _run(["docker", "exec", where, *set_up])

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Raise ConfigurationError when there are any."""
        if faults:
            refuse_faults(self.name)

    def remove(self, lab: Lab) -> None:
        """Remove the containers and networks. The image stays."""
        _compose(lab, "down", "--timeout", "0")


def _capture_point(lab: Lab, network: str) -> CapturePoint:
    return CapturePoint(_bridge(_network_name(lab, network)), (network,))


def container(lab: Lab, host: str) -> str:
    """The name of a host's container."""
    return f"{_project(lab)}-{host}"


def compose_file(lab: Lab, *, tapped: bool) -> dict[str, Any]:
    """The Compose file of a lab, for Compose v2 and docker-compose 1.29."""
    return {
        "services": {
            host: _service(lab, host, tapped=tapped) for host in lab.topology.host_addresses()
        },
        "networks": {
            name: _network(_network_name(lab, name), network, _way_out(lab.topology, name))
            for name, network in lab.topology.networks.items()
        },
    }


def _service(lab: Lab, host: str, *, tapped: bool) -> dict[str, Any]:
    user = (_USER, _USER) if os.geteuid() == 0 else (os.geteuid(), os.getegid())
    addresses = lab.topology.host_addresses()[host]
    of_networks = {str(lab.topology.network_of(each)): each for each in reversed(addresses)}
    more = [each for each in addresses if each not in of_networks.values()]
    service: dict[str, Any] = {
        "image": _image(),
        "container_name": container(lab, host),
        "command": serve(lab.topology, host, tapped=tapped),
        "working_dir": _DIRECTORY,
        "user": "{}:{}".format(*user),
        "read_only": True,
        "mem_limit": MEMORY,
        "pids_limit": PROCESSES,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "sysctls": {"net.ipv4.ip_unprivileged_port_start": 0},
        "volumes": [f"{lab.files(host).directory.absolute()}:{_DIRECTORY}"],
        "extra_hosts": [f"{name}:{at}" for name, at in lab.topology.names_on(host).items()],
        "networks": {name: {"ipv4_address": str(address)} for name, address in of_networks.items()},
    }
    kind = "mta"
    if proxy := lab.topology.proxies().get(host):
        kind = in_container.FIREWALL
        more += [
            _way_out(lab.topology, name)
            for name in of_networks
            if _keeper_of_the_way_out(lab.topology, name) == host
        ]
        service["sysctls"] |= {"net.ipv4.ip_forward": int(forwards(proxy)), **proxy.sysctls}
    arguments = [*map(str, more), *_routes(lab.topology, host)]
    return service | (_with_net_admin(kind, arguments, service["command"]) if arguments else {})


def _routes(topology: Topology, host: str) -> Iterator[str]:
    """The routes that the host's default route, to the way out of its network, is not."""
    for route in topology.routing().table(host):
        if route.via is None or route.to.prefixlen == 0:
            continue
        keeper = _keeper_of_the_way_out(topology, route.interface.network)
        if host in topology.firewalls or topology.addressing().host_at(route.via) != keeper:
            yield in_container.route_argument(route.to, route.via)


def _keeper_of_the_way_out(topology: Topology, network: str) -> str | None:
    """The firewall that has the way out of a network: the first one on it."""
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
        "command": [_PROGRAM_WITH_NET_ADMIN, "-m", "mta_lab.backends.container", *arguments],
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


def _network_name(lab: Lab, network: str) -> str:
    return f"{_project(lab)}-{network}"


def _project(lab: Lab) -> str:
    """What Compose calls the lab: lower-case letters, digits, hyphens and underscores."""
    name = re.sub(r"[^a-z0-9-]", "_", lab.name.lower())
    if name != lab.name:  # another lab's may become the same
        name += "-" + hashlib.sha256(lab.name.encode()).hexdigest()[:8]
    return f"mta-lab-{name}"


# The programs


def _image() -> str:
    return os.environ.get("MTA_LAB_IMAGE", IMAGE)


def _build_image() -> None:
    """Build the image of this checkout, which takes a second when nothing has changed.

    An installation without a Dockerfile, or a MTA_LAB_IMAGE in the environment, has its image.
    """
    if "MTA_LAB_IMAGE" in os.environ or not (_SOURCES / "Dockerfile").exists():
        return
    if not _succeeds(["docker", "image", "inspect", IMAGE]):
        say(f"building the image {IMAGE}: some minutes, the first time", error=True)
    base = os.environ.get("BASE_IMAGE", _DEFAULT_BASE)
    options = ["--quiet", "--network", "host", "--build-arg", f"BASE_IMAGE={base}"]
    _run(["docker", "build", *options, "--tag", IMAGE, str(_SOURCES)])


def _compose(lab: Lab, *arguments: str) -> None:
    """Run Compose on the lab's file, which is written first: a lab cut short may have none."""
    file = lab.directory / _FILE
    with file.open("w", encoding="utf-8") as stream:
        yaml = YAML(typ="safe", pure=True)
        yaml.width = UNFOLDED
        yaml.dump(compose_file(lab, tapped=not may_capture()), stream)
    _run([*_compose_program(), "--project-name", _project(lab), "--file", str(file), *arguments])


def _join_networks(lab: Lab, host: str) -> None:
    """Connect a container to the networks that it is not in yet.

    docker-compose 1.29 leaves all but one of them to its own way of starting a container.
    """
    joined = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
    found = _run(["docker", "inspect", "--format", joined, container(lab, host)]).split()
    for address in lab.topology.host_addresses()[host]:
        network = _network_name(lab, str(lab.topology.network_of(address)))
        if network not in found:
            ends = [network, container(lab, host)]
            _run(["docker", "network", "connect", "--ip", str(address), *ends])


def _compose_program() -> list[str]:
    """Compose v2, or docker-compose where there is none."""
    programs = (["docker", "compose"], ["docker-compose"])
    for program in programs:
        if _succeeds([*program, "version"]):
            return program
    names = " nor ".join(f"`{' '.join(program)}`" for program in programs)
    raise ConfigurationError(f"the compose backend needs Docker Compose: neither {names} works")


def _engine() -> None:
    """Raise ConfigurationError when no Docker engine answers."""
    try:
        _run(["docker", "version"])
    except FileNotFoundError:
        raise ConfigurationError(
            "the compose backend needs Docker: no program `docker`; --backend netns needs root, "
            "loopback nothing"
        ) from None
    except ConfigurationError as error:
        raise ConfigurationError(
            f"the compose backend needs a Docker engine: {error}\n"
            "--backend netns needs root instead, loopback nothing"
        ) from None


def _bridge(network: str) -> str:
    """The interface of a network, as the engine calls it."""
    identifier = _run(["docker", "network", "inspect", "--format", "{{.Id}}", network])
    return f"br-{identifier[:12]}"


def _succeeds(command: Sequence[str]) -> bool:
    try:
        _run(command)
    except (OSError, ConfigurationError):
        return False
    return True


def _run(command: Sequence[str]) -> str:
    """What a program says. Raises ConfigurationError with its last words when it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise ConfigurationError(f"{' '.join(command)}: status {done.returncode}: {said}")
    return done.stdout.strip()
