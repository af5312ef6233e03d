"""`mta-emu track`: the way of one message, over every MTA whose data is at hand."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.console import Table, display
from labkit.output import say, say_json
from mta_emu.commands import EXIT_FAILED, AsJson, errors_for_people
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import TrackingEntry

app = typer.Typer(add_completion=False)


@app.command()
def track(
    identifier: Annotated[
        str, typer.Argument(help="The MTS identifier, or a part that only one message has.")
    ],
    data: Annotated[
        list[Path] | None,
        typer.Option(
            "--data", help="Where an MTA keeps its data; give one for each.  [default: data]"
        ),
    ] = None,
    as_json_lines: AsJson = False,
) -> None:
    """Follow a message: submitted, queued, tried, refused, transferred, delivered or reported.

    Times are lab time. Exit status 1: no MTA knows it, or several messages have that part.
    """
    with errors_for_people():
        stores = [Store.reader(each) for each in data or [Path("data")]]
        found = {name for store in stores for name in store.tracking.find(identifier)}
        if len(found) != 1:
            _tell_which(identifier, sorted(found))
            raise typer.Exit(EXIT_FAILED)
        (name,) = found
        steps = [(store.name, step) for store in stores for step in store.tracking.follow(name)]
    steps.sort(key=lambda pair: pair[1].time)
    if as_json_lines:
        for server, step in steps:
            say_json({"server": server, **_as_object(step)})
        return
    display(_table(name, steps))


def _tell_which(identifier: str, found: list[str]) -> None:
    if not found:
        say(f"{identifier}: no message with this in its MTS identifier", error=True)
        return
    say(f"{identifier}: {len(found)} messages have this in their MTS identifiers:", error=True)
    for name in found:
        say(f"  {name}", error=True)


def _as_object(step: TrackingEntry) -> dict[str, object]:
    return {**vars(step), "time": step.time.isoformat(timespec="milliseconds")}


def _table(name: str, steps: list[tuple[str, TrackingEntry]]) -> Table:
    headings = ("time", "server", "what", "connector", "association", "recipient, detail")
    table = Table(*headings, title=name)
    for server, step in steps:
        association = "" if step.association is None else str(step.association)
        about = ", ".join(filter(None, (step.recipient, step.detail)))
        time = step.time.isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")
        table.add_row(time, server, step.what, step.connector, association, about)
    return table
