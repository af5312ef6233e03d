"""`mta-lab diff`: what changes for the mail between two topologies, or a file and a lab."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.output import say, say_document
from mta_lab.commands import EXIT_FAILED, AsJson, AsMarkdown, LabsDirectory, errors_for_people
from mta_lab.commands.given import Given, given, which
from mta_lab.rehearsal.changes import Change, Comparison, changes, in_file
from mta_lab.rehearsal.report import Flow, flows_of


def diff(
    before: Annotated[str, which("BEFORE")],
    after: Annotated[str, which("AFTER")],
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    labs: LabsDirectory = None,
) -> None:
    """Compare what becomes of the mail in two topologies; nothing is played.

    Of a lab that is up it is what its hosts have now, with the addresses of its topology file. Each
    row is about the mail from one MTA to another: gained, lost, delivered and now collected,
    another disposition, other source addresses or events. MTAs are compared by their names.

    Exit status 0: nothing changes for the mail; 1: something does; 2: a file is wrong.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("give one of --json and --markdown")
    with errors_for_people():
        old, new = given(before, labs), given(after, labs)
        at = next((each.at for each in (old, new) if each.lab or each.topology.starts), old.at)
        found = changes(*(_flows(each, at) for each in (old, new)))
    if as_json:
        comparison = Comparison(before, after, at, found)
        say_document(TypeAdapter(Comparison).dump_json(comparison).decode())
    else:
        show(found, as_markdown=as_markdown)
    if found:
        raise typer.Exit(EXIT_FAILED)


def _flows(meant: Given, at: datetime) -> Sequence[Flow]:
    """What becomes of the mail at a lab time, with the addresses that the file has."""
    flows = flows_of(meant.topology, at, meant.faults)
    return [in_file(flow, meant.lab.placement) for flow in flows] if meant.lab else flows


def show(found: Sequence[Change], *, as_markdown: bool) -> None:
    """Show changes: a table and why, or Markdown."""
    # Here, because the tables' library is slow to load.
    from labkit.console import display  # noqa: PLC0415
    from mta_lab.rehearsal.changetable import markdown, remarks, table  # noqa: PLC0415

    if not found:
        say("nothing changes for the mail")
    elif as_markdown:
        for each in markdown(found):
            say(each)
    else:
        display(table(found))
        for each in remarks(found):
            say(each)
