"""`mta-emu send`: submits to a running MTA."""

import json
from pathlib import Path
from typing import Annotated

import typer

from labkit.loop import run
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.control import ask

app = typer.Typer(add_completion=False)


@app.command()
def send(
    to: Annotated[
        list[str], typer.Argument(help='O/R addresses, as "C=US;A= ;P=Contoso;S=Smith".')
    ],
    sender: Annotated[str, typer.Option("--from", help="The originator's O/R address.")],
    data: Data = Path("data"),
    subject: Annotated[str, typer.Option(help="The subject.")] = "",
    text: Annotated[str, typer.Option(help="The IA5 text.")] = "",
    priority: Annotated[str, typer.Option(help="urgent, normal or non-urgent.")] = "normal",
    count: Annotated[int, typer.Option(min=1, help="How many messages.")] = 1,
    as_json_lines: AsJson = False,
) -> None:
    """Submit interpersonal messages to the running MTA that keeps its data in --data."""
    request = {
        "command": "submit",
        "to": to,
        "from": sender,
        "subject": subject,
        "text": text,
        "priority": priority,
        "count": count,
    }
    with errors_for_people():
        reply = run(ask(data, request))
    if as_json_lines:
        typer.echo(json.dumps({"mts_identifiers": reply["mts_identifiers"]}))
        return
    for identifier in reply["mts_identifiers"]:
        typer.echo(identifier)
