"""Topologies by their names: those of the current folder, of a folder of one's own, the ready ones.

A word with a `/`, or with `.yaml` at its end, is a file; every other word is a name.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from labkit.errors import ConfigurationError
from labkit.problems import meant

_PACKAGE = Path(__file__).parents[1]
#: Where the ready topologies may lie: in the package when it is installed, beside it in a clone.
CATALOGUES = (_PACKAGE / "labs", _PACKAGE.parent / "labs")
_SUFFIX = ".yaml"
_OWN = Path("labs")  # in the current folder
_NAME = re.compile(r"[\w.-]+")


def is_file(word: str) -> bool:
    """Whether a word stands for a file, and not for a name."""
    return "/" in word or word.endswith((_SUFFIX, ".yml"))


def directory(labs: Path | None = None, here: Path = Path()) -> Path:
    """The catalogue: the directory `labs`; None: labs/ in `here` if it is there, or the ready ones.

    What is there may be no directory, and then it has no topologies.
    """
    if labs is not None:
        return labs
    if (here / _OWN).is_dir():
        return here / _OWN
    return next((each for each in CATALOGUES if each.is_dir()), CATALOGUES[0])


def topology_files(directory: Path) -> list[Path]:
    """The topology files in a directory."""
    return sorted(directory.glob(f"*{_SUFFIX}"), key=lambda path: path.stem)


def places(word: str, labs: Path | None = None, here: Path = Path()) -> list[Path]:
    """The file that is meant by a word, and after it others that have this name; empty: none has.

    A name is looked for in the folder `here`, with and without .yaml, in the catalogue (see
    `directory`), and among the ready topologies.
    """
    if is_file(word):
        return [here / word]
    found: list[Path] = []
    for file in (here / word, *(each / f"{word}{_SUFFIX}" for each in _directories(labs, here))):
        if file.is_file() and not any(file.samefile(each) for each in found):
            found.append(file)
    return found


def unknown(
    word: str, labs: Path | None = None, here: Path = Path(), others: Sequence[str] = ()
) -> ConfigurationError:
    """The error for a name that no topology has; it may have been meant for one of `others`."""
    near = meant(word, [*others, *names(labs, here)])
    return ConfigurationError(
        f"{word}: no topology of this name, neither {word}{_SUFFIX} here nor in "
        f"{directory(labs, here)}; {near or '`mta-lab list` shows the names'}"
    )


def names(labs: Path | None = None, here: Path = Path()) -> list[str]:
    """The names that `places` finds; a file whose name no shell takes as it is has none."""
    found = {each.stem for place in _directories(labs, here) for each in topology_files(place)}
    return sorted(filter(_NAME.fullmatch, found))


def _directories(labs: Path | None, here: Path) -> Sequence[Path]:
    return (here, directory(labs, here), *CATALOGUES)
