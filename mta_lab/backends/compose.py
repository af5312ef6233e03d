"""Every host a container: Docker Compose, with the networks and addresses of the file.

A Compose file is made of the topology (composefile.py) and lies in the lab's directory. Compose
makes networks and containers of it and removes them; attached.py then starts a host, so that what
it says, its signals and its status are those of a process here. The engine must be this machine's:
a host's directory is mounted into its container, and the lab speaks to the control socket in it.

With `--engines` the hosts are on several engines, whichever machines these are on. A file for each
makes its containers, overlay.py the networks that join them, and elsewhere.py is in attached.py's
place: it brings the files, and the control socket, too.
"""

import os
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
from mta_lab.backends import attached, elsewhere, ipv6_networks, overlay, refuse_faults
from mta_lab.backends.composefile import (
    IMAGE,
    NO_NETWORK,
    PROGRAM_WITH_NET_ADMIN,
    USER,
    as_text,
    check,
    compose_file,
    container,
    network_name,
    project,
)
from mta_lab.backends.docker import Docker
from mta_lab.backends.loopback import unmoved
from mta_lab.backends.own_addresses import keep_silent
from mta_lab.lab.directory import CONFIGURATION, DATA, Lab
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint, may_capture
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology

#: What the image is built of, where its Dockerfile is at hand.
_SOURCES = Path(__file__).parents[2]
_DEFAULT_BASE = "python:3.11-slim"


class Compose:
    """The Docker Compose backend."""

    name = "compose"
    hosts_are_here = False
    processes_are_here = True

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Every address stays what it is.

        Raises ConfigurationError for IPv6, for what a container's firewall cannot be or have,
        without a Docker engine, and for engines that are not of one swarm.
        """
        if ipv6 := ipv6_networks(topology):
            raise ConfigurationError("\n".join(f"{topology.name}: {each}" for each in ipv6))
        check(topology, port)
        if topology.engines:
            overlay.check(topology)
        else:
            _check_engine()
        return unmoved(self.name, topology, port)

    def placed(
        self, topology: Topology, port: int | None = None
    ) -> AbstractContextManager[Placement]:
        """Every lab has networks of its own."""
        return nullcontext(self.place(topology, port))

    def build(self, lab: Lab) -> None:
        """Build the images, networks and containers. Raises ConfigurationError, OSError."""
        with interruptible():  # it takes minutes, and what is half built is the engine's
            for engine in _engines(lab.topology):
                _build_image(engine)
        if lab.topology.engines:
            overlay.make(lab)
        elif os.geteuid() == 0:
            for host in lab.topology.host_addresses():
                os.chown(lab.files(host).directory, USER, USER)
        for engine in _engines(lab.topology):
            _compose(lab, engine, "up", "--no-start")
        if not lab.topology.engines:
            bridges = [_bridge(network_name(lab, each)) for each in lab.topology.networks]
            keep_silent(bridges, chain.from_iterable(lab.topology.host_addresses().values()))
        for host in lab.topology.host_addresses():
            _join_networks(lab, host)

    def serving(self, lab: Lab, host: str, *, tapped: bool) -> list[str]:
        """Start the host's container. That it is tapped or not was settled when it was made."""
        if engine := lab.topology.engines.get(host):
            data = [DATA] if host in lab.topology.mtas else []
            return [sys.executable, "-m", elsewhere.__name__, engine, container(lab, host), *data]
        return [sys.executable, attached.__file__, container(lab, host)]

    def on_host(self, lab: Lab, host: str, command: Sequence[str]) -> list[str]:
        """Run a command in the host's container."""
        terminal = ["--tty"] if os.isatty(0) else []
        where = container(lab, host)
        return _engine(lab, host).command("exec", "--interactive", *terminal, where, *command)

    def listeners(self, lab: Lab, host: str) -> frozenset[End]:
        """Who listens in the host's container: nobody while it does not run."""
        with suppress(ConfigurationError):
            tables = _engine(lab, host)("exec", container(lab, host), "cat", *TABLES)
            return listeners(in_table(tables))
        return frozenset()

    def capture_points(self, lab: Lab) -> tuple[CapturePoint, ...]:
        """Every network is a bridge of this machine, which all of its packets pass.

        None of several engines': what their networks carry passes no interface of this machine.
        """
        if lab.topology.engines:
            return ()
        return tuple(_capture_point(lab, network) for network in lab.topology.networks)

    def points_of(self, lab: Lab, part: str) -> tuple[CapturePoint, ...]:
        """A network's bridge; for a host the bridges it is at, and what has its address there."""
        if lab.topology.engines:
            raise ConfigurationError(
                f"lab {lab.name} is on several engines: no interface of this machine has its "
                "packets; mta-lab run builds its capture from what the sockets said"
            )
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
        engine, where = _engine(lab, host), container(lab, host)
        set_up = [PROGRAM_WITH_NET_ADMIN, "-m", "firewall_proxy", "setup", CONFIGURATION]
        engine("exec", where, *set_up)

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Raise ConfigurationError when there are any."""
        if faults:
            refuse_faults(self.name)

    def remove(self, lab: Lab) -> None:
        """Remove the containers and networks. The images stay.

        What can be removed is, whatever else cannot.
        """
        problems = []
        for engine in _engines(lab.topology):
            try:
                _compose(lab, engine, "down", "--volumes", "--timeout", "0")
            except ConfigurationError as error:
                problems.append(str(error))
        if problems:
            raise ConfigurationError("\n".join(problems))
        if lab.topology.engines:
            overlay.remove(lab)


def _capture_point(lab: Lab, network: str) -> CapturePoint:
    return CapturePoint(_bridge(network_name(lab, network)), (network,))


# The engines


def _engines(topology: Topology) -> list[Docker]:
    """The engines that a topology's hosts are on."""
    return [*map(Docker, dict.fromkeys(topology.engines.values()))] or [Docker()]


def _engine(lab: Lab, host: str) -> Docker:
    """The engine that a host is on."""
    return Docker(lab.topology.engines.get(host, ""))


def _build_image(engine: Docker) -> None:
    """Build the image of this checkout, which takes a second when nothing has changed.

    An installation without a Dockerfile, or a MTA_LAB_IMAGE in the environment, has its image.
    """
    if "MTA_LAB_IMAGE" in os.environ or not (_SOURCES / "Dockerfile").exists():
        return
    if not engine.can("image", "inspect", IMAGE):
        say(f"building the image {IMAGE}: some minutes, the first time", error=True)
    base = os.environ.get("BASE_IMAGE", _DEFAULT_BASE)
    options = ["--quiet", "--network", "host", "--build-arg", f"BASE_IMAGE={base}"]
    engine("build", *options, "--tag", IMAGE, str(_SOURCES))


def _compose(lab: Lab, engine: Docker, *arguments: str) -> None:
    """Run Compose on an engine's file, which is written first: a lab cut short may have none."""
    name = f"docker-compose.{engine.context}.yml" if engine.context else "docker-compose.yml"
    file = lab.directory / name
    tapped = bool(engine.context) or not may_capture()
    file.write_text(as_text(compose_file(lab, engine.context, tapped=tapped)), "utf-8")
    engine.compose("--project-name", project(lab), "--file", str(file), *arguments)


def _join_networks(lab: Lab, host: str) -> None:
    """Connect a container to the networks that it is not in yet.

    docker-compose 1.29 leaves all but one of them to its own way of starting a container. And one
    of several engines has none: an engine that manages no swarm does not know a network of it, and
    no Compose could name it, before a container there starts.
    """
    engine, where = _engine(lab, host), container(lab, host)
    joined = "{{range $name, $_ := .NetworkSettings.Networks}}{{$name}} {{end}}"
    found = engine("inspect", "--format", joined, where).split()
    if NO_NETWORK in found:
        engine("network", "disconnect", NO_NETWORK, where)
    for address in lab.topology.host_addresses()[host]:
        network = network_name(lab, str(lab.topology.network_of(address)))
        if network not in found:
            engine("network", "connect", "--ip", str(address), network, where)


def _check_engine() -> None:
    """Raise ConfigurationError when no Docker engine answers."""
    try:
        Docker()("version")
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
    identifier = Docker()("network", "inspect", "--format", "{{.Id}}", network)
    return f"br-{identifier[:12]}"
