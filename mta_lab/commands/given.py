"""The topology that a command is given: a file, a name, or a lab that is up.

A word with `/` in it or with `.yaml` at its end is a file; of the others a lab that is up wins.
mta_lab/topology/catalogue.py says where names are looked up. Commands that look at a topology take
`Which` and call `given`. Those for which a lab makes no sense take `FileOrName` and call `file_of`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.config import ConfigurationError
from labkit.output import say
from mta_lab.commands import complete_lab, labs_here
from mta_lab.lab.current import Now, as_it_is
from mta_lab.lab.directory import Lab
from mta_lab.topology.catalogue import is_file, names, places, unknown
from mta_lab.topology.files import Topology
from mta_lab.topology.play import faults_at_start
from mta_lab.topology.reading import load_topology


def complete_name(context: typer.Context, incomplete: str) -> list[str]:
    """The names of topologies that begin so, for the shell; files are the shell's own."""
    return [each for each in names(context.params.get("labs")) if each.startswith(incomplete)]


def complete_name_or_lab(context: typer.Context, incomplete: str) -> list[str]:
    """The names of topologies and of labs that are up that begin so, for the shell."""
    return sorted({*complete_lab(incomplete), *complete_name(context, incomplete)})


def which(metavar: str = "FILE|NAME|LAB") -> Any:
    """The argument for a topology, or for a lab that is up."""
    text = "A topology file, the name of one (see `mta-lab list`), or a lab that is up."
    return typer.Argument(metavar=metavar, help=text, autocompletion=complete_name_or_lab)


def _file_or_name(metavar: str = "FILE|NAME") -> Any:
    text = "A topology file, or the name of one: see `mta-lab list`."
    return typer.Argument(metavar=metavar, help=text, autocompletion=complete_name)


Which = Annotated[str, which()]
WhichIfAny = Annotated[str | None, which()]
Several = Annotated[list[str], which("FILE|NAME|LAB...")]
FileOrName = Annotated[str, _file_or_name()]
FilesOrNames = Annotated[list[str] | None, _file_or_name("FILE|NAME...")]


@dataclass(frozen=True)
class Given(Now):
    """What is given to a command: `lab` where it is one that is up, else the topology's `file`."""

    lab: Lab | None = None
    file: Path | None = None


def given(word: str, catalogue: Path | None) -> Given:
    """The topology that is meant by a word; says so when it is a lab. Raises ConfigurationError."""
    if lab := lab_of(word):
        found = of_lab(lab)
        say(f"lab {word} as it is now, {found.at:%Y-%m-%d %H:%M:%S} UTC", error=True)
        return found
    return _from_file(_file(word, catalogue, [lab.name for lab in labs_here()]))


def lab_of(word: str) -> Lab | None:
    """The lab that is up and is meant by a word."""
    labs = {} if is_file(word) else {lab.name: lab for lab in labs_here()}
    return labs.get(word)


def file_of(word: str, catalogue: Path | None, why: str) -> Path:
    """The file that is meant by a word, for a command to which a lab that is up makes no sense.

    `why` it makes none is said where nothing but a lab has the name. Raises ConfigurationError.
    """
    if not places(word, catalogue) and lab_of(word):
        raise no_lab(word, why)
    return _file(word, catalogue)


def no_lab(word: str, why: str) -> ConfigurationError:
    """The error for a lab that is up, where it makes no sense."""
    return ConfigurationError(f"{word}: is a lab that is up; {why}: give FILE|NAME")


def _file(word: str, catalogue: Path | None, others: Sequence[str] = ()) -> Path:
    found = places(word, catalogue)
    if not found:
        raise unknown(word, catalogue, others=others)
    if len(found) > 1:
        say(f"{word} is {found[0]}, and not {' or '.join(map(str, found[1:]))}", error=True)
    return found[0]


def topology_of(word: str, catalogue: Path | None, why: str) -> Topology:
    """The topology in the file that is meant by a word, as `file_of`. Raises ConfigurationError."""
    return load_topology(file_of(word, catalogue, why))


def of_lab(lab: Lab) -> Given:
    """A lab as it is now."""
    now = as_it_is(lab)
    return Given(now.topology, now.at, now.faults, lab)


def _from_file(file: Path) -> Given:
    topology = load_topology(file)
    now = topology.starts or datetime.now(UTC)
    return Given(topology, now, faults_at_start(topology.play), file=file)
