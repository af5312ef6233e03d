"""Where a topology's hosts live. One file, several backends: the same topology serves them all.

A backend places a topology, builds its networks and hosts, says how a command is started on a
host and where each network can be captured, and removes everything. How hosts are configured
and watched, and what is played on them, is the same everywhere.
"""

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import NoReturn, Protocol

from firewall_proxy.config import Configuration
from labkit.addresses import End
from labkit.config import ConfigurationError
from mta_lab.lab.directory import CONFIGURATION, DATA, RECORDS, TAP, Lab
from mta_lab.lab.placement import Placement
from mta_lab.lab.points import CapturePoint
from mta_lab.topology.faults import Fault
from mta_lab.topology.files import Topology

X400_PORT = 102


class Backend(Protocol):
    """Puts the hosts of a topology somewhere. It remembers nothing: a lab is in its directory."""

    name: str
    hosts_are_here: bool  # in the network of the lab's own process, whose tasks they may be
    processes_are_here: bool  # those of the hosts can be seen and signalled from here

    def place(self, topology: Topology, port: int | None = None) -> Placement:
        """Choose the addresses of a run, and the port that stands for 102 when none is given.

        Raises ConfigurationError when this backend cannot show what the topology is about.
        """

    def placed(
        self, topology: Topology, port: int | None = None
    ) -> AbstractContextManager[Placement]:
        """`place` it where no other lab is, or comes while the block runs.

        Waits for room. Raises like `place`.
        """

    def build(self, lab: Lab) -> None:
        """Make the networks and the hosts; `remove` went before, so that nothing is in the way.

        The directory of each host is there, with its configuration. Raises OSError or
        ConfigurationError.
        """

    def serving(self, lab: Lab, host: str, *, tapped: bool) -> list[str]:
        """The command that starts what a host is there for.

        The lab runs it here, in the host's directory and with the environment of
        `processes.environment`. It stays in the foreground, writes the host's records to standard
        output, lets the signals SIGTERM (end) and SIGHUP (read the configuration again) through,
        and ends with the host's status. With `tapped`, an MTA writes its tap.
        """

    def on_host(self, lab: Lab, host: str, command: Sequence[str]) -> list[str]:
        """The command, to be run likewise, that runs `command` on a host."""

    def listeners(self, lab: Lab, host: str) -> frozenset[End]:
        """The addresses and ports at which the kernel of a host shows that somebody listens."""

    def capture_points(self, lab: Lab) -> tuple[CapturePoint, ...]:
        """Where to capture: together they show each packet of each network once."""

    def points_of(self, lab: Lab, part: str) -> tuple[CapturePoint, ...]:
        """Where to capture a host or a network, by its name; nowhere when there is none such."""

    def set_up_firewall(self, lab: Lab, host: str, firewall: Configuration) -> None:
        """Let the machine of the firewall `host` route other tunnels than it did.

        The configuration has been written down. Raises ConfigurationError where that cannot be
        done, or would change nothing.
        """

    def disturb(self, lab: Lab, faults: Sequence[Fault]) -> None:
        """Give the networks these faults and no others.

        Raises ConfigurationError where that cannot be done.
        """

    def remove(self, lab: Lab) -> None:
        """Remove what `build` made, whole or in part; nothing there is no error.

        The processes of the lab have been ended before.
        """


def refuse_faults(backend: str) -> NoReturn:
    """Raise ConfigurationError: a backend whose networks are others' can give them no faults."""
    raise ConfigurationError(
        f"faults need networks of the lab's own: --backend netns, not {backend}"
    )


def own_port(topology: Topology, firewall: str, port: int | None) -> None:
    """Raise ConfigurationError: `port` stands for 102, and a firewall has its own file."""
    if port not in (None, X400_PORT):
        raise ConfigurationError(
            f"{topology.name}: firewalls.{firewall}: --port {port}: its own file has the port"
        )


def ipv6_networks(topology: Topology) -> list[str]:
    """Why a backend that has IPv4 alone cannot show a topology; nothing: it has no IPv6."""
    found = {name: each for name, each in topology.networks.items() if each.version == 6}
    if not found:
        return []
    where = ", ".join(f"networks.{name} ({network})" for name, network in found.items())
    return [f"{where}: IPv6, which takes a network of the lab's own; --backend netns has one"]


def serve(
    topology: Topology,
    host: str,
    *,
    tapped: bool = False,
    as_json: bool = True,
    shared: bool = False,
) -> list[str]:
    """What a host is there for, as its own shell would start it in the host's directory.

    Whoever shares that directory, with `shared`, reads its records there, and changes its
    configuration by writing it.
    """
    if host in topology.foreign():
        return [sys.executable, "-m", "mta_lab.backends.foreign", CONFIGURATION]
    if program := topology.programs.get(host):
        return program.arguments()
    json, tap = ["--json"] if as_json else [], ["--tap", TAP] if tapped else []
    share = ["--records", RECORDS, "--watch"] if shared else []
    if host in topology.proxies():
        return ["firewall-proxy", "serve", CONFIGURATION, *json, *share]
    return ["mta-emu", "serve", CONFIGURATION, "--data", DATA, *json, *tap, *share]


def become(command: Sequence[str]) -> NoReturn:
    """Let this process be a command of `serve`, with the capabilities of this interpreter."""
    program, *arguments = command
    os.execv(sys.executable, [sys.executable, "-m", program.replace("-", "_"), *arguments])
