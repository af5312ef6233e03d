"""`mta-lab up` and `mta-lab down`: a lab that stays until `down`."""

from typing import Annotated

import typer

from labkit.output import say, say_json
from mta_lab.backends.registry import BackendName
from mta_lab.commands import (
    AsJson,
    Attach,
    Engines,
    LabName,
    LabsDirectory,
    Port,
    Timeout,
    TimeScale,
    Where,
    attached,
    complete_lab,
    errors_for_people,
    labs_here,
    on_engines,
    the_lab,
)
from mta_lab.commands.given import FileOrName, topology_of
from mta_lab.commands.ps import say_statuses, statuses
from mta_lab.lab.directory import lab_directory
from mta_lab.play import lifecycle


def up(
    file: FileOrName,
    where: Where = BackendName.LOOPBACK,
    lab_name: LabName = None,
    port: Port = None,
    attach: Attach = None,
    engines: Engines = "",
    time_scale: TimeScale = None,
    timeout: Timeout = 60.0,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Build a topology's networks and start its hosts; they stay when the command has ended.

    What an earlier lab of the same name left is removed first. Nothing is played: submit mail
    with `mta-lab exec HOST mta-emu send`, look with ps, logs and capture, end with down.

    Exit status 0: every host listens; 1: one does not; 2: the file is wrong or cannot be shown.
    """
    with errors_for_people():
        meant = topology_of(file, labs, "it need not be put up")
        topology = on_engines(attached(meant, attach), engines, where)
        directory = lab_directory(topology.name if lab_name is None else lab_name)
        with lifecycle.placed(topology, directory, where, port) as placement:
            lab = lifecycle.up(placement, directory, time_scale=time_scale, timeout=timeout)
        say_statuses(statuses(lab), as_json=as_json)


def down(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="LAB...", help="[default: the only one]", autocompletion=complete_lab
        ),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All labs.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a lab's processes and remove every trace of it, also after its commands were killed."""
    with errors_for_people():
        if every:
            labs = labs_here()
        else:
            labs = [the_lab(name) for name in names] if names else [the_lab(None)]
        for lab in labs:
            lifecycle.down(lab)
            say_json({"lab": lab.name}) if as_json else say(f"{lab.name}: down")
