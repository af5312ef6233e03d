"""`mta-lab diff`: what changes for the mail between two topologies."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.output import say, say_document
from mta_lab.commands import EXIT_FAILED, AsJson, AsMarkdown, errors_for_people
from mta_lab.rehearsal.changes import Change, Comparison, changes
from mta_lab.rehearsal.report import flows_of
from mta_lab.topology.files import load_topology


def diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="A topology file.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="Another one.")],
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
) -> None:
    """Compare what becomes of the mail in two topologies; nothing is played.

    Each row is about the mail from one MTA to another: gained, lost, delivered and now collected,
    another disposition, other source addresses or events. MTAs are compared by their names.

    Exit status 0: nothing changes for the mail; 1: something does; 2: a file is wrong.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("give one of --json and --markdown")
    with errors_for_people():
        old, new = load_topology(before), load_topology(after)
        at = old.starts or new.starts or datetime.now(UTC)
        found = changes(flows_of(old, at), flows_of(new, at))
    if as_json:
        comparison = Comparison(str(before), str(after), at, found)
        say_document(TypeAdapter(Comparison).dump_json(comparison).decode())
    else:
        show(found, as_markdown=as_markdown)
    if found:
        raise typer.Exit(EXIT_FAILED)


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
