"""`mta-lab ps`: how the hosts of a lab are."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby

from labkit.console import Column, Table, Text, display, line
from labkit.loop import run
from labkit.output import say, say_json
from mta_emu.mta.controlclient import ControlError, status
from mta_emu.mta.log.status import ConnectorStatus
from mta_lab.backends.compose_up import NAME as COMPOSED
from mta_lab.backends.compose_up import composed_hosts
from mta_lab.commands import AsJson, WhichLab, errors_for_people, labs_here, the_lab
from mta_lab.lab.changes import read_changes
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import processes_of
from mta_lab.topology.faults import read_faults


@dataclass(frozen=True)
class HostStatus:
    """How a host is.

    `process` is its number, null when it does not run. `connectors` is null for the firewall and
    for an MTA that does not answer; each has `name`, `display_name`, `queued`, `state` ("idle",
    "opening", "open", "waiting" for a retry timer), `next_try` (when that timer ends, lab time;
    null when none runs), `associations` and `transfers`. `changes` are the settings that came after
    the topology file, `faults` those of all networks of the lab. `ended` is the exit status of a
    program that has ended, `runs` whether the host is there for something to run.
    """

    lab: str
    backend: str
    host: str
    addresses: tuple[str, ...]
    process: int | None
    connectors: tuple[ConnectorStatus, ...] | None
    changes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    ended: int | None = None
    runs: bool = True


def ps(which: WhichLab = None, as_json: AsJson = False) -> None:
    """Show the hosts of every lab that is up: addresses, connectors, queues, next tries.

    Below are the settings that were changed since the lab came up, and the faults that its networks
    have now. The labs that `docker compose up` put up are shown too; the other commands for these
    are Compose's.
    """
    with errors_for_people():
        labs = [the_lab(which)] if which else labs_here()
        found = [status for lab in labs for status in statuses(lab)]
        if not which:
            found += composed_statuses()
    say_statuses(found, as_json=as_json)
    if not found and not as_json:
        say("no lab is up: mta-lab up FILE", error=True)


def statuses(lab: Lab) -> list[HostStatus]:
    """How each host of a lab is."""
    return run(_statuses(lab))


async def _statuses(lab: Lab) -> list[HostStatus]:
    changes, faults = read_changes(lab.directory), read_faults(lab.directory)
    runs = (*lab.topology.serving(), *lab.topology.commanded())
    return [
        HostStatus(
            lab=lab.name,
            backend=lab.placement.backend,
            host=host,
            addresses=tuple(map(str, addresses)),
            process=next(processes_of(lab.directory, host), None),
            connectors=await _connectors(lab, host) if host in lab.topology.mtas else None,
            changes=tuple(map(str, changes.of(host))),
            faults=tuple(map(str, faults.faults)),
            ended=_ended(lab, host),
            runs=host in runs,
        )
        for host, addresses in lab.topology.host_addresses().items()
    ]


def _ended(lab: Lab, host: str) -> int | None:
    """The exit status of a program that has ended by itself."""
    file = lab.files(host).status
    said = file.read_text("ascii").strip() if file.exists() else ""
    return int(said) if said else None  # it may be about to be written


async def _connectors(lab: Lab, host: str) -> tuple[ConnectorStatus, ...] | None:
    """The MTA's connectors with their queues; None when it does not answer."""
    try:
        return (await status(lab.files(host).data)).connectors
    except ControlError:
        return None


def composed_statuses() -> list[HostStatus]:
    """How the hosts are that `docker compose up` started."""
    return [
        HostStatus(
            lab=host.project,
            backend=COMPOSED,
            host=host.name,
            addresses=host.addresses,
            process=host.process,
            connectors=host.queue() if host.process else None,
        )
        for host in composed_hosts()
    ]


def say_statuses(found: Sequence[HostStatus], *, as_json: bool) -> None:
    """Show each lab: its hosts, what was changed, its faults; or one JSON object per host."""
    if as_json:
        for status in found:
            say_json(asdict(status))
        return
    for name, of_lab in groupby(found, lambda status: status.lab):
        hosts = [*of_lab]
        display(_table(f"{name} ({hosts[0].backend})", hosts))
        for host in hosts:
            for change in host.changes:
                display(line((f"changed: {change}", "yellow")), wrap=False)
        for fault in hosts[0].faults:
            display(line((f"fault on {fault}", "red")), wrap=False)


def _table(title: str, hosts: Sequence[HostStatus]) -> Table:
    """A row per connector, and one per host without any."""
    table = Table(
        "host",
        Column("address", no_wrap=True),
        "connector",
        Column("state", no_wrap=True),
        Column("queued", justify="right", no_wrap=True),
        Column("assoc.", justify="right", no_wrap=True),
        Column("next try", no_wrap=True),
        title=title,
    )
    for host in hosts:
        for number, row in enumerate(_rows(host)):
            name = host.host if number == 0 else ""
            addresses = host.addresses if number == 0 else ""
            table.add_row(name, addresses, *row)
    return table


def _rows(host: HostStatus) -> Iterator[tuple[str | Text, ...]]:
    if not host.runs:
        yield "-", "no program"
    elif host.ended is not None:
        yield "-", line((f"ended with status {host.ended}", "red" if host.ended else ""))
    elif host.process is None:
        yield "-", line(("not running", "red"))
    elif not host.connectors:
        yield "-", "running"
    else:
        for each in host.connectors:
            fields = (each.name, each.state, each.queued, each.associations)
            yield (*map(str, fields), next_try(each) or "")


def next_try(connector: ConnectorStatus) -> str | None:
    """When a connector that waits for its retry timer calls again, as lab time; else None."""
    at = connector.next_try
    return f"{datetime.fromisoformat(at):%H:%M:%S}" if at else None
