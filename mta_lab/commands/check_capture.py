"""`mta-lab check-capture`: a capture beside the logs."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from labkit.config import ConfigurationError
from labkit.console import Table, display, line
from labkit.output import say, say_json
from mta_emu.decode.dissector import examine
from mta_emu.decode.pcap import NotACapture
from mta_lab.commands import EXIT_FAILED, AsJson, errors_for_people
from mta_lab.verdict.check import Comparison, compare, read_logs


def check_capture(
    capture: Annotated[Path, typer.Argument(help="A pcap or pcapng file.")],
    logs: Annotated[
        Path | None,
        typer.Argument(
            help="What --json printed, or LAB in what --keep kept.  [default: CAPTURE's .json]"
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="The port of X.400.  [default: the run's]"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare a capture with what the MTAs logged: every association in one must be in the other.

    Exit status 0: they agree; 1: they do not; 2: a file is wrong.
    """
    with errors_for_people():
        capture.stat()  # when it is missing, it is said of it and not of the logs beside it
        logged = read_logs(logs or capture.with_suffix(".json"), capture)
        try:
            found = examine(capture, (port or logged.port,))
        except NotACapture as error:
            raise ConfigurationError(str(error)) from error
    comparisons = compare(found.associations, logged)
    if as_json:
        for each in comparisons:
            say_json(asdict(each))
    else:
        display(_table(comparisons))
    if found.capture.cut_short:
        cut = f"{capture}: the file is cut short or damaged: {found.capture.cut_short}"
        say(cut, error=True)
    if not all(each.agrees for each in comparisons):
        raise typer.Exit(EXIT_FAILED)


def _table(comparisons: list[Comparison]) -> Table:
    table = Table("", "log of", "calling", "called", "logged", "captured")
    for each in comparisons:
        verdict = line(("ok", "green") if each.agrees else ("DIFFERS", "red"))
        outcomes = (each.logged or "-", each.captured or "-")
        table.add_row(verdict, each.mta, each.calling, each.called, *outcomes)
    return table
