"""`mta-lab ps`: how the hosts of a lab are."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from labkit.console import Column, Table, Text, display, line
from labkit.loop import run
from labkit.output import say, say_json
from mta_emu.mta.control import ControlError, ask
from mta_lab.commands import AsJson, WhichLab, errors_for_people, labs_here, the_lab
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
            say_json(status)
    elif found:
        display_statuses(found)
    else:
        say("no lab is up: mta-lab up FILE", error=True)


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


def display_statuses(found: Sequence[Status]) -> None:
    """Show each lab: its hosts, what was changed, its faults."""
    for name, of_lab in groupby(found, lambda status: str(status["lab"])):
        hosts = [*of_lab]
        display(_table(f"{name} ({hosts[0]['backend']})", hosts))
        for host in hosts:
            for change in host["changes"]:
                display(line((f"changed: {change}", "yellow")), wrap=False)
        for fault in hosts[0]["faults"]:
            display(line((f"fault on {fault}", "red")), wrap=False)


def _table(title: str, hosts: Sequence[Status]) -> Table:
    """A row per connector, and one per host without any."""
    table = Table(
        "host",
        Column("address", no_wrap=True),
        "connector",
        Column("state", no_wrap=True),
        Column("queued", justify="right", no_wrap=True),
        Column("assoc.", justify="right", no_wrap=True),
        title=title,
    )
    for host in hosts:
        for number, row in enumerate(_rows(host)):
            name = host["host"] if number == 0 else ""
            addresses = host["addresses"] if number == 0 else ""
            table.add_row(name, addresses, *row)
    return table


def _rows(host: Status) -> Iterator[tuple[str | Text, ...]]:
    if host["process"] is None:
        yield "-", line(("not running", "red"))
    elif not host["connectors"]:
        yield "-", "running"
    else:
        for each in host["connectors"]:
            fields = (each[field] for field in ("name", "state", "queued", "associations"))
            yield tuple(map(str, fields))
