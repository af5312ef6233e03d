"""The commands of `firewall-proxy`, one per module, and what they share."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from firewall_proxy.config import Configuration
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, load
from labkit.output import say_lines

EXIT_CANNOT_START = 1

ConfigurationFile = Annotated[Path, typer.Argument(metavar="CONFIG", help="A YAML file.")]


def read(config: Path) -> Configuration:
    """The configuration in a file; a wrong one ends the command with status 2."""
    try:
        return load(config, Configuration)
    except ConfigurationError as error:
        fail(str(error), EXIT_BAD_CONFIGURATION)


def fail(text: str, status: int) -> NoReturn:
    """Say what is wrong, and end the command."""
    say_lines(text, error=True)
    raise typer.Exit(status)
