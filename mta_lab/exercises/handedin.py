"""The files that a learner hands in, read with care: they are somebody else's, and we may be root.

Only plain files in the directory itself are read, and no long ones: a link would lead to a file of
who reads, a pipe or a device would never end, and YAML of megabytes takes minutes. What is written
here is written whole or not at all, and by one program at a time: `do`, the page, its other tab.
"""

import fcntl
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel

from labkit import document
from labkit.config import ConfigurationError, parse
from labkit.origin import Origin

_LONGEST = 128 << 10  # octets of an answer file or a host's configuration
LONGEST_SHEET = 1 << 20  # octets of questions.json
_EVERYBODY = 0o644  # may read a new file

Model = TypeVar("Model", bound=BaseModel)


def read(
    directory: Path, name: str, longest: int = _LONGEST, *, as_written: bool = False
) -> tuple[object, Origin]:
    """The value of a YAML file in a learner's directory, and where its parts stand.

    With `as_written` what has no quotes is text, too, and neither a number nor a date.

    Raises ConfigurationError when it is no plain file there, is too long, or is not YAML.
    """
    path, written = directory / name, text(directory, name, longest)
    try:
        return document.read(path, written, as_written=as_written)
    except ValueError as error:  # a number of thousands of digits, a date that is none
        raise ConfigurationError(f"{path}: {error}") from error


def text(directory: Path, name: str, longest: int = _LONGEST) -> str:
    """The text of a file in a learner's directory.

    Raises ConfigurationError when it is no plain file there, is too long, or is not UTF-8.
    """
    path = directory / name
    with _opened(directory, name) as stream:
        octets = stream.read(longest + 1)
    if len(octets) > longest:
        raise ConfigurationError(f"{path}: longer than {longest >> 10} KB")
    try:
        return octets.decode()
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: not UTF-8, from octet {error.start} on") from error


def load(directory: Path, name: str, model: type[Model], longest: int = _LONGEST) -> Model:
    """The same as a model. Raises ConfigurationError."""
    values, origin = read(directory, name, longest)
    return parse(values, model, str(directory / name), origin)


def size(directory: Path, name: str) -> int:
    """How many octets a file has. Raises ConfigurationError when it is no plain file there."""
    with _opened(directory, name) as stream:
        return os.fstat(stream.fileno()).st_size


def digest(directory: Path, name: str) -> str:
    """The SHA-256 of a file, in hex: look at its size first, it may be as long as a disk.

    Raises ConfigurationError when it is no plain file there.
    """
    with _opened(directory, name) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_there(directory: Path, name: str) -> bool:
    """Whether there is anything of that name, a link that leads nowhere included."""
    return os.path.lexists(directory / name)


def write(directory: Path, name: str, written: str) -> None:
    """Write a text into a learner's directory, in the place of a plain file or of nothing.

    Raises ConfigurationError when it is too long, or there is something else.
    """
    path, octets = _inside(directory, name), written.encode()
    if len(octets) > _LONGEST:
        raise ConfigurationError(f"{path}: longer than {_LONGEST >> 10} KB")
    new = ""
    try:
        mode = stat.S_IMODE(path.lstat().st_mode) if is_there(directory, name) else _EVERYBODY
        opened, new = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with open(opened, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(octets)
        os.replace(new, path)
    except OSError as error:
        with suppress(OSError):
            os.unlink(new)
        raise ConfigurationError(f"{path}: cannot be written: {error.strerror}") from error


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Be the only program that changes the directory, for the block. Raises ConfigurationError."""
    try:
        opened = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise ConfigurationError(f"{directory}: cannot be read: {error.strerror}") from error
    try:
        with suppress(OSError):  # a file system that has no locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _inside(directory: Path, name: str) -> Path:
    """The path of a file in the directory, which no link leads to. Raises ConfigurationError."""
    path, inside = directory / name, PurePosixPath(name)
    if inside.is_absolute() or ".." in inside.parts:
        raise ConfigurationError(f"{path}: not in {directory}")
    if any((directory / each).is_symlink() for each in (inside, *inside.parents[:-1])):
        raise ConfigurationError(f"{path}: a link, and not a file of its own")
    return path


@contextmanager
def _opened(directory: Path, name: str) -> Iterator[BufferedReader]:
    """A plain file in the directory, which no link leads to. Raises ConfigurationError."""
    path = _inside(directory, name)
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW), "rb") as stream:
            if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
                raise ConfigurationError(f"{path}: no plain file")
            yield stream
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read: {error.strerror}") from error
