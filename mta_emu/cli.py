"""The command `mta-emu`: serves an MTA, submits to it, and looks into it."""

import asyncio
import json
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from labkit.clock import LabClock
from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError, load
from labkit.loop import run
from mta_emu import ping as pinging
from mta_emu.mta.config import MtaConfig
from mta_emu.mta.control import ControlError, ask, follow
from mta_emu.mta.events import Event
from mta_emu.mta.journal import Journal, as_json, as_text, print_records
from mta_emu.mta.mta import Mta
from mta_emu.mta.store import NO_CONNECTOR, Store
from mta_emu.osi.selectors import Selectors
from mta_emu.tap import Tap

EXIT_FAILED = 1
_PLAIN_WIDTH = 120  # columns where the output is not a terminal

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)

Data = Annotated[Path, typer.Option("--data", help="Where the MTA keeps its data.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line instead of text.")]


@app.command()
def serve(
    config: Annotated[Path, typer.Argument(help="A configuration file, by property pages.")],
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
    tap: Annotated[
        Path | None, typer.Option(help="Record here what the sockets send and receive.")
    ] = None,
) -> None:
    """Serve an MTA until SIGTERM: listen, bind, transfer, retry, log.

    Exit status 2: the configuration is wrong, or its address cannot be listened on.
    """
    with _errors_for_people():
        configuration = load(config, MtaConfig)
        clock = configuration.server.clock
        journal = Journal(LabClock(clock.scale, clock.origin))
        journal.listen(print_records(as_json if as_json_lines else as_text))
        mta = Mta(configuration, data, journal, Tap(tap) if tap else None)
        run(_until_signal(mta))


async def _until_signal(mta: Mta) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await mta.run(stopped)


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
    with _errors_for_people():
        reply = run(ask(data, request))
    if as_json_lines:
        typer.echo(json.dumps({"mts_identifiers": reply["mts_identifiers"]}))
        return
    for identifier in reply["mts_identifiers"]:
        typer.echo(identifier)


@app.command()
def queue(data: Data = Path("data"), as_json_lines: AsJson = False) -> None:
    """Show how many messages wait for each connector; works whether the MTA runs or not."""
    with _errors_for_people():
        lines = run(_queues(data))
    if as_json_lines:
        for line in lines:
            typer.echo(json.dumps(line))
        return
    table = Table("connector", "queued", "state", "associations")
    for line in lines:
        table.add_row(*(str(line[field]) for field in ("name", "queued", "state", "associations")))
    _console().print(table)


async def _queues(data: Path) -> list[dict[str, Any]]:
    """What the running MTA says; what lies in the database when none runs."""
    lengths = Store.reader(data).queue_lengths()
    try:
        lines: list[dict[str, Any]] = (await ask(data, {"command": "status"}))["connectors"]
    except ControlError:
        lines = [
            {"name": name, "queued": queued, "state": "MTA not running", "associations": 0}
            for name, queued in lengths.items()
            if name != NO_CONNECTOR
        ]
    if stranded := lengths.get(NO_CONNECTOR):
        state = "no connector leads there"
        lines.append({"name": "-", "queued": stranded, "state": state, "associations": 0})
    return lines


@app.command()
def events(
    data: Data = Path("data"),
    as_json_lines: AsJson = False,
    following: Annotated[
        bool, typer.Option("--follow", help="Go on with what the running MTA logs.")
    ] = False,
) -> None:
    """Show the event log, as Event Viewer's columns."""
    with _errors_for_people():
        logged = list(Store.reader(data).events())
        if not as_json_lines and not following:
            _console().print(_event_table(logged))
            return
        for time, event in logged:
            typer.echo(_event_line(time, event, as_json_lines=as_json_lines))
        if following:
            run(_follow_events(data, as_json_lines=as_json_lines))


async def _follow_events(data: Path, *, as_json_lines: bool) -> None:
    async for record in follow(data):
        if record["kind"] == "event":
            event = Event(
                *(record[field] for field in ("id", "type", "category", "text", "source"))
            )
            typer.echo(_event_line(record["time"], event, as_json_lines=as_json_lines))


def _event_table(logged: list[tuple[str, Event]]) -> Table:
    table = Table("time", "type", "source", "category", "event")
    table.add_column("text", overflow="fold")
    for time, event in logged:
        table.add_row(time, event.type, event.source, event.category, str(event.id), event.text)
    return table


def _event_line(time: str, event: Event, *, as_json_lines: bool) -> str:
    if as_json_lines:
        return json.dumps({"time": time, **vars(event)})
    return f"{time} {event.type} {event.id} [{event.category}] {event.text}"


@app.command()
def ping(
    host: Annotated[str, typer.Argument(help="HOST or HOST:PORT of an MTA; the port is 102.")],
    mta_name: Annotated[str, typer.Option(help="Our MTA name in the bind; empty: no name.")] = "",
    password: Annotated[str, typer.Option(help="Our MTA password in the bind.")] = "",
    called: Annotated[str, typer.Option(help="The called selectors, T/S/P, hex after 0x.")] = "",
    calling: Annotated[str, typer.Option(help="Our own selectors, T/S/P.")] = "",
    two_way: Annotated[bool, typer.Option(help="Ask for two-way alternate dialogue.")] = False,
    source: Annotated[str | None, typer.Option(help="The address to call from.")] = None,
    timeout: Annotated[float, typer.Option(help="Seconds to wait for an answer.")] = 10.0,
    as_json_lines: AsJson = False,
) -> None:
    """Open an association with an MTA, tell layer by layer how far it got, and release it.

    Exit status 0: accepted; 1: not; 2: an option is wrong.
    """
    with _errors_for_people():
        target = pinging.Target.parse(host)
        request = pinging.request(
            mta_name,
            password,
            called=_selectors(called, "--called"),
            calling=_selectors(calling, "--calling"),
            two_way=two_way,
        )
    steps = run(pinging.ping(target, request, source, timeout))
    if as_json_lines:
        for step in steps:
            typer.echo(json.dumps(vars(step)))
    else:
        table = Table("layer", "outcome", "what")
        for step in steps:
            style = {"ok": "green", "failed": "red"}.get(step.outcome, "")
            table.add_row(step.layer, step.outcome, step.text, style=style)
        _console().print(table)
    if any(step.outcome == "failed" for step in steps):
        raise typer.Exit(EXIT_FAILED)


def _selectors(text: str, option: str) -> Selectors:
    try:
        return pinging.parse_selectors(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def main() -> None:
    """The command's entry point."""
    app()


def _console() -> Console:
    chosen = Console(highlight=False)
    return chosen if chosen.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)


@contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except (ConfigurationError, ValueError, OSError, sqlite3.Error) as error:
        typer.echo(error, err=True)
        raise typer.Exit(EXIT_BAD_CONFIGURATION) from error
    except ControlError as error:
        typer.echo(error, err=True)
        raise typer.Exit(EXIT_FAILED) from error
    except (KeyboardInterrupt, asyncio.CancelledError):
        raise typer.Exit from None
