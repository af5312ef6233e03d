"""Files that a command writes anew, and overwrites none for."""

import os
from pathlib import Path

from labkit.config import ConfigurationError


def refuse_existing(out: Path) -> None:
    """Raise ConfigurationError when a file is there already: before anything takes long."""
    if out.exists():
        raise ConfigurationError(f"{out}: is there already, and is not overwritten")


def write_new(out: Path, text: str) -> None:
    """Write a new file, which only its owner reads: it may have passwords.

    Raises ConfigurationError when it is there already, OSError when it cannot be written.
    """
    try:
        opened = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        refuse_existing(out)
        raise
    with os.fdopen(opened, "w", encoding="utf-8") as file:
        file.write(text)
