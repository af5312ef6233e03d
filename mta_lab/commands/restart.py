"""`mta-lab restart`: end a host and start it again."""

from contextlib import suppress
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.loop import run
from mta_lab.backends.registry import backend
from mta_lab.commands import Timeout, WhichLab, errors_for_people, host_of, the_lab
from mta_lab.commands.completing import complete_host
from mta_lab.lab.directory import Lab
from mta_lab.play.hosts import Hosts


def restart(
    host: Annotated[str, typer.Argument(metavar="HOST", autocompletion=complete_host)],
    which: WhichLab = None,
    timeout: Timeout = 10.0,
) -> None:
    """End a host in good order and start it again; its connections end, what it keeps stays.

    An MTA still has its queues, mailboxes and events. The firewall resets every connection. A host
    that has ended is started.
    """
    with errors_for_people():
        lab = the_lab(which)
        run(_restart(lab, host_of(lab, host), timeout))


async def _restart(lab: Lab, host: str, patience: float) -> None:
    hosts = Hosts(lab, backend(lab.placement.backend), patience)
    with suppress(ConfigurationError):  # it has ended
        hosts.attach(host)
    await hosts.restart(host)
    hosts.leave()
