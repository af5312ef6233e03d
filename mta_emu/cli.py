"""The command `mta-emu`: serves an MTA, submits to it, and looks into it."""

import typer

from mta_emu.commands import config, mail, routes
from mta_emu.commands.decode import decode
from mta_emu.commands.events import events
from mta_emu.commands.ping import ping
from mta_emu.commands.queue import queue
from mta_emu.commands.send import send
from mta_emu.commands.serve import serve
from mta_emu.commands.track import track

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

for command in (serve, send, queue, events, track, ping, decode):
    app.command()(command)
app.add_typer(config.app, name="config")
app.add_typer(mail.app, name="mail")
app.add_typer(routes.app, name="routes")


def main() -> None:
    """The command's entry point."""
    app()
