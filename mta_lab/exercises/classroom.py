"""A class: one directory per name, each with its own seed."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labkit.config import ConfigurationError, text_of
from labkit.spread import spread
from mta_lab.exercises.course import find
from mta_lab.exercises.directory import write_exercise

_HEAD = "name"
_NOT_IN_A_PATH = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Place:
    """A learner's seed and directory."""

    seed: str
    directory: Path


def read_names(path: Path) -> tuple[str, ...]:
    """The names in the first column of a CSV file; a head `name` is none.

    Raises ConfigurationError when it cannot be read, or has none.
    """
    rows = [row for row in csv.reader(text_of(path).splitlines()) if row and row[0].strip()]
    names = [row[0].strip() for row in rows]
    if names[:1] and names[0].casefold() == _HEAD:
        names = names[1:]
    if not names:
        raise ConfigurationError(f"{path}: no names; write one in the first column of each line")
    return tuple(names)


def places(names: Sequence[str], seed: str, top: Path) -> tuple[Place, ...]:
    """A directory below `top` for each name. Raises ConfigurationError when two get the same."""
    found: dict[str, str] = {}
    for name in names:
        short = _NOT_IN_A_PATH.sub("-", name).strip(".-") or "-"
        if other := found.get(short.casefold()):
            raise ConfigurationError(f"{name!r} and {other!r} would have the same directory")
        found[short.casefold()] = name
    return tuple(
        Place(f"{seed}/{name}", top / (_NOT_IN_A_PATH.sub("-", name).strip(".-") or "-"))
        for name in names
    )


def write_class(exercise: str, each: Sequence[Place], processes: int) -> Iterator[Path]:
    """Write every directory, several at a time; each as it is there, in their order.

    Raises like `write_exercise`.
    """
    yield from spread(partial(_write, exercise), each, processes)


def _write(exercise: str, place: Place) -> Path:
    write_exercise(find(exercise), place.seed, place.directory)
    return place.directory
