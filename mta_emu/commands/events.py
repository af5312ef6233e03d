"""`mta-emu events`: the event log."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from labkit.loop import run
from mta_emu.commands import AsJson, Data, console, errors_for_people
from mta_emu.mta.control import follow
from mta_emu.mta.events import Event
from mta_emu.mta.store import Store


def events(
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
    following: Annotated[
        bool, typer.Option("--follow", help="Go on with what the running MTA logs.")
    ] = False,
) -> None:
    """Show the event log, as Event Viewer's columns."""
    with errors_for_people():
        logged = [
            (each.time.isoformat(timespec="milliseconds"), each.event)
            for each in Store.reader(data).events.read()
        ]
        if not as_json_lines and not following:
            console().print(_event_table(logged))
            return
        for time, event in logged:
            typer.echo(_event_line(time, event, as_json_lines=as_json_lines))
        if following:
            run(_follow_events(data, as_json_lines=as_json_lines))


async def _follow_events(data: Path, *, as_json_lines: bool) -> None:
    async for record in follow(data):
        if record["kind"] == "event":
            event = Event(
                *(record[field] for field in ("id", "type", "category", "text", "source"))
            )
            typer.echo(_event_line(record["time"], event, as_json_lines=as_json_lines))


def _event_table(logged: list[tuple[str, Event]]) -> Table:
    table = Table("time", "type", "source", "category", "event")
    table.add_column("text", overflow="fold")
    for time, event in logged:
        table.add_row(time, event.type, event.source, event.category, str(event.id), event.text)
    return table


def _event_line(time: str, event: Event, *, as_json_lines: bool) -> str:
    if as_json_lines:
        return json.dumps({"time": time, **vars(event)})
    return f"{time} {event.type} {event.id} [{event.category}] {event.text}"
