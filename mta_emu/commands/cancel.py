"""`mta-emu cancel`: a message that is deferred does not go on."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.loop import run
from labkit.output import say
from mta_emu.commands import Data, errors_for_people
from mta_emu.mta.controlclient import ask

app = typer.Typer(add_completion=False)


@app.command()
def cancel(
    identifier: Annotated[
        str, typer.Argument(help="The MTS identifier that `mta-emu send` wrote.")
    ],
    data: Data = Path("data"),
) -> None:
    """Cancel a message that waits in the running MTA for its deferred delivery time."""
    with errors_for_people():
        run(ask(data, {"command": "cancel", "mts_identifier": identifier}))
    say(f"cancelled {identifier}")
