"""The topology that a command is given: a file, a name from the catalogue, or a lab that is up.

A word with `/` in it or with `.yaml` at its end is a file; of the others a lab that is up wins.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from labkit.config import ConfigurationError
from labkit.output import say
from labkit.problems import meant
from mta_lab.commands import labs_here, topology_files
from mta_lab.lab.current import Now, as_it_is
from mta_lab.lab.directory import Lab
from mta_lab.topology.play import faults_at_start
from mta_lab.topology.reading import load_topology

WHICH = "A topology file, one of labs/, or a lab that is up."


@dataclass(frozen=True)
class Given(Now):
    """What is given to a command; `lab` where it is one that is up."""

    lab: Lab | None = None


def given(word: str, catalogue: Path) -> Given:
    """The topology that is meant by a word; says so when it is a lab. Raises ConfigurationError."""
    if "/" in word or word.endswith(".yaml"):
        return _from_file(Path(word))
    labs = {lab.name: lab for lab in labs_here()}
    if word in labs:
        found = of_lab(labs[word])
        say(f"lab {word} as it is now, {found.at:%Y-%m-%d %H:%M:%S} UTC", error=True)
        return found
    files = {file.stem: file for file in topology_files(catalogue)}
    if word not in files:
        up = ", ".join(labs) or "none"
        text = f"{word}: no lab of that name is up ({up}), and {catalogue} has no {word}.yaml"
        raise ConfigurationError("; ".join(filter(None, (text, meant(word, [*labs, *files])))))
    return _from_file(files[word])


def file_of(word: str, catalogue: Path) -> Path:
    """The file that is meant by a word, where a command edits one. Raises ConfigurationError."""
    if "/" in word or word.endswith(".yaml"):
        return Path(word)
    found = catalogue / f"{word}.yaml"
    if not found.exists():
        raise ConfigurationError(f"{word}: a file is edited, and {catalogue} has no {word}.yaml")
    return found


def of_lab(lab: Lab) -> Given:
    """A lab as it is now."""
    now = as_it_is(lab)
    return Given(now.topology, now.at, now.faults, lab)


def _from_file(file: Path) -> Given:
    topology = load_topology(file)
    now = topology.starts or datetime.now(UTC)
    return Given(topology, now, faults_at_start(topology.play))
