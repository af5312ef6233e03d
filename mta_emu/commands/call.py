"""`mta-emu call`: let a connector call now, without waiting for its retry timer."""

from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from labkit.loop import run
from labkit.output import say, say_json
from mta_emu.commands import EXIT_FAILED, AsJson, Data, errors_for_people
from mta_emu.mta.controlclient import ControlError, ask, status

app = typer.Typer(add_completion=False)


def complete_connector(context: typer.Context, incomplete: str) -> list[str]:
    """The connectors of the MTA that runs whose names begin so, for the shell."""
    with suppress(ControlError):
        now = run(status(context.params["data"]))
        return [each.name for each in now.connectors if each.name.startswith(incomplete)]
    return []


@app.command()
def call(
    connector: Annotated[
        str,
        typer.Argument(help="The connector's directory name.", autocompletion=complete_connector),
    ],
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
) -> None:
    """Open an association of a connector now, and report the result.

    What waits in its queue leaves by it. The retry timer begins anew when the call fails. Exit
    status 0: the association is open; 1: it is not, or the schedule does not let it call.
    """
    with errors_for_people():
        came = run(ask(data, {"command": "call", "connector": connector}))
    if as_json_lines:
        say_json({name: came[name] for name in ("association", "state", "reason")})
    else:
        say("association {association} of {}: {state}: {reason}".format(connector, **came))
    if came["state"] != "open":
        raise typer.Exit(EXIT_FAILED)
