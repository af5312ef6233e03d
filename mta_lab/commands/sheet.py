"""`mta-lab sheet`: the link sheets of two centres that are about to connect."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.commands import Group
from labkit.config import as_yaml
from labkit.output import say, say_document
from mta_lab.commands import EXIT_FAILED, AsJson, errors_for_people
from mta_lab.commands.newfile import write_new
from mta_lab.sheet.comparing import Comparison, compare
from mta_lab.sheet.joining import join
from mta_lab.sheet.page import page as html
from mta_lab.sheet.profiles import PROFILES, Profile, ProfileName
from mta_lab.sheet.sheet import load_sheet
from mta_lab.sheet.starting import starting_sheet
from mta_lab.sheet.table import lines

app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    help="Link sheets: what two centres agree on before they connect; compared, and made a"
    " topology.",
)

OneSheet = Annotated[Path, typer.Argument(metavar="SHEET", help="A sheet: a YAML file.")]
First = Annotated[Path, typer.Argument(metavar="A", help="The sheet of one centre.")]
Second = Annotated[Path, typer.Argument(metavar="B", help="The sheet of the other centre.")]


@app.command()
def new(
    out: Annotated[Path, typer.Argument(metavar="OUT.yaml", help="The file to write.")],
    centre: Annotated[str, typer.Option(help="The centre's name.")] = "AMHSLAND-1",
    peer: Annotated[
        ProfileName, typer.Option(help="What the other centre's MTA is: see `sheet profiles`.")
    ] = ProfileName.EXCHANGE,
) -> None:
    """Write a sheet to fill in, with a comment for each field."""
    with errors_for_people():
        _write(out, starting_sheet(centre, peer))


@app.command()
def profiles(as_json: AsJson = False) -> None:
    """List the peer profiles: what is known of other MTAs, and what a connector to one speaks."""
    for each in PROFILES.values():
        if as_json:
            say_document(TypeAdapter(Profile).dump_json(each).decode())
        else:
            modes = ", ".join(each.dialogue_modes)
            spoken = ", ".join(mode.value for mode in each.conformances)
            say(f"{each.name}: {each.known}")
            say(f"  {modes}; {spoken}")


@app.command()
def page(
    sheet: OneSheet,
    out: Annotated[Path, typer.Argument(metavar="OUT.html", help="The file to write.")],
) -> None:
    """Write a sheet as a page to print and sign; it has no passwords."""
    with errors_for_people():
        _write(out, html(load_sheet(sheet)))


@app.command()
def diff(first: First, second: Second, as_json: AsJson = False) -> None:
    """Compare two sheets field by field, and predict what each difference does.

    What a centre says of itself is compared with what the other has configured for it. Each
    difference is predicted alone: with it, in two sheets that agree otherwise. No password is
    shown.

    Exit status 0: the sheets agree; 1: they differ; 2: a file is wrong.
    """
    with errors_for_people():
        found = compare(load_sheet(first), load_sheet(second), datetime.now(UTC))
    if as_json:
        say_document(TypeAdapter(Comparison).dump_json(found).decode())
    else:
        for each in lines(found):
            say(each)
    if found.differences:
        raise typer.Exit(EXIT_FAILED)


@app.command("to-topology")
def to_topology(
    first: First,
    second: Second,
    out: Annotated[Path, typer.Argument(metavar="OUT.yaml", help="The file to write.")],
) -> None:
    """Make a topology of two sheets: each MTA as its own centre's sheet says.

    What a sheet leaves out is as the other one says. The topology has the passwords of the sheets.
    """
    with errors_for_people():
        _write(out, as_yaml(join(load_sheet(first), load_sheet(second))))


def _write(out: Path, text: str) -> None:
    write_new(out, text)
    say(f"{out} written")
