"""`mta-lab exec` and `mta-lab logs`: on a host, and what it said."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from labkit.console import display, line
from labkit.hosts import HOSTS
from labkit.loop import run as run_loop
from labkit.output import say, say_json
from labkit.records import Record, as_object
from mta_lab.backends.registry import backend
from mta_lab.commands import (
    AsJson,
    WhichLab,
    errors_for_people,
    errors_in_words,
    host_of,
    the_lab,
)
from mta_lab.commands.completing import complete_host
from mta_lab.lab.directory import Lab
from mta_lab.lab.processes import environment
from mta_lab.lab.records import kinds_of
from mta_lab.play.follower import Follower
from mta_lab.play.live import LiveOutput

_NO_PROGRAM = 127  # as a shell has it

exec_app = typer.Typer(add_completion=False)


# The command for the host is taken with its options and all.
@exec_app.command(
    context_settings={"allow_interspersed_args": False, "ignore_unknown_options": True}
)
def exec_(
    host: Annotated[str, typer.Argument(metavar="HOST", autocompletion=complete_host)],
    command: Annotated[list[str], typer.Argument(metavar="COMMAND...")],
    which: WhichLab = None,
) -> None:
    """Run a command on a host, in its directory and with its network.

    `mta-lab exec EXTERNAL mta-emu queue` shows that MTA's queues, `mta-lab exec EXTERNAL bash` is
    a shell there; `--` may stand before the command. The topology's names of hosts resolve. On
    loopback every host is this machine: only the directory is the host's, and only
    `mta-emu ping` knows the names.
    """
    if command[0] == "--":
        del command[0]
    if not command:
        raise typer.BadParameter("there is none", param_hint="COMMAND")
    with errors_in_words():
        lab = the_lab(which)
        place = backend(lab.placement.backend)
        arguments = place.on_host(lab, host_of(lab, host), command)
        variables = environment(lab.directory) | {HOSTS: str(lab.files(host).hosts.absolute())}
        os.chdir(lab.files(host).directory)
        try:
            os.execvpe(arguments[0], arguments, variables)
        except FileNotFoundError:
            say(f"{host}: no program {arguments[0]!r}", error=True)
            raise typer.Exit(_NO_PROGRAM) from None


def logs(
    hosts: Annotated[
        list[str] | None,
        typer.Argument(metavar="HOST...", help="[default: all]", autocompletion=complete_host),
    ] = None,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on until the lab is down.")
    ] = False,
    which: WhichLab = None,
    as_json: AsJson = False,
) -> None:
    """Show what hosts have logged, in the order of time; `-f` goes on with what they log."""
    with errors_for_people():
        lab = the_lab(which)
        every = (*lab.topology.serving(), *lab.topology.commanded())
        chosen = [host_of(lab, host) for host in hosts or every]
        output = LiveOutput(lab.topology)
        write = (_as_json, _text_as_json) if as_json else (output.hear, output.said)
        run_loop(_follow(lab, [each for each in every if each in chosen], *write, follow))
        for host in set(lab.topology.serving()).intersection(chosen):
            if said := lab.files(host).errors.read_text("utf-8", "replace").strip():
                for each in said.splitlines():
                    display(line((f"{host}: {each}", "red")), wrap=False)


def _as_json(host: str, record: Record) -> None:
    say_json({"host": host} | as_object(record))


def _text_as_json(host: str, text: str) -> None:
    say_json({"host": host, "kind": "output", "text": text})


async def _follow(
    lab: Lab,
    hosts: list[str],
    write: Callable[[str, Record], None],
    say_text: Callable[[str, str], None],
    to_the_end: bool,
) -> None:
    """Show what hosts have written, and with `to_the_end` what they go on to write.

    Records come in the order of time; a program's lines, which have no time, after them.
    """
    past: list[tuple[str, Record]] = []
    followers = {
        host: Follower(
            lab.files(host).records, kinds_of(lab.topology, host).read, partial(_note, past, host)
        )
        for host in hosts
        if host not in lab.topology.programs
    }
    for host, record in sorted(past, key=lambda line: line[1].time):
        write(host, record)
    for host, follower in followers.items():
        follower.heard = partial(write, host)
    programs = [
        Follower(lab.files(host).output, _decoded, partial(say_text, host))
        for host in hosts
        if host in lab.topology.programs
    ]
    everybody = (*followers.values(), *programs)
    if to_the_end:
        await asyncio.gather(*(each.gone.wait() for each in everybody))
    for each in everybody:
        each.close()


def _decoded(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def _note(past: list[tuple[str, Record]], host: str, record: Record) -> None:
    past.append((host, record))
