"""`mta-lab what-if`: what becomes of the mail for other settings than the file has."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.output import say, say_document
from mta_lab.backends.registry import BackendName
from mta_lab.commands import (
    CAPTURES,
    EXIT_FAILED,
    AsJson,
    AsMarkdown,
    Dask,
    Jobs,
    LabsDirectory,
    Port,
    Prove,
    Timeout,
    Where,
    errors_for_people,
)
from mta_lab.commands.given import Which, given, no_lab
from mta_lab.rehearsal.proof.proving import Proving
from mta_lab.rehearsal.report import Flow
from mta_lab.rehearsal.whatif import Base, Case, cases, combinations
from mta_lab.topology.settings import parse_choices


@dataclass(frozen=True)
class WhatIf:
    """What becomes of the mail as the file is, and for each combination of the values.

    Flows come without their legs. `settings` of a case hide passwords; its `changes` are those from
    the file as it is.
    """

    topology: str
    at: datetime
    flows: tuple[Flow, ...]
    cases: tuple[Case, ...]


def what_if(
    which: Which,
    vary: Annotated[
        list[str],
        typer.Option("--vary", metavar="PATH=V1,V2", help="A setting and its values, as YAML."),
    ],
    pairwise: Annotated[
        bool, typer.Option("--pairwise", help="Only so many that each two values meet once.")
    ] = False,
    prove: Prove = False,
    where: Where = BackendName.LOOPBACK,
    port: Port = None,
    timeout: Timeout = 60.0,
    jobs: Jobs = 1,
    dask: Dask = "",
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    labs: LabsDirectory = None,
) -> None:
    """Predict the mail for every combination of settings, and mark what differs from the file.

    PATH is one that `mta-lab set` takes: --vary firewall.transparency=on,off. With several --vary
    each value is combined with each. The file, or the lab, stays as it is.

    Exit status 0: predicted; 1: with --prove, packets have shown something else; 2: the file or a
    setting is wrong.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("give one of --json and --markdown")
    from labkit.console import counted  # noqa: PLC0415 - slow to load

    with errors_for_people():
        meant = given(which, labs)
        if prove and meant.lab:
            raise no_lab(which, "--prove plays a file")
        settings = combinations(parse_choices(vary), pairwise=pairwise)
        proving = Proving(where, CAPTURES, meant.at, port, timeout, meant.faults)
        base = Base(meant.topology, meant.at, meant.faults, proving if prove else None)
        work = cases(base, settings, jobs, dask)
        found = counted("playing" if prove else "predicting", work, len(settings))
        result = WhatIf(base.topology.name, base.now, base.flows, tuple(found))
    if as_json:
        say_document(TypeAdapter(WhatIf).dump_json(result).decode())
    else:
        _show(result, as_markdown=as_markdown)
    if any(case.proved and case.proved.differs for case in result.cases):
        raise typer.Exit(EXIT_FAILED)


def _show(result: WhatIf, *, as_markdown: bool) -> None:
    # Here, because the tables' library is slow to load.
    from labkit.console import display  # noqa: PLC0415
    from mta_lab.rehearsal.whatiftable import markdown, remarks, tables  # noqa: PLC0415

    if as_markdown:
        for each in markdown(result.flows, result.cases):
            say(each)
        return
    display(*tables(result.flows, result.cases))
    for each in remarks(result.cases):
        say(each)
