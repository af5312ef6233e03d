"""What `predict --sheet` and `prove --sheet` write: the logbook of the tests of a link."""

from collections.abc import Callable
from pathlib import Path

import typer
from pydantic import TypeAdapter

from labkit.output import say, say_document
from mta_lab.commands import EXIT_FAILED
from mta_lab.commands.newfile import refuse_existing, write_new
from mta_lab.rehearsal.cells import direction
from mta_lab.sheet.logbook.logbook import Logbook, Row
from mta_lab.sheet.logbook.page import page

_AGREE = {True: "as predicted", False: "NOT as predicted"}


def write_logbook(out: Path, make: Callable[[], Logbook], *, as_json: bool) -> None:
    """Write the logbook that is made, and show it in a line per test, or as JSON.

    The file must be a new one: it is looked for before anything is played. Raises
    ConfigurationError and OSError; and Exit when a test was seen to be otherwise than predicted.
    """
    refuse_existing(out)
    logbook = make()
    if as_json:
        say_document(TypeAdapter(Logbook).dump_json(logbook).decode())
    else:
        for row in logbook.rows:
            say(_line(row))
    write_new(out, page(logbook))
    say(f"{out} written", error=as_json)
    if not logbook.agrees:
        raise typer.Exit(EXIT_FAILED)


def _line(row: Row) -> str:
    ends = direction(row.sender, row.receiver)
    said = row.not_proved if row.agrees is None else _AGREE[row.agrees]
    return f"{row.subject}: {ends}: {said}"
