"""`mta-emu reports`: what became of the messages and probes of the users here."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.console import Table, display
from labkit.output import say_json
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
        told = list(Store.reader(data).reports.read(identifier))
    if as_json_lines:
        for each in told:
            say_json(as_object(each))
    else:
        table = Table("time", "message", "recipient", "outcome")
        for each in told:
            names = list(filter(None, (each.subject_identifier, each.content_identifier)))
            outcome = _outcome(each)
            table.add_row(f"{each.time:%Y-%m-%d %H:%M:%S}", names, each.recipient, outcome)
        display(table)
    if identifier and not told:
        raise typer.Exit(EXIT_FAILED)


def _outcome(told: ReceivedReport) -> list[str]:
    codes = [] if isinstance(told.outcome, Delivered) else [f"({told.outcome})"]
    return [received_in_words(told), *codes]
