"""What a shell may complete in the arguments of commands on a lab: its hosts, networks, fields.

They are those of the lab that `--lab` names, and without it of all labs that are up.
"""

from collections.abc import Iterator
from contextlib import suppress

import typer

from labkit.config import ConfigurationError
from mta_lab.commands import labs_here
from mta_lab.topology.files import Topology
from mta_lab.topology.settings import paths


def complete_host(context: typer.Context, incomplete: str) -> list[str]:
    """The hosts."""
    return _beginning(incomplete, (name for each in _labs(context) for name in _hosts(each)))


def complete_host_or_network(context: typer.Context, incomplete: str) -> list[str]:
    """The hosts, and the networks."""
    found = (name for each in _labs(context) for name in (*_hosts(each), *each.networks))
    return _beginning(incomplete, found)


def complete_network_or_service(context: typer.Context, incomplete: str) -> list[str]:
    """The networks, and the services of firewalls."""
    found = (name for each in _labs(context) for name in (*each.networks, *each.services()))
    return _beginning(incomplete, found)


def complete_setting(context: typer.Context, incomplete: str) -> list[str]:
    """The paths of fields, each with the sign behind which its value stands."""
    found = (
        f"{path}="
        for each in _labs(context)
        for host, configuration in (*each.firewalls.items(), *each.mtas.items())
        for path in paths(host, configuration)
    )
    return _beginning(incomplete, found)


def _labs(context: typer.Context) -> Iterator[Topology]:
    """The topologies of the labs that are meant; none where a lab cannot be read."""
    wanted = context.params.get("which")
    with suppress(ConfigurationError):
        yield from (each.topology for each in labs_here() if wanted in (None, each.name))


def _hosts(topology: Topology) -> Iterator[str]:
    yield from topology.host_addresses()


def _beginning(incomplete: str, found: Iterator[str]) -> list[str]:
    return sorted({each for each in found if each.startswith(incomplete)})
