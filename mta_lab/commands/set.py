"""`mta-lab set`: change hosts while the lab is up."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter

from labkit.loop import run
from labkit.output import say, say_document, say_json
from mta_lab.commands import AsJson, Timeout, WhichLab, errors_for_people, the_lab
from mta_lab.commands.completing import complete_setting
from mta_lab.commands.diff import show as show_changes
from mta_lab.commands.given import Given, of_lab
from mta_lab.commands.queues import waiting_in
from mta_lab.lab.current import current
from mta_lab.lab.directory import Lab
from mta_lab.play.changing import change
from mta_lab.rehearsal.changes import Comparison, changes
from mta_lab.rehearsal.dryrun import dry_run
from mta_lab.topology.settings import parse_settings


def set_(
    settings: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH=VALUE...",
            help="As firewall.transparency=off.",
            autocompletion=complete_setting,
        ),
    ],
    restart: Annotated[
        bool,
        typer.Option("--restart", help="Start a host again that cannot change while it runs."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Change nothing: show what would change for the mail."),
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
    associations first. A change of another host ends no retry timer: where mail waits, the answer
    says until when, and how a call is made now.

    Exit status 0: the hosts have taken it; 2: it is wrong, and all is as before, or a host refuses
    it and stays as it is.
    """
    with errors_for_people():
        lab, wanted = the_lab(which), parse_settings(settings)
        before = of_lab(lab)
        if dry_run:
            _say_what_changes(before, wanted, restart=restart, as_json=as_json)
            return
        run(change(lab, wanted, timeout, restart=restart))
        _say_who_waits(lab, replace(before, topology=current(lab)), as_json=as_json)


def _say_what_changes(
    before: Given, settings: Mapping[str, Any], *, restart: bool, as_json: bool
) -> None:
    """Predict the lab as it is and as it would be, and say what differs for the mail.

    Raises ConfigurationError for what a host would refuse.
    """
    found = changes(*dry_run(before, settings, restart=restart))
    if as_json:
        name = before.topology.name
        comparison = Comparison(name, f"{name} with {', '.join(settings)}", before.at, found)
        say_document(TypeAdapter(Comparison).dump_json(comparison).decode())
    else:
        show_changes(found, as_markdown=False)


def _say_who_waits(lab: Lab, after: Given, *, as_json: bool) -> None:
    """Say when mail that waits is tried again, and what comes of it as things are now."""
    for each in waiting_in(lab, after):
        if as_json:
            say_json(
                {
                    "host": each.host,
                    "connector": each.connector,
                    "queued": each.queued,
                    "next_try": each.next_try and each.next_try.isoformat(),
                    "disposition": each.disposition,
                    "moves": each.moves,
                }
            )
        else:
            say(str(each))
            say(f"  {each.what_comes()}")
