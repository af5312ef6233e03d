"""Every host a container: Docker Compose, with the networks and addresses of the file.

A Compose file is made of the topology (composefile.py) and lies in the lab's directory. Compose
makes networks and containers of it and removes them; attached.py then starts a host, so that what
it says, its signals and its status are those of a process here. The engine must be this machine's:
a host's directory is mounted into its container, and the lab speaks to the control socket in it.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path

from firewall_proxy.config import Configuration
from labkit.addresses import End, host_network
from labkit.config import ConfigurationError
from labkit.interrupts import interruptible
from labkit.output import say
from labkit.sockets import TABLES, in_table, listeners
from mta_lab.backends import ipv6_networks, refuse_faults
from mta_lab.backends.composefile import (
    IMAGE,
    PROGRAM_WITH_NET_ADMIN,
    USER,
    as_text,
    check,
    compose_file,
    container,
    network_name,
    project,
)
from mta_lab.backends.loopback import unmoved
from mta_lab.backends.own_addresses import keep_silent
from mta_lab.lab.directory import CONFIGURATION, Lab
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint, may_capture
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology

#: What the image is built of, where its Dockerfile is at hand.
_SOURCES = Path(__file__).parents[2]
_ATTACHED = Path(__file__).with_name("attached.py")
_DEFAULT_BASE = "python:3.11-slim"
_FILE = "docker-compose.yml"


class Compose:
    """The Docker Compose backend."""

    name = "compose"
    hosts_are_here = False
    processes_are_here = True

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Every address stays what it is.

        Raises ConfigurationError for IPv6, for what a container's firewall cannot be or have, and
        without a Docker engine.
        """
        if ipv6 := ipv6_networks(topology):
            raise ConfigurationError("\n".join(f"{topology.name}: {each}" for each in ipv6))
        check(topology, port)
        _engine()
        return unmoved(self.name, topology, port)

    def placed(
        self, topology: Topology, port: int | None = None
    ) -> AbstractContextManager[Placement]:
        """Every lab has networks of its own."""
        return nullcontext(self.place(topology, port))

    def build(self, lab: Lab) -> None:
        """Build the image, networks and containers. Raises ConfigurationError, OSError."""
        with interruptible():  # it takes minutes, and what is half built is the engine's
            _build_image()
        if os.geteuid() == 0:
            for host in lab.topology.host_addresses():
                os.chown(lab.files(host).directory, USER, USER)
        _compose(lab, "up", "--no-start")
        bridges = [_bridge(network_name(lab, each)) for each in lab.topology.networks]
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
        set_up = [PROGRAM_WITH_NET_ADMIN, "-m", "firewall_proxy", "setup", CONFIGURATION]
        _run(["docker", "exec", where, *set_up])

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Raise ConfigurationError when there are any."""
        if faults:
            refuse_faults(self.name)

    def remove(self, lab: Lab) -> None:
        """Remove the containers and networks. The image stays."""
        _compose(lab, "down", "--timeout", "0")


def _capture_point(lab: Lab, network: str) -> CapturePoint:
    return CapturePoint(_bridge(network_name(lab, network)), (network,))


# The programs


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
    file.write_text(as_text(compose_file(lab, tapped=not may_capture())), "utf-8")
    _run([*_compose_program(), "--project-name", project(lab), "--file", str(file), *arguments])


def _join_networks(lab: Lab, host: str) -> None:
    """Connect a container to the networks that it is not in yet.

    docker-compose 1.29 leaves all but one of them to its own way of starting a container.
    """
    joined = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
    found = _run(["docker", "inspect", "--format", joined, container(lab, host)]).split()
    for address in lab.topology.host_addresses()[host]:
        network = network_name(lab, str(lab.topology.network_of(address)))
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
