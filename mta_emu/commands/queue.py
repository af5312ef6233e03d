"""`mta-emu queue`: what waits for each connector, and how far the transfers in hand have come."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import typer

from labkit.console import Table, display, octets_text
from labkit.loop import run
from labkit.output import say_json, say_lines
from mta_emu.commands import AsJson, Data, errors_for_people
from mta_emu.mta.controlclient import ControlError, status
from mta_emu.mta.log.status import ConnectorStatus, TransferStatus
from mta_emu.mta.store.store import Store

app = typer.Typer(add_completion=False)


@app.command()
def queue(data: Data = Path("data"), as_json_lines: AsJson = False) -> None:
    """Show how many messages wait for each connector, and the transfers that are under way.

    Also when a connector calls again (lab time, UTC), and why it does not call now.

    Messages that wait for their deferred delivery time are a line of their own. Works whether the
    MTA runs or not.
    """
    with errors_for_people():
        lines = run(_queues(data))
    if as_json_lines:
        for line in lines:
            say_json(asdict(line))
        return
    table = Table("connector", "queued", "state", "next try", "associations", "transfers")
    for line in lines:
        table.add_row(
            line.display_name,
            str(line.queued),
            line.state,
            _moment(line.next_try),
            str(line.associations),
            [_progress(each) for each in line.transfers],
        )
    display(table)
    for line in lines:
        if line.queued and line.reason and not line.associations:
            say_lines(line.reason)


def _moment(time: str | None) -> str:
    """A moment of lab time, to the second."""
    return f"{datetime.fromisoformat(time):%Y-%m-%d %H:%M:%S}" if time else ""


def _progress(transfer: TransferStatus) -> str:
    """How far a transfer has come; nobody knows how long one is that comes in."""
    octets, length = transfer.octets, transfer.of
    if length is None:
        return f"in: {octets_text(octets)}"
    return f"out: {octets_text(octets)} of {octets_text(length)} ({octets * 100 // length} %)"


async def _queues(data: Path) -> list[ConnectorStatus]:
    """What the running MTA says; what lies in the database when none runs."""
    store = Store.reader(data)
    lengths, deferred = store.queues.lengths(), store.deferred.status()
    try:
        lines = [*(await status(data)).connectors]
    except ControlError:
        lines = [
            ConnectorStatus(name, name, queued, "MTA not running")
            for name, queued in lengths.items()
        ]
    if deferred.count:
        name, until = "(deferred)", f"until {deferred.next}"
        lines.append(ConnectorStatus(name, name, deferred.count, until))
    return lines
