"""Show the routing table, and explain which connector mail for an address takes."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from labkit.config import load
from labkit.console import Table, display
from labkit.loop import run
from labkit.output import say, say_json
from mta_emu.commands import EXIT_FAILED, AsJson, Data, errors_for_people
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.controlclient import ask
from mta_emu.mta.policy.gwart import gwart
from mta_emu.mta.policy.routing import answer

Config = Annotated[
    Path | None,
    typer.Option(help="Read this configuration file, and ask no running MTA.", show_default=False),
]

app = typer.Typer(add_completion=False, help=__doc__, invoke_without_command=True)


@app.callback()
def routes(
    context: typer.Context,
    config: Config = None,
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
) -> None:
    """Print the routing table as Exchange's GWART: type, address space, cost, connectors.

    It is the running MTA's, or that of a file given by --config.
    """
    if context.invoked_subcommand:
        return
    with errors_for_people():
        if config is not None:
            lines = list(gwart(load(config, MtaConfig)))
        else:
            lines = run(ask(data, {"command": "routes"}))["lines"]
    for line in lines:
        say_json({"line": line}) if as_json_lines else say(line)


@app.command()
def explain(
    address: Annotated[str, typer.Argument(help='The recipient, as "C=US;A= ;O=Lab;S=Smith".')],
    config: Config = None,
    data: Data = Path("data"),
    sender: Annotated[str | None, typer.Option("--from", help="The originator.")] = None,
    came_by: Annotated[str | None, typer.Option(help="The connector it came in by.")] = None,
    octets: Annotated[int, typer.Option(min=0, max=2**40, help="The length of the content.")] = 0,
    tried: Annotated[
        list[str] | None, typer.Option(metavar="CONNECTOR=N", help="Tries that failed.")
    ] = None,
    waiting: Annotated[
        list[str] | None,
        typer.Option(help="With --config: a connector whose open retry timer runs."),
    ] = None,
    at: Annotated[
        datetime | None, typer.Option(help="With --config: the time, in UTC.  [default: now]")
    ] = None,
    as_json_lines: AsJson = False,
) -> None:
    """Explain step by step which connector mail for an address takes, and why not the others.

    The running MTA is asked, which knows what it waits for; with --config a file is.
    Exit status 0: there is a way; 1: there is none.
    """
    question = {
        "to": address,
        "from": sender,
        "came_by": came_by,
        "octets": octets,
        "tries": dict(map(_parse_tries, tried or ())),
    }
    with errors_for_people():
        if config is not None:
            now = (at or datetime.now(UTC)).replace(tzinfo=UTC)
            found = answer(load(config, MtaConfig), question, now, frozenset(waiting or ()))
        else:
            found = run(ask(data, {"command": "explain", **question}))
    if as_json_lines:
        say_json(found)
    else:
        _print(address, found)
    if found["outcome"] == "none":
        raise typer.Exit(EXIT_FAILED)


def _parse_tries(text: str) -> tuple[str, int]:
    name, _, number = text.rpartition("=")
    if not name or not number.isdigit():
        raise typer.BadParameter(f"{text!r} is not CONNECTOR=N", param_hint="--tried")
    return name, int(number)


def _print(address: str, found: dict[str, Any]) -> None:
    if found["outcome"] != "mailbox":
        table = Table("criterion: the connector...", "eliminated", "why", "left")
        for step in found["steps"]:
            names, reasons = list(step["eliminated"]), list(step["eliminated"].values())
            table.add_row(step["criterion"], names, reasons, ", ".join(step["left"]) or "-")
        display(table)
    say(_OUTCOMES[found["outcome"]].format(address=address, **found))


_OUTCOMES = {
    "mailbox": "{address} is delivered to a mailbox here.",
    "connector": "{address} takes {connector}.",
    "remote connector": "{address} takes {connector} of another server, through {queue}.",
    "none": "{address} can take no connector: none {failed_at}.",
}
