"""`mta-lab run`: topologies up, played, down, and judged."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.output import say, say_document, say_lines
from labkit.spread import cores, spread
from mta_lab.backends.registry import BackendName, backend
from mta_lab.commands import (
    EXIT_FAILED,
    Attach,
    EachCore,
    Engines,
    LabName,
    LabsDirectory,
    Port,
    Timeout,
    TimeScale,
    Where,
    attached,
    errors_for_people,
    on_engines,
)
from mta_lab.commands.given import FilesOrNames, file_of
from mta_lab.commands.lint import as_line
from mta_lab.lab.placement import Placement
from mta_lab.play.audience import Audience
from mta_lab.play.job import Job, play
from mta_lab.play.live import LiveOutput
from mta_lab.play.minutes import Minutes
from mta_lab.play.story import Story
from mta_lab.play.walk import Walk
from mta_lab.rehearsal.findings import findings
from mta_lab.topology.catalogue import directory, topology_files
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology
from mta_lab.verdict.result import Result
from mta_lab.verdict.table import display_progress, display_results, display_summary

_CAPTURE_SUFFIX = ".pcapng"
_WHY_NO_LAB = "a run has hosts of its own, which begin as the file says"


def run(
    files: FilesOrNames = None,
    every: Annotated[
        bool, typer.Option("--all", help="Play every file in --labs that the backend can show.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each result as one line of JSON.")
    ] = False,
    capture: Annotated[
        Path,
        typer.Option(
            help="A .pcapng file, or a directory with one per topology; the JSON goes beside it."
        ),
    ] = Path("runs"),
    html: Annotated[
        Path | None,
        typer.Option(
            dir_okay=False,
            help="Write the run as one page here: packets, logs and queues on one time axis. "
            "A browser opens it offline; it has the packets, so keep it as you would them.",
        ),
    ] = None,
    time_scale: TimeScale = None,
    where: Where = BackendName.LOOPBACK,
    port: Port = None,
    attach: Attach = None,
    engines: Engines = "",
    lab_name: LabName = None,
    keep: Annotated[
        Path | None, typer.Option(help="Keep here what each host read, wrote and logged.")
    ] = None,
    timeout: Timeout = 60.0,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show every record that the hosts write.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show the results and nothing before them.")
    ] = False,
    step: Annotated[
        bool, typer.Option("--step", help="Stop before each step of the play, until Enter.")
    ] = False,
    labs: LabsDirectory = None,
    jobs: EachCore = None,
) -> None:
    """Play topologies on real sockets and compare what was seen with what they expect.

    A single topology shows its story while it is played; of several, each shows one line. With
    --step there is time to look: each stop says what to see, and with which command or filter.

    Exit status 0: as expected; 1: not, and the differences are shown; 2: a file is wrong.
    """
    catalogue = topology_files(directory(labs)) if every else []
    several = len(files or ()) + len(catalogue)
    if not several:
        raise typer.BadParameter("name a topology, or give --all")
    if capture.suffix == _CAPTURE_SUFFIX and several > 1:
        raise typer.BadParameter("one file holds one run; give a directory", param_hint="--capture")
    if several > 1:
        _refuse(
            (lab_name, "one name is for one topology", "--name"),
            (attach, "an interface is for one topology", "--attach"),
            (engines, "engines are for one topology", "--engines"),
            (step, "one topology is walked through", "--step"),
            (html, "one page holds one run", "--html"),
        )
    if verbose + quiet + step > 1:
        raise typer.BadParameter("give one of --verbose, --quiet and --step")
    results: list[Result] = []
    place = partial(backend(where).place, port=port)
    with errors_for_people():
        paths = [file_of(word, labs, _WHY_NO_LAB) for word in files or ()]
        topologies = [
            on_engines(attached(load_topology(path), attach), engines, where) for path in paths
        ]
        for topology in topologies:  # before anything is played
            place(topology)
        topologies += _shown(catalogue, place)
        names = [topology.name if lab_name is None else lab_name for topology in topologies]
        many, begun = len(topologies) > 1, time.monotonic()
        audience = partial(_audience, verbose=verbose, quiet=quiet or many, step=step)
        kept: list[Minutes] = []
        watching = partial(_kept, audience, kept) if html else audience
        work = [
            Job(
                topology,
                name,
                capture if capture.suffix else capture / f"{name}{_CAPTURE_SUFFIX}",
                where,
                port=port,
                time_scale=time_scale,
                timeout=timeout,
                keep=keep and keep / name,
                visited=step,
            )
            for topology, name in zip(topologies, names, strict=True)
        ]
        one_by_one = verbose or len({*names}) < len(names)
        processes = 1 if one_by_one else jobs or cores()
        for result, seconds in spread(partial(play, audience=watching), work, processes):
            results.append(result)
            text = result.model_dump_json(by_alias=True)
            Path(result.capture.file).with_suffix(".json").write_text(f"{text}\n", "utf-8")
            if many and not quiet:
                display_progress(result, seconds)
            if as_json:
                say_document(text)
        if html:
            _write_page(html, kept[0], results[0])
    if not as_json:
        display_results(results)
        if many:
            display_summary(results, time.monotonic() - begun)
    if any(result.verdict == "fail" for result in results):
        raise typer.Exit(EXIT_FAILED)


def _refuse(*options: tuple[object, str, str]) -> None:
    """Raise BadParameter for the first option that is given, and say why it may not be."""
    for given, why, option in options:
        if given:
            raise typer.BadParameter(why, param_hint=option)


def _shown(catalogue: list[Path], place: Callable[[Topology], Placement]) -> list[Topology]:
    """Those of the catalogue that the backend can show; the others are named, with the reason.

    Raises ConfigurationError when it can show none.
    """
    found, refusals = [], []
    for topology in map(load_topology, catalogue):
        try:
            place(topology)
            found.append(topology)
        except ConfigurationError as error:
            refusals.append(error)
    if refusals and not found:
        raise refusals[0]
    for each in refusals:
        say_lines(f"left out: {each}", error=True)
    return found


def _kept(
    audience: Callable[[Placement, str], Audience],
    kept: list[Minutes],
    placement: Placement,
    lab: str,
) -> Audience:
    """Another audience, with the minutes of what it sees."""
    kept.append(Minutes(audience(placement, lab)))
    return kept[-1]


def _write_page(file: Path, minutes: Minutes, result: Result) -> None:
    """Write the page of a run. Raises OSError."""
    from mta_lab.web.model.build import of_run  # noqa: PLC0415 - most runs have no page
    from mta_lab.web.report import write  # noqa: PLC0415

    file.parent.mkdir(parents=True, exist_ok=True)
    write(of_run(minutes, result), file)
    say(f"the run as a page: {file}", error=True)


def _audience(
    placement: Placement, lab: str, *, verbose: bool, quiet: bool, step: bool
) -> Audience:
    """Who watches a run: the story, unless another one is asked for."""
    if verbose:
        return LiveOutput(placement.topology, error=True)
    if quiet:
        return Audience()
    for finding in findings(placement.topology):
        say(f"warning: {as_line(finding)}", error=True)
    story = Story(placement)
    return Walk(story, lab, next(iter(placement.topology.networks))) if step else story
