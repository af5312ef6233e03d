"""A program's commands, each imported when it is used: importing all of them takes a second."""

from collections.abc import Mapping
from importlib import import_module
from importlib.metadata import version as installed_version
from inspect import cleandoc
from typing import Annotated, Any, ClassVar

import typer
from typer.core import TyperGroup

from labkit.output import say

_DISTRIBUTION = "x400-firewall-lab"


def _show_version(asked: bool) -> None:
    if asked:
        say(f"{_DISTRIBUTION} {installed_version(_DISTRIBUTION)}")
        raise typer.Exit


def before_commands(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """The options of each program, which stand before its command."""


class Group(TyperGroup):
    """A group whose help fills its lines, however wide the terminal is.

    Typer fills the first paragraph of a docstring only, and keeps the line ends of the others.
    """

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command with a name, when there is one."""
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            _fill_lines(command)
        return command


def _fill_lines(command: Any) -> None:
    paragraphs = cleandoc(command.help or "").split("\n\n")
    command.help = "\n\n".join(" ".join(each.split()) for each in paragraphs)
    for below in getattr(command, "commands", {}).values():
        _fill_lines(below)


class LazyGroup(Group):
    """A group whose commands lie in modules of their own.

    In a subclass, `places` has where each command is, in the order of the help:
    "package.module:name" of a Typer app, or of a function that is the whole command.
    """

    places: ClassVar[Mapping[str, str]] = {}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names of the commands."""
        return list(self.places)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command with a name, when there is one."""
        if cmd_name not in self.places:
            return None
        module, _, name = self.places[cmd_name].partition(":")
        command = typer.main.get_command(_app(getattr(import_module(module), name)))
        command.name = cmd_name
        _fill_lines(command)
        return command


def _app(found: Any) -> typer.Typer:
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False)
    app.command()(found)
    return app
