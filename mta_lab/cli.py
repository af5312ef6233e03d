"""The command `mta-lab`: plays topologies, lists them, draws them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import EXIT_BAD_CONFIGURATION, ConfigurationError
from mta_lab import lifecycle
from mta_lab.backends.registry import BackendName, backend
from mta_lab.lab import labs_directory
from mta_lab.report import LiveOutput, console, drawing, print_results
from mta_lab.result import Result
from mta_lab.topology import load_topology

EXIT_NOT_AS_EXPECTED = 1

_CAPTURE_SUFFIX = ".pcapng"

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)


LabsDirectory = Annotated[Path, typer.Option("--labs", help="Where the topology files lie.")]


@app.command()
def run(
    files: Annotated[list[Path] | None, typer.Argument(metavar="FILE...")] = None,
    every: Annotated[bool, typer.Option("--all", help="Play every file in --labs.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each result as one line of JSON.")
    ] = False,
    capture: Annotated[
        Path, typer.Option(help="A .pcapng file, or a directory with a file a topology.")
    ] = Path("runs"),
    time_scale: Annotated[
        float | None,
        typer.Option(min=0.001, help="Lab seconds a wall second.  [default: the file's]"),
    ] = None,
    where: Annotated[
        BackendName, typer.Option("--backend", help="Where the hosts live; netns needs root.")
    ] = BackendName.LOOPBACK,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Stands for 102.  [default: 102 if allowed, or 10102]"),
    ] = None,
    lab_name: Annotated[
        str | None, typer.Option("--name", help="The lab's name.  [default: the topology's]")
    ] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep here what each host read, wrote and logged.")
    ] = None,
    timeout: Annotated[float, typer.Option(help="Wall seconds that a step may take.")] = 60.0,
    labs: LabsDirectory = Path("labs"),
) -> None:
    """Play topologies on real sockets and compare what was seen with what they expect.

    Exit status 0: as expected; 1: not, and the differences are shown; 2: a file is wrong.
    """
    paths = [*(files or []), *(_files_in(labs) if every else [])]
    if not paths:
        raise typer.BadParameter("name a topology file, or give --all")
    if capture.suffix == _CAPTURE_SUFFIX and len(paths) > 1:
        raise typer.BadParameter("one file holds one run; give a directory", param_hint="--capture")
    if lab_name and len(paths) > 1:
        raise typer.BadParameter("one name is for one topology", param_hint="--name")
    place = backend(where).place
    results: list[Result] = []
    with _errors_for_people():
        for placement in [place(load_topology(path), port) for path in paths]:
            name = lab_name or placement.topology.name
            result = lifecycle.run(
                placement,
                labs_directory() / name,
                capture if capture.suffix else capture / f"{name}{_CAPTURE_SUFFIX}",
                LiveOutput(console(stderr=True), placement.topology),
                time_scale=time_scale,
                timeout=timeout,
                keep=keep and keep / name,
            )
            results.append(result)
            if as_json:
                typer.echo(result.model_dump_json(by_alias=True))
    if not as_json:
        print_results(console(), results)
    if any(result.verdict == "fail" for result in results):
        raise typer.Exit(EXIT_NOT_AS_EXPECTED)


@app.command("list")
def list_topologies(labs: LabsDirectory = Path("labs")) -> None:
    """List the topologies at hand."""
    with _errors_for_people():
        for path in _files_in(labs):
            typer.echo(f"{path}: {load_topology(path).title}")


@app.command()
def show(file: Path) -> None:
    """Draw a topology's networks, hosts, connectors and firewall services."""
    with _errors_for_people():
        topology = load_topology(file)
    console().print(drawing(topology))
    typer.echo(topology.description)


def main() -> None:
    """The command's entry point."""
    app()


def _files_in(labs: Path) -> list[Path]:
    return sorted(labs.glob("*.yaml"), key=lambda path: path.stem)


@contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except (ConfigurationError, OSError) as error:
        typer.echo(error, err=True)
        raise typer.Exit(EXIT_BAD_CONFIGURATION) from error
