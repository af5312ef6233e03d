"""Serve an MTA, submit mail to it, and look into it."""

import typer

from labkit.commands import LazyGroup, before_commands

_COMMANDS = (
    *("serve", "config"),
    *("send", "cancel", "reports", "queue", "call", "routes", "events", "track", "mail"),
    *("ping", "decode"),
)


class _Commands(LazyGroup):
    places = {name: f"mta_emu.commands.{name}:app" for name in _COMMANDS}  # noqa: RUF012


app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, help=__doc__)
app.callback()(before_commands)


def main() -> None:
    """The command's entry point."""
    app()
