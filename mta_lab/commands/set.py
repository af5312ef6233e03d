"""`mta-lab set`: change hosts while the lab is up."""

from typing import Annotated

import typer

from labkit.loop import run
from labkit.output import say, say_json
from mta_lab.backends.registry import backend
from mta_lab.commands import AsJson, Timeout, WhichLab, errors_for_people, the_lab
from mta_lab.commands.ps import next_try, statuses
from mta_lab.lab.directory import Lab
from mta_lab.play.hosts import Hosts
from mta_lab.topology.settings import parse_settings


def set_(
    settings: Annotated[
        list[str], typer.Argument(metavar="PATH=VALUE...", help="As firewall.transparency=off.")
    ],
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Start a host again that cannot change while it runs."),
    ] = False,
    which: WhichLab = None,
    timeout: Timeout = 10.0,
    as_json: AsJson = False,
) -> None:
    """Change the configuration of hosts while the lab is up; connections under way go on.

    firewall.transparency is the client-side transparency of every service that listens outside;
    any field has its path, which begins with the host, with entries of lists by their names:
    firewall.services.x400-inbound.source_rewrite=off, firewall.rules=[], or
    INTERNAL.connectors.FIREWALL.schedule.activation=never. A connector that changes releases its
    associations first.

    Exit status 0: the hosts have taken it; 2: it is wrong, and all is as before, or a host refuses
    it and stays as it is.
    """
    with errors_for_people():
        lab = the_lab(which)
        run(_change(lab, settings, timeout, restart=restart))
        _say_who_waits(lab, as_json=as_json)


async def _change(lab: Lab, settings: list[str], patience: float, *, restart: bool) -> None:
    hosts = Hosts(lab, backend(lab.placement.backend), patience)
    hosts.attach()
    await hosts.change(parse_settings(settings), restart=restart)
    hosts.leave()


def _say_who_waits(lab: Lab, *, as_json: bool) -> None:
    """A change does not end a retry timer: say when mail that waits is tried again."""
    for host in statuses(lab):
        for connector in host.connectors or ():
            if not connector.queued or not (at := next_try(connector)):
                continue
            name, queued = connector.name, connector.queued
            if as_json:
                waiting = {"host": host.host, "connector": name, "queued": queued}
                say_json(waiting | {"next_try": connector.next_try})
            else:
                wait = "1 message waits" if queued == 1 else f"{queued} messages wait"
                say(f"{host.host}: {wait} for connector {name}, next try at {at}")
