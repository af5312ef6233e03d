"""`mta-lab suggest`: small edits of a topology file after which its mail is delivered."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from pydantic import TypeAdapter

from labkit.config import ConfigurationError
from labkit.output import say, say_document
from labkit.problems import instead
from mta_lab.backends.registry import BackendName
from mta_lab.commands import (
    A_DAY,
    CAPTURES,
    EXIT_FAILED,
    AsJson,
    AsMarkdown,
    LabsDirectory,
    Port,
    Prove,
    Timeout,
    Where,
    errors_for_people,
)
from mta_lab.commands.given import FileOrName, file_of
from mta_lab.rehearsal.proof.proving import Proving
from mta_lab.rehearsal.suggest.document import TopologyFile
from mta_lab.rehearsal.suggest.search import Edits
from mta_lab.rehearsal.suggest.show import markdown, text
from mta_lab.rehearsal.suggest.suggestion import Suggestions, proved
from mta_lab.rehearsal.suggest.suggestion import suggest as search
from mta_lab.rehearsal.suggest.waiting import Wanted
from mta_lab.topology.reading import load_topology

_MOST_EDITS = 5
_MOST_NUMBER = 1000


def suggest(
    word: FileOrName,
    flow: Annotated[
        str | None,
        typer.Option(metavar="FROM:TO", help="Mend this mail only.  [default: all mail]"),
    ] = None,
    most: Annotated[
        int,
        typer.Option("--edits", min=1, max=_MOST_EDITS, help="So many edits at most for one flow."),
    ] = 3,
    seconds: Annotated[
        float, typer.Option(min=0.1, max=A_DAY, help="How long to search at most.")
    ] = 10.0,
    out: Annotated[
        Path | None, typer.Option("--write", metavar="OUT", help="Write a suggestion, as a file.")
    ] = None,
    number: Annotated[
        int, typer.Option(min=1, max=_MOST_NUMBER, help="Which one --write writes.")
    ] = 1,
    prove: Prove = False,
    where: Where = BackendName.LOOPBACK,
    port: Port = None,
    timeout: Timeout = 60.0,
    as_json: AsJson = False,
    as_markdown: AsMarkdown = False,
    labs: LabsDirectory = None,
) -> None:
    """Search for small edits of a file after which the mail is delivered; it stays as it is.

    They are ranked by the number of places in which the file changes, and then by how little else
    changes for the mail. Each is shown as a diff, in which passwords are hidden. A rule or a tunnel
    lets in no more than the mail needs. What nftables and others read is not edited.

    Exit status 0: all mail can be mended, or nothing is to be; 1: nothing was found for some of it,
    or with --prove packets have shown something else; 2: the file or an option is wrong.
    """
    if as_json and as_markdown:
        raise typer.BadParameter("give one of --json and --markdown")
    with errors_for_people():
        file = TopologyFile.read(file_of(word, labs, "edits are for a file"))
        topology = file.topology()
        ends = _ends(flow, [*topology.mtas]) if flow else None
        wanted = Wanted(ends, delivered=ends is not None)
        until = monotonic() + seconds
        now = topology.starts or datetime.now(UTC)
        found, edits = search(file, now, wanted, most, lambda: monotonic() < until)
        if out:
            _write(file, edits, number, out)
        if prove:
            proving = Proving(where, CAPTURES, now, port, timeout)
            found = _proved(file, found, edits, proving)
    if as_json:
        say_document(TypeAdapter(Suggestions).dump_json(found).decode())
    else:
        for line in (markdown if as_markdown else text)(found):
            say(line)
    if found.unmended or any(each.proved and each.proved.differs for each in found.suggestions):
        raise typer.Exit(EXIT_FAILED)


def _proved(
    file: TopologyFile, found: Suggestions, edits: list[Edits], proving: Proving
) -> Suggestions:
    from labkit.console import counted  # noqa: PLC0415 - slow to load

    played = counted("playing", proved(file, found, edits, proving), len(edits))
    return replace(found, suggestions=tuple(played))


def _ends(flow: str, mtas: list[str]) -> tuple[str, str]:
    """The two MTAs of FROM:TO."""
    sender, colon, receiver = flow.partition(":")
    if not colon:
        raise ConfigurationError(f"{flow}: write FROM:TO, two of {', '.join(mtas)}")
    for name in (sender, receiver):
        if name not in mtas:
            raise ConfigurationError(f"{flow}: no MTA {name!r} here; {instead(name, mtas)}")
    return sender, receiver


def _write(file: TopologyFile, edits: list[Edits], number: int, out: Path) -> None:
    """Write the text with a suggestion's edits."""
    if out.exists() and out.samefile(file.path):
        raise ConfigurationError(f"{out} is the file itself, which stays as it is; name another")
    if number > len(edits):
        raise ConfigurationError(f"there is no suggestion {number}, but {len(edits)}")
    out.write_text(file.edited(edits[number - 1]), "utf-8")
    load_topology(out)  # says so when it names files that are not beside it
