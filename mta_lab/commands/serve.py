"""`mta-lab serve`: one host of a topology, where it is the only one.

For containers and machines of their own, where nothing of the lab runs but the host itself. The
host keeps what it has in the directory that it is started in.
"""

from pathlib import Path
from typing import Annotated

import typer

from labkit.clock import Clock
from labkit.config import ConfigurationError, dump
from mta_lab.backends import become
from mta_lab.backends import serve as command_of
from mta_lab.commands import AsJson, LabsDirectory, address_of_option, errors_in_words
from mta_lab.commands.given import FileOrName, topology_of
from mta_lab.lab.configuration import configuration
from mta_lab.lab.directory import CONFIGURATION

HostName = Annotated[str, typer.Argument(metavar="HOST", help="The name of an MTA or a firewall.")]


def serve(
    file: FileOrName,
    host: HostName,
    also: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ADDRESS",
            help="An address that a firewall takes besides its own; then it sets its kernel up.",
        ),
    ] = None,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Serve one host of a topology on this machine, in the foreground, by the wall's clock.

    Its configuration is written into the current directory, and read again whenever it is written
    there; its data are kept there. What it says goes to standard output, and to records.jsonl.
    """
    with errors_in_words():
        topology = topology_of(file, labs, "its hosts are served already")
        hosts = topology.serving()
        if host not in hosts:
            known = ", ".join(hosts)
            raise ConfigurationError(f"{file}: there is no host {host!r}; there are: {known}")
        dump(configuration(topology, host, Clock()), Path(CONFIGURATION))
        if host in topology.proxies() and also:
            from mta_lab.backends.container import (  # noqa: PLC0415 - slow to load
                set_firewall_up,
                take,
            )

            take([address_of_option("--also", each) for each in also])
            set_firewall_up(Path(CONFIGURATION))
        become(command_of(topology, host, as_json=as_json, shared=True))
