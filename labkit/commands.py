"""A program's commands in one table; each is imported when it is used.

To import all of them takes a second, so the help of a program is made of the table alone. Help is
plain text: what draws boxes around it (rich) takes longer to load than all that help needs.
"""

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from importlib.metadata import version as installed_version
from typing import Annotated, Any, ClassVar, NamedTuple

import typer
from typer.core import TyperGroup

from labkit.output import say

_DISTRIBUTION = "x400-firewall-lab"


class Command(NamedTuple):
    """A command of a program, known by its name in the program's table.

    `place` is "package.module:name" of a Typer app, or of a function that is the whole command;
    `summary` is the first paragraph of its help.
    """

    place: str
    summary: str


class Completion(NamedTuple):
    """What a shell is told of a word that may come next; its fields are those that typer reads."""

    value: str
    help: str


def _show_version(asked: bool) -> None:
    if asked:
        say(f"{_DISTRIBUTION} {installed_version(_DISTRIBUTION)}")
        raise typer.Exit


def _before_commands(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """The options of each program, which stand before its command."""


class Group(TyperGroup):
    """A group of commands whose help shows the whole first paragraph of each one's."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the commands and what each does."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self.summaries(ctx)))

    def summaries(self, ctx: Any) -> Iterable[tuple[str, str]]:
        """The names of the commands, in the order of the help, and what each does."""
        for name in self.list_commands(ctx):
            yield name, summary(self.get_command(ctx, name))


class LazyGroup(Group):
    """A group whose commands lie in modules of their own; a subclass has the table."""

    table: ClassVar[Mapping[str, Command]] = {}

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names of the commands."""
        return list(self.table)

    def summaries(self, ctx: Any) -> Iterable[tuple[str, str]]:  # noqa: ARG002
        """The names of the commands, and what each does, out of the table."""
        return ((name, each.summary) for name, each in self.table.items())

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """The commands that begin so, out of the table; or the options of the program."""
        found = (Completion(*each) for each in self.summaries(ctx))
        words = [each for each in found if each.value.startswith(incomplete)]
        return words or super().shell_complete(ctx, incomplete)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command with a name, when there is one."""
        if cmd_name not in self.table:
            return None
        module, _, name = self.table[cmd_name].place.partition(":")
        with _staying():
            found = getattr(import_module(module), name)
        command = typer.main.get_command(_app(found))
        command.name = cmd_name
        _make_plain(command)
        return command


def program(commands: Mapping[str, Command], help_text: str | None) -> typer.Typer:
    """A program with the commands of a table."""

    class Commands(LazyGroup):
        table = commands

    app = typer.Typer(
        cls=Commands,
        no_args_is_help=True,
        help=help_text,
        rich_markup_mode=None,
    )
    app.callback()(_before_commands)
    return app


def summary(command: Any) -> str:
    """The first paragraph of a command's help, as one line."""
    return " ".join((command.help or "").partition("\n\n")[0].split())


@contextmanager
def _staying() -> Iterator[None]:
    """What the block imports stays as long as the process: look for no garbage in it.

    To do so takes a seventh of the time of an import, and again as much when the process ends.
    """
    collected = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if collected:
            gc.enable()


def _app(found: Any) -> typer.Typer:
    if isinstance(found, typer.Typer):
        return found
    app = typer.Typer(add_completion=False)
    app.command()(found)
    return app


def _make_plain(command: Any) -> None:
    """Let neither the help of a command, nor of those below it, nor an error of theirs be drawn."""
    command.rich_markup_mode = None
    for below in getattr(command, "commands", {}).values():
        _make_plain(below)
