"""`mta-emu events`: the event log."""

from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labkit.console import display, indented, line
from labkit.interrupts import terminable
from labkit.loop import run
from labkit.output import say_document
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.controlclient import follow
from mta_emu.mta.log import formats
from mta_emu.mta.log.events import Event, EventFilter, LoggedEvent
from mta_emu.mta.log.records import EventLogged
from mta_emu.mta.store.store import Store


class Format(StrEnum):
    """How the log is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    XML = "xml"


_LINE = "{:<11}  {:<10}  {:<8}  {:<13}  {:<16}  {:>5}  {:<4}  {}"
_INDENT = 4
_STYLES = {"Warning": "yellow", "Error": "red"}


app = typer.Typer(add_completion=False)


@app.command()
def events(
    data: Data = Path("data"),
    form: Annotated[
        Format, typer.Option("--format", help="csv and xml as Windows writes them.")
    ] = Format.TABLE,
    as_json_lines: AsJson = False,
    ids: Annotated[
        list[int] | None, typer.Option("--id", min=0, max=65535, help="Only these event IDs.")
    ] = None,
    type_: Annotated[str, typer.Option("--type", help="Only Information, Warning or Error.")] = "",
    category: Annotated[str, typer.Option(help="Only this category, as Security.")] = "",
    connector: Annotated[str, typer.Option(help="Only about this connector.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Only from this lab time on, in UTC.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Only before this lab time, in UTC.")
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show below each event why it was logged.")
    ] = False,
    following: Annotated[
        bool, typer.Option("--follow", help="Go on with what the running MTA logs.")
    ] = False,
) -> None:
    """Show the event log in Event Viewer's columns, or export it as JSON lines, CSV or event XML.

    An entry whose text or category no article shows whole is marked reconstructed in exports.
    """
    form = Format.JSON if as_json_lines else form
    if following and form is Format.XML:
        raise typer.BadParameter("a log that goes on is no XML document", param_hint="--follow")
    wanted = EventFilter(
        frozenset(ids or ()), type_, category, connector, _in_utc(since), _in_utc(until)
    )
    with errors_for_people():
        store = Store.reader(data)
        start, show, end = _FORMS[form]
        if verbose and form is Format.TABLE:
            show = _show_with_reason
        _write(start)
        for logged in store.events.read(wanted):
            show(logged, store.name)
        if following:
            with terminable():
                run(_follow_events(data, wanted, lambda logged: show(logged, store.name)))
        _write(end)


def _write(form: str) -> None:
    if form:
        say_document(form)


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None


async def _follow_events(
    data: Path, wanted: EventFilter, show: Callable[[LoggedEvent], None]
) -> None:
    async for record in follow(data):
        if isinstance(record, EventLogged):
            event = Event(
                record.id, record.type, record.category, record.text, record.source, record.reason
            )
            logged = LoggedEvent(0, record.time, event, record.connector or "")
            if logged in wanted:
                show(logged)


def _show_in_columns(logged: LoggedEvent, computer: str) -> None:
    """Event Viewer's columns, and below them the description."""
    columns = _LINE.format(*formats.row(logged, computer))
    display(line((columns, _STYLES.get(logged.event.type, ""))), wrap=False)
    display(indented(logged.event.description, _INDENT))


def _show_with_reason(logged: LoggedEvent, computer: str) -> None:
    """The same, and why it was logged."""
    _show_in_columns(logged, computer)
    if logged.event.reason:
        display(indented(f"Reason: {logged.event.reason}", _INDENT))


def _printing(render: Callable[[LoggedEvent, str], str]) -> Callable[[LoggedEvent, str], None]:
    return lambda logged, computer: say_document(render(logged, computer))


#: What stands before the log, how an event is shown, and what stands behind the log.
_FORMS: dict[Format, tuple[str, Callable[[LoggedEvent, str], None], str]] = {
    Format.TABLE: (_LINE.format(*formats.COLUMNS), _show_in_columns, ""),
    Format.JSON: ("", _printing(formats.as_json), ""),
    Format.CSV: (formats.CSV_HEADER, _printing(formats.as_csv), ""),
    Format.XML: (formats.XML_START, _printing(formats.as_xml), formats.XML_END),
}
