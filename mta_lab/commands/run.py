"""`mta-lab run`: topologies up, played, down, and judged."""

from pathlib import Path
from typing import Annotated

import typer

from labkit.output import say_document
from mta_lab.backends.registry import BackendName, backend
from mta_lab.commands import (
    EXIT_FAILED,
    LabName,
    LabsDirectory,
    Port,
    Timeout,
    TimeScale,
    Where,
    errors_for_people,
    topology_files,
)
from mta_lab.lab.directory import lab_directory
from mta_lab.play import lifecycle
from mta_lab.play.live import LiveOutput
from mta_lab.topology.files import load_topology
from mta_lab.verdict.result import Result
from mta_lab.verdict.table import display_results

_CAPTURE_SUFFIX = ".pcapng"


def run(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...")] = None,
    every: Annotated[bool, typer.Option("--all", help="Play every file in --labs.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each result as one line of JSON.")
    ] = False,
    capture: Annotated[
        Path,
        typer.Option(
            help="A .pcapng file, or a directory with one a topology; the JSON goes beside it."
        ),
    ] = Path("runs"),
    time_scale: TimeScale = None,
    where: Where = BackendName.LOOPBACK,
    port: Port = None,
    lab_name: LabName = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep here what each host read, wrote and logged.")
    ] = None,
    timeout: Timeout = 60.0,
    labs: LabsDirectory = Path("labs"),
) -> None:
    """Play topologies on real sockets and compare what was seen with what they expect.

    Exit status 0: as expected; 1: not, and the differences are shown; 2: a file is wrong.
    """
    paths = [*(files or []), *(topology_files(labs) if every else [])]
    if not paths:
        raise typer.BadParameter("name a topology file, or give --all")
    if capture.suffix == _CAPTURE_SUFFIX and len(paths) > 1:
        raise typer.BadParameter("one file holds one run; give a directory", param_hint="--capture")
    if lab_name is not None and len(paths) > 1:
        raise typer.BadParameter("one name is for one topology", param_hint="--name")
    place = backend(where).place
    results: list[Result] = []
    with errors_for_people():
        for placement in [place(load_topology(path), port) for path in paths]:
            name = placement.topology.name if lab_name is None else lab_name
            result = lifecycle.run(
                placement,
                lab_directory(name),
                capture if capture.suffix else capture / f"{name}{_CAPTURE_SUFFIX}",
                LiveOutput(placement.topology, error=True),
                time_scale=time_scale,
                timeout=timeout,
                keep=keep and keep / name,
            )
            results.append(result)
            text = result.model_dump_json(by_alias=True)
            Path(result.capture.file).with_suffix(".json").write_text(f"{text}\n", "utf-8")
            if as_json:
                say_document(text)
    if not as_json:
        display_results(results)
    if any(result.verdict == "fail" for result in results):
        raise typer.Exit(EXIT_FAILED)
