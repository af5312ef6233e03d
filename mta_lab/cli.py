"""The command `mta-lab`: plays topologies, keeps labs up, looks into them, changes them."""

import typer

from mta_lab.commands.capture import capture
from mta_lab.commands.check import check
from mta_lab.commands.fault import fault
from mta_lab.commands.graph import graph
from mta_lab.commands.on_host import EXEC_SETTINGS, exec_, logs
from mta_lab.commands.ps import ps
from mta_lab.commands.record import record
from mta_lab.commands.run import run
from mta_lab.commands.serve import serve
from mta_lab.commands.set import set_
from mta_lab.commands.topologies import list_topologies, show
from mta_lab.commands.up import down, up

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

app.command()(run)
app.command("list")(list_topologies)
app.command()(show)
app.command()(graph)
app.command()(up)
app.command()(down)
app.command()(ps)
app.command("exec", context_settings=EXEC_SETTINGS)(exec_)
app.command()(logs)
app.command()(capture)
app.command("set")(set_)
app.command()(check)
app.command()(serve)
app.command()(record)
app.command()(fault)


def main() -> None:
    """The command's entry point."""
    app()
