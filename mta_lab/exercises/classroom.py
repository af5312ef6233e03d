"""A class: one directory per name, each with its own seed."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from labkit.config import ConfigurationError, load, text_of
from labkit.spread import spread
from mta_lab.exercises.course import find
from mta_lab.exercises.directory import KeyFile, key_file, write_exercise

_HEAD = "name"
_BYTE_ORDER_MARK = "\ufeff"
_IN_QUOTES = re.compile('"[^"]*"')
_LONGEST = 60  # characters of a directory's name: 255 octets of UTF-8, with what is put behind
_NOT_IN_A_PATH = re.compile(r"[^\w.-]+")


@dataclass(frozen=True)
class Place:
    """A learner's seed and directory."""

    seed: str
    directory: Path


def read_names(path: Path) -> tuple[str, ...]:
    """The names in the first column of a CSV file; a head `name` is none.

    Also as Excel writes one: with a byte order mark, and with semicolons where commas are decimal.
    Raises ConfigurationError when it cannot be read, or has none.
    """
    text = text_of(path).removeprefix(_BYTE_ORDER_MARK)
    separator = ";" if ";" in _IN_QUOTES.sub("", text.partition("\n")[0]) else ","
    try:
        lines = csv.reader(text.splitlines(), delimiter=separator)
        rows = [row for row in lines if row and row[0].strip()]
    except csv.Error as error:
        raise ConfigurationError(f"{path}: not CSV: {error}") from error
    names = [row[0].strip() for row in rows]
    if names[:1] and names[0].casefold() == _HEAD:
        names = names[1:]
    if not names:
        raise ConfigurationError(f"{path}: no names; write one in the first column of each line")
    return tuple(names)


def places(names: Sequence[str], seed: str, top: Path) -> tuple[Place, ...]:
    """A directory below `top` for each name, and beside it the key file.

    Raises ConfigurationError when two names get the same, or one what is the other's key file.
    """
    found: dict[str, str] = {}
    for name in names:
        directory = top / _short(name)
        taken = [path.name.casefold() for path in (directory, key_file(directory))]
        for other in (found[each] for each in taken if each in found):
            raise ConfigurationError(
                f"{name!r} and {other!r} would have the same directory or key file"
            )
        found |= dict.fromkeys(taken, name)
    return tuple(Place(f"{seed}/{name}", top / _short(name)) for name in names)


def missing(exercise: str, each: Sequence[Place]) -> tuple[Place, ...]:
    """The places that have no key file yet: who came late is added, and the others stay.

    Raises ConfigurationError when what is there was made of another exercise or seed.
    """
    return tuple(place for place in each if not _is_there(exercise, place))


def _is_there(exercise: str, place: Place) -> bool:
    path = key_file(place.directory)
    if not path.exists():
        return False
    keys = load(path, KeyFile)
    if (keys.exercise, keys.seed) != (exercise, place.seed):
        raise ConfigurationError(f"{path}: made of another exercise, or of another seed")
    return True


def _short(name: str) -> str:
    """The name of a directory for a name: never a path, an option or longer than one may be."""
    return _NOT_IN_A_PATH.sub("-", name)[:_LONGEST].strip(".-") or "-"


def write_class(exercise: str, each: Sequence[Place], processes: int) -> Iterator[Path]:
    """Write every directory, several at a time; each as it is there, in their order.

    Raises like `write_exercise`.
    """
    yield from spread(partial(_write, exercise), each, processes)


def _write(exercise: str, place: Place) -> Path:
    write_exercise(find(exercise), place.seed, place.directory)
    return place.directory
