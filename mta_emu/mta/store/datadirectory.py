"""The data directory of an MTA: nobody else reads it, and one MTA at a time works in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mta_emu.mta.store.database import FILE_NAME

_LOCK = "mta.pid"
_PRIVATE_DIRECTORY, _PRIVATE_FILE = 0o700, 0o600


class DirectoryInUseError(Exception):
    """Another MTA works in the directory; the text is for people."""


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Have a data directory for this process alone while the block runs, and for this user.

    It is made when it is missing. Raises DirectoryInUseError and OSError. The lock ends with the
    process, however that ends.
    """
    make_private(directory)
    path = directory / _LOCK
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, _PRIVATE_FILE)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            number = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            raise DirectoryInUseError(
                f"{directory}: the MTA of process {number} works in it; end that one, or use "
                "another --data"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        yield
    finally:
        os.close(descriptor)


def make_private(directory: Path) -> None:
    """Make the directory when it is missing, and let only its owner into it and its files.

    One that has other things in it, and no MTA's data, is somebody's: its mode stays as it is.
    Raises OSError.
    """
    directory.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    found = list(directory.iterdir())
    ours = directory.stat().st_uid == os.geteuid()
    if ours and (not found or directory / FILE_NAME in found):
        directory.chmod(_PRIVATE_DIRECTORY)
    for path in found:
        if path.name.startswith(FILE_NAME) or path.suffix == ".log":
            path.chmod(_PRIVATE_FILE)
    create_private(directory / FILE_NAME)  # the files beside it get its mode from SQLite


def create_private(path: Path) -> None:
    """Make an empty file that only its owner reads, when it is missing."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, _PRIVATE_FILE))
