"""The command `mta-emu`: serves an MTA, submits to it, and looks into it."""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

#: The modules in mta_emu/commands, in the order of the help; each has the Typer `app`.
_COMMANDS = (
    *("serve", "config"),
    *("send", "reports", "queue", "routes", "events", "track", "mail"),
    *("ping", "decode"),
)


class _Commands(TyperGroup):
    """Imports a command's module only when the command is asked for: all of them take a second."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """The names of the commands."""
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command with a name, when there is one."""
        if cmd_name not in _COMMANDS:
            return None
        command = typer.main.get_command(import_module(f"mta_emu.commands.{cmd_name}").app)
        command.name = cmd_name
        return command


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, help=__doc__)


@app.callback()
def _only_commands() -> None:
    """Nothing is done without a command."""


def main() -> None:
    """The command's entry point."""
    app()
