"""`mta-emu send`: submits to a running MTA."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from labkit.loop import run
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.control import ask, send_file

app = typer.Typer(add_completion=False)


@app.command()
def send(
    to: Annotated[
        list[str], typer.Argument(help='O/R addresses, as "C=US;A= ;P=Contoso;S=Smith".')
    ],
    sender: Annotated[str, typer.Option("--from", help="The originator's O/R address.")],
    data: Data = Path("data"),
    subject: Annotated[str, typer.Option(help="The subject.")] = "",
    text: Annotated[str, typer.Option(help="The text: IA5, or general text of ISO 8859-1.")] = "",
    file: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="A file of any size, enclosed as a bilaterally defined body part (BP-14).",
        ),
    ] = None,
    priority: Annotated[str, typer.Option(help="urgent, normal or non-urgent.")] = "normal",
    count: Annotated[int, typer.Option(min=1, help="How many messages.")] = 1,
    report: Annotated[
        str | None,
        typer.Option(
            help="Which reports to ask for: delivery (and non-delivery), non-delivery, or none. "
            "[default: non-delivery; of a probe delivery]",
            show_default=False,
        ),
    ] = None,
    return_content: Annotated[
        bool, typer.Option("--return-content", help="Ask for the content with a failure.")
    ] = False,
    deliver_within: Annotated[
        int | None,
        typer.Option(min=1, help="Seconds (of lab time) after which it must not be delivered."),
    ] = None,
    probe: Annotated[
        bool, typer.Option("--probe", help="Send no message, only ask whether it would arrive.")
    ] = False,
    as_json_lines: AsJson = False,
) -> None:
    """Submit interpersonal messages or probes to the running MTA that keeps its data in --data.

    Writes their MTS identifiers; `mta-emu reports IDENTIFIER` tells what became of each.
    """
    request: dict[str, Any] = {
        "command": "submit",
        "to": to,
        "from": sender,
        "subject": subject,
        "text": text,
        "priority": priority,
        "count": count,
        "return_content": return_content,
        "probe": probe,
    }
    if report:
        request["report"] = report
    if deliver_within:
        request["deliver_within"] = deliver_within
    with errors_for_people():
        reply = _send_file(data, request, file) if file else run(ask(data, request))
    if as_json_lines:
        typer.echo(json.dumps({"mts_identifiers": reply["mts_identifiers"]}))
        return
    for identifier in reply["mts_identifiers"]:
        typer.echo(identifier)


def _send_file(data: Path, request: dict[str, Any], file: Path) -> dict[str, Any]:
    """Submit a message with a file; a bar on standard error shows how much the MTA has of it."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    console = Console(stderr=True)
    with file.open("rb") as octets, Progress(*columns, console=console) as progress:
        length = file.stat().st_size
        task = progress.add_task(file.name, total=length)
        return run(
            send_file(
                data,
                request | {"command": "submit_file"},
                octets,
                length,
                lambda count: progress.advance(task, count),
            )
        )
