"""`mta-lab lint`: what in a topology is hardly meant."""

from dataclasses import asdict

import typer

from labkit.output import say, say_json
from labkit.reason import Reason
from mta_lab.commands import EXIT_FAILED, AsJson, LabsDirectory, errors_for_people
from mta_lab.commands.given import Several, given
from mta_lab.rehearsal.findings import findings


def lint(
    which: Several,
    labs: LabsDirectory = None,
    as_json: AsJson = False,
) -> None:
    """Look for what can be played but is hardly meant: addresses that no host has, and the like.

    Each finding has the file and the line. A lab may be about one of them: `mta-lab run` shows
    them as warnings and plays on.

    Exit status 0: nothing was found; 1: something; 2: a file is wrong.
    """
    with errors_for_people():
        found = [each for word in which for each in findings(given(word, labs).topology)]
    for finding in found:
        if as_json:
            say_json(asdict(finding))
        else:
            say(as_line(finding))
    if found:
        raise typer.Exit(EXIT_FAILED)


def as_line(finding: Reason) -> str:
    """A finding as compilers write it: the place first."""
    return f"{finding.place}: {finding.text}"
