"""`mta-emu queue`: what waits for each connector."""

import json
from pathlib import Path
from typing import Any

import typer
from rich.table import Table

from labkit.loop import run
from mta_emu.commands import AsJson, Data, console, errors_for_people
from mta_emu.mta.control import ControlError, ask
from mta_emu.mta.store import Store

app = typer.Typer(add_completion=False)


@app.command()
def queue(data: Data = Path("data"), as_json_lines: AsJson = False) -> None:
    """Show how many messages wait for each connector; works whether the MTA runs or not."""
    with errors_for_people():
        lines = run(_queues(data))
    if as_json_lines:
        for line in lines:
            typer.echo(json.dumps(line))
        return
    table = Table("connector", "queued", "state", "associations")
    for line in lines:
        table.add_row(*(str(line[field]) for field in ("name", "queued", "state", "associations")))
    console().print(table)


async def _queues(data: Path) -> list[dict[str, Any]]:
    """What the running MTA says; what lies in the database when none runs."""
    lengths = Store.reader(data).queue_lengths()
    try:
        lines: list[dict[str, Any]] = (await ask(data, {"command": "status"}))["connectors"]
    except ControlError:
        lines = [
            {"name": name, "queued": queued, "state": "MTA not running", "associations": 0}
            for name, queued in lengths.items()
        ]
    return lines
