"""The rows of a logbook: predicted only, or played on packets, each on hosts of its own.

No row has a password: what is shown of a test are its calls, addresses, events and reports.
"""

import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

from labkit.config import ConfigurationError
from labkit.spread import spread
from mta_lab.backends import Backend
from mta_lab.rehearsal.predict import NO_FAULTS
from mta_lab.rehearsal.proof.prove import Playing, play_scripts, proved
from mta_lab.sheet.logbook.outcome import Outcome, observed, predicted
from mta_lab.sheet.logbook.trials import Subject, Trial, trials
from mta_lab.topology.faults import Faults
from mta_lab.topology.files import Topology

_DISTRIBUTION = "x400-firewall-lab"
_LOGBOOK = ".logbook"  # at the end of a lab's name
_LONGEST = 50  # characters of a topology's name in it


@dataclass(frozen=True)
class Row:
    """A test: what is predicted, and what was seen of it.

    `change` says what the test changes in the topology. `observed` is null when nothing was played;
    then `not_proved` says why, and for a test that is not applicable `predicted` is null, too.
    Frame numbers are those of the file `capture`, for which Wireshark needs the rule `decode_as`.
    """

    subject: Subject
    sender: str
    receiver: str | None
    change: str
    predicted: Outcome | None
    observed: Outcome | None = None
    not_proved: str = ""
    agrees: bool | None = None
    capture: str = ""
    decode_as: str | None = None


@dataclass(frozen=True)
class Logbook:
    """The tests of a topology's links at a lab time; `made` is when, by the wall clock.

    `backend` is null when nothing was played. `agrees`: nothing was seen to be otherwise.
    """

    topology: str
    title: str
    backend: str | None
    at: datetime
    made: datetime
    versions: Mapping[str, str]
    rows: tuple[Row, ...]
    agrees: bool


def predicted_logbook(
    topology: Topology, at: datetime, made: datetime, faults: Faults = NO_FAULTS
) -> Logbook:
    """The logbook in which nothing is proved yet."""
    rows = [
        row for trial in trials(topology, at, faults) for row in _predicted(trial, "not proved")
    ]
    return _logbook(topology, None, at, made, rows)


def proved_logbook(
    topology: Topology,
    where: Backend,
    captures: Path,
    at: datetime,
    made: datetime,
    *,
    port: int | None = None,
    name: str | None = None,
    timeout: float = 60.0,
    jobs: int = 1,
    faults: Faults = NO_FAULTS,
) -> Logbook:
    """The logbook of a topology, with each test played.

    The arguments are those of `prove`. Raises ConfigurationError when the backend cannot show the
    topology, and OSError, as a run does.
    """
    where.place(topology.model_copy(update={"play": ()}), port)
    lab = name or f"{topology.name[:_LONGEST]}{_LOGBOOK}"
    playing = Playing(where, captures, lab, port, timeout)
    found = spread(partial(_proved, playing), [*enumerate(trials(topology, at, faults), 1)], jobs)
    return _logbook(topology, where.name, at, made, [row for rows in found for row in rows])


def _logbook(
    topology: Topology, backend: str | None, at: datetime, made: datetime, rows: list[Row]
) -> Logbook:
    versions = {
        _DISTRIBUTION: version(_DISTRIBUTION),
        "Python": platform.python_version(),
        platform.system(): platform.release(),
    }
    agrees = all(each.agrees is not False for each in rows)
    return Logbook(topology.name, topology.title, backend, at, made, versions, tuple(rows), agrees)


def _predicted(trial: Trial, not_proved: str) -> Iterator[Row]:
    """The rows of a test that is not played."""
    for subject in trial.subjects:
        ends = trial.sender, trial.receiver
        if trial.script:
            found = _about(subject, predicted(trial.script))
            yield Row(subject, *ends, trial.change, found, None, not_proved)
        else:
            yield Row(subject, *ends, "", None, None, f"not applicable: {trial.change}")


def _proved(playing: Playing, numbered: tuple[int, Trial]) -> list[Row]:
    """Play a test; one that the backend cannot show is not proved."""
    number, trial = numbered
    script = trial.script
    if script is None:
        return [*_predicted(trial, "")]
    here = replace(
        playing,
        captures=playing.captures / f"{number}-{trial.subjects[-1].replace(' ', '-')}",
        name=f"{playing.name}.{number}",
    )
    try:
        (seen,) = play_scripts(trial.topology, [script], here)
    except ConfigurationError as error:
        return [*_predicted(trial, f"not proved: {error}")]
    flow = proved(script, seen)
    found, shown = predicted(script), observed(script, seen)
    return [
        Row(
            subject,
            trial.sender,
            trial.receiver,
            trial.change,
            _about(subject, found),
            _about(subject, shown),
            "",
            flow.agrees,
            flow.capture,
            flow.decode_as,
        )
        for subject in trial.subjects
    ]


def _about(subject: Subject, outcome: Outcome) -> Outcome:
    return outcome.of_bind() if subject is Subject.BIND else outcome
