"""`mta-lab ps`: how the hosts of a lab are."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from labkit.loop import run
from mta_emu.mta.control import ControlError, ask
from mta_lab.commands import AsJson, WhichLab, console, errors_for_people, labs_here, the_lab
from mta_lab.lab.changes import read_changes
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import processes_of
from mta_lab.topology.faults import read_faults
from mta_lab.topology.files import FIREWALL

Status = dict[str, Any]


def ps(which: WhichLab = None, as_json: AsJson = False) -> None:
    """Show the hosts of every lab that is up: addresses, connectors, queues, next tries.

    Below are the settings that were changed since the lab came up, and the faults that its networks
    have now.
    """
    with errors_for_people():
        labs = [the_lab(which)] if which else labs_here()
        found = [status for lab in labs for status in statuses(lab)]
    if as_json:
        for status in found:
            typer.echo(json.dumps(status))
    elif found:
        print_statuses(console(), found)
    else:
        typer.echo("no lab is up: mta-lab up FILE", err=True)


def statuses(lab: Lab) -> list[Status]:
    """What there is to know of each host."""
    return run(_statuses(lab))


async def _statuses(lab: Lab) -> list[Status]:
    changes, faults = read_changes(lab.directory), read_faults(lab.directory)
    return [
        {
            "lab": lab.name,
            "backend": lab.placement.backend,
            "host": host,
            "addresses": [str(address) for address in addresses],
            "process": next(processes_of(lab.directory, host), None),
            "connectors": None if host == FIREWALL else await _connectors(lab, host),
            "changes": [str(each) for each in changes.of(host)],
            "faults": [str(each) for each in faults.faults],
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


def print_statuses(out: Console, found: Sequence[Status]) -> None:
    """Print each lab: its hosts, what was changed, its faults."""
    for name, of_lab in groupby(found, lambda status: str(status["lab"])):
        hosts = [*of_lab]
        out.print(Text(f"{name} ({hosts[0]['backend']})", "bold"))
        out.print(_table(hosts))
        for host in hosts:
            for change in host["changes"]:
                out.print(Text(f"changed: {change}", "yellow"), soft_wrap=True)
        for fault in hosts[0]["faults"]:
            out.print(Text(f"fault on {fault}", "red"), soft_wrap=True)


def _table(hosts: Sequence[Status]) -> Table:
    """A row per connector, and one per host without any."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("host", overflow="fold")
    table.add_column("address", no_wrap=True)
    table.add_column("connector", overflow="fold")
    table.add_column("state", no_wrap=True)
    table.add_column("queued", justify="right", no_wrap=True)
    table.add_column("assoc.", justify="right", no_wrap=True)
    for host in hosts:
        for number, row in enumerate(_rows(host)):
            name = host["host"] if number == 0 else ""
            addresses = "\n".join(host["addresses"]) if number == 0 else ""
            table.add_row(name, addresses, *row)
    return table


def _rows(host: Status) -> Iterator[tuple[Text, ...]]:
    if host["process"] is None:
        yield Text("-"), Text("not running", "red")
    elif not host["connectors"]:
        yield Text("-"), Text("running")
    else:
        for each in host["connectors"]:
            fields = (each[field] for field in ("name", "state", "queued", "associations"))
            yield tuple(Text(str(field)) for field in fields)
