"""`mta-lab list` and `mta-lab show`: the topology files."""

from pathlib import Path

import typer

from mta_lab.commands import LabsDirectory, errors_for_people, topology_files
from mta_lab.report import console, drawing
from mta_lab.topology import load_topology


def list_topologies(labs: LabsDirectory = Path("labs")) -> None:
    """List the topologies at hand."""
    with errors_for_people():
        for path in topology_files(labs):
            typer.echo(f"{path}: {load_topology(path).title}")


def show(file: Path) -> None:
    """Draw a topology's networks, hosts, connectors and firewall services."""
    with errors_for_people():
        topology = load_topology(file)
    console().print(drawing(topology))
    typer.echo(topology.description)
