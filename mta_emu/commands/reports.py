"""`mta-emu reports`: what became of the messages and probes of the users here."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from labkit.console import console
from mta_emu.commands import EXIT_FAILED, AsJson, Data, errors_for_people
from mta_emu.mta.policy.received import ReceivedReport, as_object, received_in_words
from mta_emu.mta.store.store import Store
from mta_emu.mts.report import Delivered

app = typer.Typer(add_completion=False)


@app.command()
def reports(
    identifier: Annotated[
        str | None, typer.Argument(help="The MTS identifier that `mta-emu send` gave.")
    ] = None,
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
) -> None:
    """Show the delivery and non-delivery reports that have come back to the users here.

    Exit status 1: there is none about the message or probe that was asked for.
    """
    with errors_for_people():
        told = list(Store.reader(data).told(identifier))
    if as_json_lines:
        for each in told:
            typer.echo(json.dumps(as_object(each)))
    else:
        table = Table("time", "message", "recipient", "outcome")
        for each in told:
            name = f"{each.subject_identifier}\n{each.content_identifier}".rstrip()
            outcome = _outcome(each)
            table.add_row(f"{each.time:%Y-%m-%d %H:%M:%S}", name, each.recipient, outcome)
        console().print(table)
    if identifier and not told:
        raise typer.Exit(EXIT_FAILED)


def _outcome(told: ReceivedReport) -> str:
    codes = "" if isinstance(told.outcome, Delivered) else f"\n({told.outcome})"
    return received_in_words(told) + codes
