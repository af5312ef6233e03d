"""`mta-lab prove`: the prediction for a topology, and what packets show of it."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.config import ConfigurationError
from labkit.output import say, say_document
from labkit.spread import cores
from mta_emu.decode.pcap import NotACapture
from mta_lab.backends.registry import BackendName, backend
from mta_lab.capture.calls import Chain, as_in_file, calls
from mta_lab.commands import (
    EXIT_FAILED,
    AsJson,
    AsMarkdown,
    Attach,
    Dask,
    EachCore,
    LabName,
    LabsDirectory,
    Port,
    Sheet,
    Timeout,
    Where,
    attached,
    errors_for_people,
)
from mta_lab.commands.given import WhichIfAny, given
from mta_lab.commands.logbook import write_logbook
from mta_lab.rehearsal.predict import predict
from mta_lab.rehearsal.proof.proof import Proof
from mta_lab.rehearsal.proof.prove import prove as prove_topology
from mta_lab.rehearsal.proof.sighting import Sighting, began, ports, sight
from mta_lab.sheet.logbook.logbook import proved_logbook
from mta_lab.topology.files import Topology
from mta_lab.verdict.check import result_of
from mta_lab.verdict.result import Result

_OF_RANDOM = ("seed", "dask", "write")
_OF_ONE_TOPOLOGY = (
    "capture",
    "delivered",
    "captures",
    "where",
    "port",
    "attach",
    "lab_name",
    "timeout",
    "sheet",
    "as_markdown",
    "labs",
)


def prove(
    context: typer.Context,
    which: WhichIfAny = None,
    capture: Annotated[
        Path | None,
        typer.Option(help="Compare with this capture of the live site; nothing is played."),
    ] = None,
    delivered: Annotated[
        bool, typer.Option("--delivered", help="Also demand that all mail is delivered.")
    ] = False,
    captures: Annotated[
        Path | None,
        typer.Option(help="The directory for a capture of each flow.  [default: runs/NAME]"),
    ] = None,
    where: Where = BackendName.LOOPBACK,
    port: Port = None,
    attach: Attach = None,
    lab_name: LabName = None,
    timeout: Timeout = 60.0,
    jobs: EachCore = None,
    dask: Dask = "",
    many: Annotated[
        int | None,
        typer.Option(
            "--random",
            metavar="N",
            min=1,
            max=1_000_000,
            help="Prove so many topologies that are drawn at random, on loopback.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63, help="What the random topologies follow from.")
    ] = 0,
    write: Annotated[
        Path | None, typer.Option(help="Write the smallest random topology that differs here.")
    ] = None,
    sheet: Sheet = None,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    labs: LabsDirectory = None,
) -> None:
    """Predict what becomes of the mail between every two MTAs, play it, and compare.

    Each message is sent on hosts that have just started; when all has come to rest, MTAs that could
    fetch it get mail of their own, so that they call. The play of the file is not played. What is
    compared: each call and its outcome, the source address that the called MTA saw, the check that
    decided, the events of each side, and what becomes of the mail.

    Of a lab that is up it is what its hosts have now, played on hosts of its own; the lab stays.

    With --capture the predicted calls are looked for in a capture of the live site, on one network
    or on several, by their addresses. Of a capture that `mta-lab run` wrote they are the file's.

    With --sheet the tests of a logbook are played, each way: bind, message, report, probe, a wrong
    password, a call from an unlisted address, and loops.

    Exit status 0: as predicted, whatever that is; 1: not, or with --delivered some mail is not
    delivered; 2: the file is wrong.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("give one of --json and --markdown")
    if (which is None) is (many is None):
        raise typer.BadParameter("name a topology, or give --random")
    _refuse_what_does_nothing(context, drawn=many is not None)
    if many is not None:
        with errors_for_people():
            _prove_random()(many, seed, jobs=jobs, dask=dask, write=write, as_json=as_json)
        return
    assert which  # noqa: S101, for type checkers
    if sheet and (capture or delivered or as_markdown):
        raise typer.BadParameter(
            "it is none of --capture, --delivered and --markdown", param_hint="--sheet"
        )
    if capture:
        if delivered:
            raise typer.BadParameter("a capture does not show it", param_hint="--delivered")
        _compare(which, labs, capture, as_json=as_json, as_markdown=as_markdown)
        return
    with errors_for_people():
        meant = given(which, labs)
        topology = attached(meant.topology, attach)
        place, at = backend(where), meant.at
        directory = captures or Path("runs") / (lab_name or topology.name)
        processes = 1 if topology.attached else jobs or cores()  # only one lab has the interfaces
        if sheet:
            tests = partial(
                proved_logbook,
                topology,
                place,
                directory,
                at,
                datetime.now(UTC),
                port=port,
                name=lab_name,
                timeout=timeout,
                jobs=processes,
                faults=meant.faults,
            )
            write_logbook(sheet, tests, as_json=as_json)
            return
        proof = prove_topology(
            topology,
            place,
            directory,
            at,
            port=port,
            name=lab_name,
            timeout=timeout,
            jobs=processes,
            faults=meant.faults,
        )
    if as_json:
        say_document(TypeAdapter(Proof).dump_json(proof).decode())
    else:
        _show(proof, as_markdown=as_markdown)
    if not proof.agrees or (delivered and not proof.delivered):
        raise typer.Exit(EXIT_FAILED)


def _refuse_what_does_nothing(context: typer.Context, *, drawn: bool) -> None:
    """Refuse an option that only random topologies have, or only one that is named."""
    useless = _OF_ONE_TOPOLOGY if drawn else _OF_RANDOM
    for parameter in context.command.params:
        source = context.get_parameter_source(parameter.name or "")
        if parameter.name in useless and source and source.name == "COMMANDLINE":
            why = "does not go with --random" if drawn else "goes with --random only"
            raise typer.BadParameter(why, param_hint=parameter.opts[0])


def _prove_random() -> Callable[..., None]:
    """The function that proves random topologies. Raises ConfigurationError without the extra."""
    try:
        from mta_lab.commands.prove_random import prove_random  # noqa: PLC0415 - slow to load
    except ModuleNotFoundError as error:
        raise ConfigurationError(
            f"no {error.name}: pip install 'x400-firewall-lab[random]' lets topologies be drawn"
        ) from error
    return prove_random


def _compare(
    which: str, labs: Path | None, capture: Path, *, as_json: bool, as_markdown: bool
) -> None:
    """Compare with a capture of the live site."""
    with errors_for_people():
        meant = given(which, labs)
        topology = meant.topology
        chains = _calls(capture, topology)
        at = topology.starts or began(chains) or meant.at
        sighting = sight(topology.name, predict(topology, at, meant.faults), capture, chains, at)
    if as_json:
        say_document(TypeAdapter(Sighting).dump_json(sighting).decode())
    else:
        _show_sighting(sighting, as_markdown=as_markdown)
    if not sighting.agrees:
        raise typer.Exit(EXIT_FAILED)


def _calls(capture: Path, topology: Topology) -> Sequence[Chain]:
    """The calls in a capture; of one that a run left, with the addresses of the topology file."""
    run = _run(capture)
    try:
        if run is None:
            return calls(capture, ports(topology))
        wire = run.capture.port
        return as_in_file(calls(capture, (wire,)), run.addresses, wire)
    except NotACapture as error:
        raise ConfigurationError(str(error)) from error


def _run(capture: Path) -> Result | None:
    """The result that `mta-lab run` left beside its capture; None: another wrote the capture."""
    beside = capture.with_suffix(".json")
    if not beside.exists():
        return None
    try:
        return result_of(beside, capture)
    except ConfigurationError:
        return None


def _show_sighting(sighting: Sighting, *, as_markdown: bool) -> None:
    # Here, because the tables' library is slow to load.
    from labkit.console import display  # noqa: PLC0415
    from mta_lab.rehearsal.proof.table import (  # noqa: PLC0415
        sighting_markdown,
        sighting_remarks,
        table,
    )

    if as_markdown:
        for each in sighting_markdown(sighting):
            say(each)
        return
    display(table(sighting.lines))
    for each in sighting_remarks(sighting):
        say(each)


def _show(proof: Proof, *, as_markdown: bool) -> None:
    # Here, because the tables' library is slow to load.
    from labkit.console import display  # noqa: PLC0415
    from mta_lab.rehearsal.proof.table import markdown, remarks, tables  # noqa: PLC0415

    if as_markdown:
        for each in markdown(proof):
            say(each)
        return
    display(*tables(proof))
    for each in remarks(proof):
        say(each)
