"""`mta-lab ps`: how the hosts of a lab are."""

import json
from typing import Any

import typer
from rich import box
from rich.table import Table

from labkit.loop import run
from mta_emu.mta.control import ControlError, ask
from mta_lab.commands import AsJson, WhichLab, console, errors_for_people, labs_here, the_lab
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import processes_of
from mta_lab.topology.files import FIREWALL

Status = dict[str, Any]


def ps(which: WhichLab = None, as_json: AsJson = False) -> None:
    """Show the hosts of every lab that is up: address, state, queue length, associations."""
    with errors_for_people():
        labs = [the_lab(which)] if which else labs_here()
        found = [status for lab in labs for status in statuses(lab)]
    if as_json:
        for status in found:
            typer.echo(json.dumps(status))
    elif found:
        console().print(table(found))
    else:
        typer.echo("no lab is up: mta-lab up FILE", err=True)


def statuses(lab: Lab) -> list[Status]:
    """What there is to know of each host."""
    return run(_statuses(lab))


async def _statuses(lab: Lab) -> list[Status]:
    return [
        {
            "lab": lab.name,
            "backend": lab.placement.backend,
            "host": host,
            "addresses": [str(address) for address in addresses],
            "process": next(processes_of(lab.directory, host), None),
            "connectors": None if host == FIREWALL else await _connectors(lab, host),
        }
        for host, addresses in lab.topology.host_addresses().items()
    ]


async def _connectors(lab: Lab, host: str) -> list[dict[str, Any]] | None:
    """The MTA's connectors with their queues; None when it does not answer."""
    try:
        status = await ask(lab.files(host).data, {"command": "status"})
    except ControlError:
        return None
    connectors: list[dict[str, Any]] = status["connectors"]
    return connectors


def table(found: list[Status]) -> Table:
    """A row a host."""
    shown = Table("lab", "backend", "host", "address", "state", box=box.SIMPLE_HEAD, pad_edge=False)
    shown.add_column("queued", justify="right")
    shown.add_column("associations", justify="right")
    for status in found:
        connectors = status["connectors"]
        sums = [
            "-" if connectors is None else str(sum(each[field] for each in connectors))
            for field in ("queued", "associations")
        ]
        shown.add_row(
            status["lab"],
            status["backend"],
            status["host"],
            "\n".join(status["addresses"]),
            _state(status),
            *sums,
        )
    return shown


def _state(status: Status) -> str:
    if status["process"] is None:
        return "[red]not running[/]"
    connectors = status["connectors"] or []
    return ", ".join(f"{each['name']} {each['state']}" for each in connectors) or "running"
