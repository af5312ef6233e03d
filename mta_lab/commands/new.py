"""`mta-lab new`: a topology file to start from."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.output import say, say_json
from mta_lab.commands import AsJson, LabsDirectory, errors_for_people
from mta_lab.commands.given import complete_name, file_of
from mta_lab.topology.files import NAME
from mta_lab.topology.starting import STARTING, starting


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is called.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FILE|NAME",
            help="Begin as this topology is.  [default: two MTAs and a firewall, with comments]",
            autocompletion=complete_name,
        ),
    ] = None,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Write a topology to start from into the current folder, as NAME.yaml.

    It is one that lints and runs; change it from there. With --from the configuration files of its
    firewalls come too. No file that is there is written over.

    Exit status 0, or 2: the name is none, there is such a file, or --from is wrong.
    """
    with errors_for_people():
        try:
            NAME.check(name)
        except ValueError as error:
            raise ConfigurationError(f"{name!r} cannot be a topology's name: it {error}") from error
        path = Path(f"{name}.yaml")
        files = starting(
            name, path, file_of(source, labs, "a file is copied") if source else STARTING
        )
        written = [each for each, text in files.items() if _is_new(each, text, path)]
        for file in written:
            with file.open("x", encoding="utf-8", newline="") as target:
                target.write(files[file])
    if as_json:
        say_json({"name": name, "files": [str(file) for file in written]})
        return
    for file in written:
        say(f"{file} is written")
    say(f"look at it: mta-lab show {name}; play it: mta-lab run {name}")


def _is_new(file: Path, text: str, topology: Path) -> bool:
    """Whether a file is to be written; a firewall's is not when it is there as it is to be.

    Raises ConfigurationError when there is another one.
    """
    if not file.exists():
        return True
    if file != topology and file.is_file() and file.read_bytes() == text.encode():
        return False
    raise ConfigurationError(f"{file}: is there already, and stays as it is")
