"""The commands of `mta-lab`, one per module, and what they share."""

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from labkit.addresses import IPAddress, parse_address
from labkit.clock import FASTEST
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from labkit.errors import in_words
from labkit.interrupts import terminable
from labkit.output import say, say_lines
from labkit.problems import instead
from mta_emu.mta.controlclient import ControlError
from mta_lab.backends.registry import BackendName
from mta_lab.backends.swarm import by_engine, spread_hosts
from mta_lab.lab.directory import Lab, find, labs_directory
from mta_lab.play.process import HostFailedError, NotInTimeError
from mta_lab.topology.files import Topology

EXIT_FAILED = 1
_MOST_JOBS = 1024
A_DAY = 86_400.0  # the longest that an option in seconds lets anything wait
EXIT_INTERRUPTED = 128 + signal.SIGINT


def labs_here() -> list[Lab]:
    """The labs of this user that are up, or that were left without a `down`."""
    directories = sorted(labs_directory().glob("*/"))
    return [lab for lab in map(find, directories) if lab]


def complete_lab(incomplete: str) -> list[str]:
    """The labs of this user whose names begin so, for the shell."""
    return [lab.name for lab in labs_here() if lab.name.startswith(incomplete)]


LabsDirectory = Annotated[
    Path | None,
    typer.Option(
        "--labs", help="Where topologies lie by name.  [default: labs/ here, or the ready ones]"
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text, one object per line.")]
AsMarkdown = Annotated[
    bool, typer.Option("--markdown", help="Tables in Markdown, for a change ticket.")
]
Sheet = Annotated[
    Path | None,
    typer.Option(
        "--sheet",
        metavar="OUT.html",
        dir_okay=False,
        help="Write the logbook of the tests of each link, to print; it has no passwords.",
    ),
]
Where = Annotated[
    BackendName, typer.Option("--backend", help="Where the hosts live; netns needs root.")
]
EachCore = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, max=_MOST_JOBS, help="Play so many at a time.  [default: the cores]"
    ),
]
Jobs = Annotated[int, typer.Option(min=1, max=_MOST_JOBS, help="So many processes share the work.")]
Dask = Annotated[
    str,
    typer.Option(
        metavar="ADDRESS", help="The workers of this Dask scheduler do it: tcp://HOST:8786."
    ),
]
LabName = Annotated[
    str | None, typer.Option("--name", help="The lab's name.  [default: the topology's]")
]
Port = Annotated[
    int | None,
    typer.Option(min=1, max=65535, help="Stands for 102.  [default: 102 if allowed, or 10102]"),
]
TimeScale = Annotated[
    float | None,
    typer.Option(
        min=0.001, max=FASTEST, help="Lab seconds per wall second.  [default: the file's]"
    ),
]
Timeout = Annotated[
    float,
    typer.Option(min=0.1, max=A_DAY, help="Wall seconds that a step may take."),
]
Prove = Annotated[
    bool, typer.Option("--prove", help="Play each too, and compare; captures go to runs/.")
]
CAPTURES = Path("runs")
WhichLab = Annotated[
    str | None,
    typer.Option(
        "--lab",
        envvar="MTA_LAB",
        help="Which lab, when more than one is up.",
        autocompletion=complete_lab,
    ),
]


Attach = Annotated[
    list[str] | None,
    typer.Option(
        "--attach",
        metavar="NETWORK=INTERFACE",
        help="Lend a real interface to a network with a firewall of the engine external; repeat.",
    ),
]


def attached(topology: Topology, given: Sequence[str] | None) -> Topology:
    """The topology with the interfaces that are attached this time. Raises ConfigurationError."""
    found: dict[str, str] = {}
    for each in given or ():
        network, equals, interface = each.partition("=")
        if not equals or not interface:
            raise ConfigurationError(f"--attach: {each}: write NETWORK=INTERFACE, as inside=eth1")
        if network not in topology.networks or network in found:
            what = "is attached twice" if network in found else "is no network"
            raise ConfigurationError(
                f"--attach: {each}: {network} {what}; {instead(network, [*topology.networks])}"
            )
        found[network] = interface
    return topology.model_copy(update={"attached": found}) if found else topology


Engines = Annotated[
    str,
    typer.Option(
        metavar="CONTEXT,CONTEXT",
        help="Docker contexts of one swarm, for compose: the hosts take turns on these engines.",
    ),
]


def on_engines(topology: Topology, engines: str, where: BackendName) -> Topology:
    """The topology with its hosts on these engines this time, if there are any.

    Says which host is on which. Raises ConfigurationError.
    """
    if not engines:
        return topology
    names = engines.split(",")
    if where != BackendName.COMPOSE:
        raise ConfigurationError("--engines: Docker engines are for --backend compose")
    for name in names:
        if not name or names.count(name) > 1:
            what = f"{name} is there twice" if name else "a name is empty"
            raise ConfigurationError(
                f"--engines {engines}: {what}; write CONTEXT,CONTEXT, as north,south"
            )
    placed = topology.model_copy(update={"engines": spread_hosts(topology, names)})
    for engine, hosts in by_engine(placed).items():
        say(f"on {engine}: {', '.join(hosts)}", error=True)
    return placed


def the_lab(name: str | None) -> Lab:
    """The lab of that name, or the only one. Raises ConfigurationError."""
    labs = {lab.name: lab for lab in labs_here()}
    names = ", ".join(labs) or "none is up"
    if name is not None:
        if name not in labs:
            raise ConfigurationError(f"no lab {name!r}; there are: {names}")
        return labs[name]
    if len(labs) != 1:
        raise ConfigurationError(
            f"which lab? --lab names one of: {names}" if labs else "no lab is up: mta-lab up FILE"
        )
    return next(iter(labs.values()))


def host_of(lab: Lab, name: str) -> str:
    """The name, if the lab has such a host. Raises ConfigurationError."""
    hosts = lab.topology.host_addresses()
    if name not in hosts:
        raise ConfigurationError(
            f"lab {lab.name} has no host {name!r}; there are: {', '.join(hosts)}"
        )
    return name


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turn what can go wrong into a text and an exit status, as `errors_in_words` has it.

    SIGTERM and SIGHUP are what Ctrl-C is, so that all that the block has made is removed.
    """
    with errors_in_words(), terminable():
        yield


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Turn what can go wrong into a text and an exit status.

    2: a wrong file or option, or what cannot be done here; 1: what a host did not do; 130: Ctrl-C,
    after cleaning up. Signals stay what they are, for what the process becomes.
    """
    try:
        yield
    except (ConfigurationError, OSError) as error:
        say_lines(in_words(error), error=True)
        raise typer.Exit(EXIT_BAD_CONFIGURATION) from error
    except (HostFailedError, NotInTimeError, ControlError) as error:
        say_lines(str(error), error=True)
        raise typer.Exit(EXIT_FAILED) from error
    except KeyboardInterrupt as interrupt:
        raise typer.Exit(EXIT_INTERRUPTED) from interrupt


def address_of_option(option: str, text: str) -> IPAddress:
    """The address that an option gives. Raises ConfigurationError."""
    try:
        return parse_address(text)
    except ValueError as error:
        raise ConfigurationError(f"{option}: {text}: {error}") from error
