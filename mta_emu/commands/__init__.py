"""The commands of `mta-emu`, one per module, and what they share."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from labkit.errors import in_words
from labkit.output import say_lines
from mta_emu.mta.controlclient import ControlError
from mta_emu.mta.store.database import (
    DatabaseDamagedError,
    DatabaseVersionError,
    UnavailableError,
)
from mta_emu.mta.store.datadirectory import DirectoryInUseError

EXIT_FAILED = 1
#: What a wrong configuration or data directory raises.
WRONG_FILE = (
    ConfigurationError,
    DatabaseDamagedError,
    DatabaseVersionError,
    DirectoryInUseError,
    UnavailableError,
    ValueError,
    OSError,
    sqlite3.Error,
)

Data = Annotated[Path, typer.Option("--data", help="Where the MTA keeps its data.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON instead of text, one object per line.")]


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turn what can go wrong into a text and an exit status: 2 for a wrong file or option, else 1.

    What the running MTA refuses, or that none runs, is 1.
    """
    try:
        yield
    except WRONG_FILE as error:
        say_lines(in_words(error), error=True)
        raise typer.Exit(EXIT_BAD_CONFIGURATION) from error
    except ControlError as error:
        say_lines(str(error), error=True)
        raise typer.Exit(EXIT_FAILED) from error
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit from None
