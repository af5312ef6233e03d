"""`mta-lab watch`: the page of a lab whose hosts are elsewhere, and share their directories.

For the container that has the page of `docker compose up`: it is in none of the lab's networks.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.loop import run as run_loop
from labkit.output import say, say_json
from mta_lab.backends.composed import Composed
from mta_lab.commands import AsJson, LabsDirectory, errors_for_people
from mta_lab.commands.given import FileOrName, topology_of
from mta_lab.commands.pages import end_of, warn_of_others
from mta_lab.commands.web import page_server
from mta_lab.lab.directory import Lab
from mta_lab.topology.files import Topology


def watch(
    file: FileOrName,
    listen: Annotated[
        str, typer.Option("--at", metavar="ADDRESS:PORT", help="Where the page is served.")
    ],
    captures: Annotated[Path, typer.Option(help="The directory that `mta-lab record` writes to.")],
    hosts: Annotated[
        Path, typer.Option(help="Has the directory of each host, by its name.", file_okay=False)
    ] = Path(),
    published: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS:PORT", help="Where browsers reach it.  [default: where it is served]"
        ),
    ] = None,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Serve the page of a lab, each host of which `mta-lab serve` serves in a directory shared.

    What works by the files and the control sockets in them works here: mail, queues, "call now",
    and settings that a host takes while it runs. Faults of networks do not. It prints the page's
    address, which nobody can guess: whoever has it sees the lab's mail. Needs the extra `web`.
    """
    with errors_for_people():
        serve = page_server()
        topology = topology_of(file, labs, "`mta-lab web` serves its page")
        where = end_of("--at", listen)
        reached = end_of("--published", published) if published else None
        lab = _lab(topology, hosts)

        def ready(url: str) -> None:
            say_json({"lab": lab.name, "url": url}) if as_json else say(f"{lab.name}: {url}")

        warn_of_others(reached or where)
        run_loop(serve(lab, where, ready, published=reached, captures=captures))


def _lab(topology: Topology, hosts: Path) -> Lab:
    """The lab that lies there, by the wall's clock as its hosts have it.

    It began when the first of them wrote its configuration. Raises ConfigurationError when one has
    not.
    """
    lab = Lab(
        name=topology.name,
        placement=Composed().place(topology.model_copy(update={"starts": None})),
        scale=1,
        origin=datetime.now(UTC),
        directory=hosts.absolute(),
    )
    written = [lab.files(each).configuration for each in topology.serving()]
    if missing := [str(each) for each in written if not each.exists()]:
        raise ConfigurationError(
            f"{', '.join(missing)}: not there; mta-lab serve writes it, in a directory of the "
            "host's name"
        )
    began = min(each.stat().st_mtime for each in written)
    return lab.model_copy(update={"origin": datetime.fromtimestamp(began, UTC)})
