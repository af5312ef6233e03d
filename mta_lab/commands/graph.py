"""`mta-lab graph`: a picture of a topology."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.output import say, say_document
from mta_lab.commands import LabsDirectory, errors_for_people
from mta_lab.commands.given import Which, given

_SVG, _PNG = ".svg", ".png"


def graph(
    which: Which,
    target: Annotated[
        Path | None,
        typer.Option("--write", "-w", help="An .svg or .png file; - is SVG on standard output."),
    ] = None,
    labs: LabsDirectory = None,
) -> None:
    """Draw a topology: networks, hosts, addresses, what the firewall does.

    Without --write the picture is NAME.svg. A .png needs the extra `png`.
    """
    from mta_lab.topology.picture import picture, png  # noqa: PLC0415 - the drawing library is for this

    with errors_for_people():
        topology = given(which, labs).topology
        svg = picture(topology)
        if target == Path("-"):
            say_document(svg)
            return
        target = target or Path(f"{topology.name}{_SVG}")
        if target.suffix not in (_SVG, _PNG):
            raise ConfigurationError(f"{target}: a picture is an {_SVG} or a {_PNG} file")
        target.write_bytes(png(svg) if target.suffix == _PNG else svg.encode())
        say(str(target))
