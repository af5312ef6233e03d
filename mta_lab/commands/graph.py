"""`mta-lab graph`: a picture of a topology."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from mta_lab.commands import errors_for_people
from mta_lab.topology import load_topology

_SUFFIX = ".svg"


def graph(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A topology file.")],
    target: Annotated[
        Path | None,
        typer.Option("--write", "-w", help="An .svg file, or - for standard output.  [NAME.svg]"),
    ] = None,
) -> None:
    """Draw a topology as an SVG picture: networks, hosts, addresses, what the firewall does."""
    from mta_lab.picture import picture  # noqa: PLC0415 - the drawing library is for this alone

    with errors_for_people():
        topology = load_topology(file)
        target = target or Path(f"{topology.name}{_SUFFIX}")
        if target == Path("-"):
            typer.echo(picture(topology))
            return
        if target.suffix != _SUFFIX:
            raise ConfigurationError(f"{target}: a picture is an {_SUFFIX} file")
        target.write_text(picture(topology), "utf-8")
        typer.echo(target)
