"""`mta-lab predict`: what becomes of the mail between every two MTAs, before a packet is sent."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.output import say, say_document
from mta_lab.commands import (
    EXIT_FAILED,
    AsMarkdown,
    LabsDirectory,
    Sheet,
    errors_for_people,
)
from mta_lab.commands.given import Given, Which, given
from mta_lab.commands.lint import as_line
from mta_lab.commands.queues import waiting_in
from mta_lab.rehearsal.report import Report, of_lab, report


def predict(
    which: Which,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show every step, with its reason and place.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON instead of text.")] = False,
    as_markdown: AsMarkdown = False,
    sheet: Sheet = None,
    labs: LabsDirectory = None,
) -> None:
    """Predict what becomes of the mail between every two MTAs, and why; nothing is played.

    Each line is about the first message, with empty queues. docs/glossary.md has the words. Of a
    lab that is up it is what its hosts have now: what was `set`, faults, and below what waits.

    With --sheet the tests of a logbook are predicted, and none is proved.

    Exit status 0: all mail is delivered, or becomes what the file expects; 1: not; 2: the file is
    wrong.
    """
    if as_json + as_markdown + explain > 1:
        raise typer.BadParameter("give one of --explain, --json and --markdown")
    if sheet and (as_markdown or explain):
        raise typer.BadParameter("it is neither --explain nor --markdown", param_hint="--sheet")
    with errors_for_people():
        meant = given(which, labs)
        if sheet:
            _write_logbook(sheet, meant, as_json=as_json)
            return
        found = (
            of_lab(meant.topology, meant.at, meant.faults, waiting_in(meant.lab, meant))
            if meant.lab
            else report(meant.topology, meant.at)
        )
    if as_json:
        say_document(TypeAdapter(Report).dump_json(found).decode())
    else:
        _show(found, explain=explain, as_markdown=as_markdown)
    if not found.good:
        raise typer.Exit(EXIT_FAILED)


def _write_logbook(out: Path, meant: Given, *, as_json: bool) -> None:
    # Here, because the logbook's proof is slow to load.
    from mta_lab.commands.logbook import write_logbook  # noqa: PLC0415
    from mta_lab.sheet.logbook.logbook import predicted_logbook  # noqa: PLC0415

    now = datetime.now(UTC)
    tests = partial(predicted_logbook, meant.topology, meant.at, now, meant.faults)
    write_logbook(out, tests, as_json=as_json)


def _show(found: Report, *, explain: bool, as_markdown: bool) -> None:
    # Here, because the tables' library is slow to load.
    from labkit.console import display  # noqa: PLC0415
    from mta_lab.rehearsal.table import markdown, remarks, table, traces  # noqa: PLC0415

    if as_markdown:
        for line in markdown(found):
            say(line)
        return
    display(*(traces(found) if explain else [table(found)]))
    for text in remarks(found):
        say(text)
    for finding in found.findings:
        say(f"finding: {as_line(finding)}")
