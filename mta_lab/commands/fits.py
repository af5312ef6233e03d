"""`mta-lab fits`: whether a topology has the hosts of a Compose file that was made before it."""

from typing import Annotated

import typer

from labkit.addresses import IPAddress, parse_address
from labkit.config import ConfigurationError
from labkit.output import say, say_json
from mta_lab.commands import AsJson, LabsDirectory, errors_for_people
from mta_lab.commands.given import FileOrName, file_of
from mta_lab.commands.lint import as_line
from mta_lab.rehearsal.findings import findings
from mta_lab.topology.reading import load_topology


def fits(
    word: FileOrName,
    hosts: Annotated[
        list[str], typer.Argument(metavar="HOST=ADDRESS...", help="All addresses of all hosts.")
    ],
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Check that a topology has exactly these hosts at these addresses; show what is implausible.

    Exit status 0: it has; 2: it has not, or a file is wrong.
    """
    with errors_for_people():
        file = file_of(word, labs, "a Compose file was made for a file")
        topology = load_topology(file)
        wanted = {_host(text) for text in hosts}
        there = {
            (name, address)
            for name, addresses in topology.host_addresses().items()
            for address in addresses
        }
        if wanted != there:
            raise ConfigurationError(
                f"{file}: has {_text(there)}; this Compose file has {_text(wanted)}: "
                f"mta-lab up {file.name} --backend compose puts any topology up"
            )
        warnings = [as_line(finding) for finding in findings(topology)]
        if as_json:
            say_json({"file": str(file), "title": topology.title, "warnings": warnings})
            return
        for warning in warnings:
            say(f"warning: {warning}", error=True)
        say(f"{file}: {topology.title}")


def _host(text: str) -> tuple[str, IPAddress]:
    name, _, address = text.partition("=")
    try:
        return name, parse_address(address)
    except ValueError as error:
        raise ConfigurationError(f"{text!r}: write HOST=ADDRESS, as NORTH=203.0.113.10") from error


def _text(hosts: set[tuple[str, IPAddress]]) -> str:
    return ", ".join(f"{name} {address}" for name, address in sorted(hosts, key=str))
