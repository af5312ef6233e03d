"""`mta-emu reports`: what became of the messages and probes of the users here."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.console import Table, display
from labkit.output import say, say_json
from mta_emu.commands import EXIT_FAILED, AsJson, Data, errors_for_people
from mta_emu.mta.policy.received import ReceivedReport, as_object, received_in_words
from mta_emu.mta.store.store import Store
from mta_emu.mts.report import Delivered

app = typer.Typer(add_completion=False)

_LIST = "list"


@app.command()
def reports(
    identifier: Annotated[
        str | None,
        typer.Argument(
            help="The MTS identifier that `mta-emu send` gave.  [default: list them all]"
        ),
    ] = None,
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
) -> None:
    """Show the delivery and non-delivery reports that have come back to the users here.

    `mta-emu reports list` lists them all, too, as `mta-emu mail list` does.

    Exit status 1: there is none about the message or probe that was asked for.
    """
    if identifier == _LIST:  # no MTS identifier: those are in brackets
        identifier = None
    with errors_for_people():
        found = list(Store.reader(data).reports.read(identifier))
    if as_json_lines:
        for each in found:
            say_json(as_object(each))
    else:
        table = Table("time", "message", "recipient", "outcome")
        for each in found:
            names = list(filter(None, (each.subject_identifier, each.content_identifier)))
            outcome = _outcome(each)
            table.add_row(f"{each.time:%Y-%m-%d %H:%M:%S}", names, each.recipient, outcome)
        display(table)
    if identifier and not found:
        say(f"{identifier}: no report on this; `mta-emu reports` lists them all", error=True)
        raise typer.Exit(EXIT_FAILED)


def _outcome(found: ReceivedReport) -> list[str]:
    codes = [] if isinstance(found.outcome, Delivered) else [f"({found.outcome})"]
    return [received_in_words(found), *codes]
