"""What becomes of the mail for each combination of values that settings may have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import chain, islice, product
from math import prod
from typing import Any

from allpairspy import AllPairs

from labkit.config import ConfigurationError
from labkit.spread import spread
from mta_lab.lab.changes import shown
from mta_lab.rehearsal.changes import Change, changes
from mta_lab.rehearsal.proof.proving import Proved, Proving
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.topology.changed import with_settings
from mta_lab.topology.files import Topology

Settings = Mapping[str, Any]  # values by path

_MOST = 100_000  # combinations
_TOGETHER = 16  # that one process predicts before it hands over the results


@dataclass(frozen=True)
class Case:
    """One combination of settings: what becomes of the mail, and what differs from the file.

    `settings` are for people: passwords are hidden. The flows come without their legs. `proved` is
    null unless it was played.
    """

    settings: dict[str, str]
    flows: tuple[Flow, ...]
    changes: tuple[Change, ...]
    proved: Proved | None = None


def combinations(
    choices: Mapping[str, Sequence[Any]], *, pairwise: bool = False
) -> list[dict[str, Any]]:
    """Every combination of the values of each path.

    With `pairwise` only so many that each two values of two paths come together in one. Raises
    ConfigurationError when there are too many.
    """
    if pairwise and len(choices) > 1:
        # of indices: the values need not be hashable
        rows = AllPairs([range(len(values)) for values in choices.values()])
        return [
            {path: choices[path][index] for path, index in zip(choices, row, strict=True)}
            for row in rows
        ]
    if (count := prod(map(len, choices.values()))) > _MOST:
        raise ConfigurationError(
            f"{count} combinations, and at most {_MOST} are predicted; --pairwise takes fewer"
        )
    return [dict(zip(choices, values, strict=True)) for values in product(*choices.values())]


def cases(
    topology: Topology,
    settings: Sequence[Settings],
    now: datetime,
    jobs: int = 1,
    dask: str = "",
    proving: Proving | None = None,
) -> Iterator[Case]:
    """What becomes of the mail of a topology with each of the settings, at lab time `now`.

    The cases come in their order; `jobs` and `dask` say who works, as `spread` has it. With
    `proving` each is played, too. Raises ConfigurationError for settings that are wrong, and as a
    run does for what cannot be played.
    """
    for each in settings if proving else ():
        _changed(topology, each, now)  # what is wrong is said before anything is played
    before = without_legs(flows_of(topology, now))
    work = partial(_cases, _Base(topology, now, before, proving))
    batches = [*_batches([*enumerate(settings, 1)], 1 if proving else _TOGETHER)]
    return chain.from_iterable(spread(work, batches, jobs, dask))


def without_legs(flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """The flows without the trace, which is long, and by which they are not compared."""
    return tuple(replace(flow, legs=()) for flow in flows)


Numbered = tuple[int, Settings]


def _batches(settings: Sequence[Numbered], size: int) -> Iterator[tuple[Numbered, ...]]:
    left = iter(settings)
    while batch := tuple(islice(left, size)):
        yield batch


@dataclass(frozen=True)
class _Base:
    """What all cases are compared with, and how they are proved."""

    topology: Topology
    now: datetime
    before: Sequence[Flow]
    proving: Proving | None


def _cases(base: _Base, batch: Sequence[Numbered]) -> list[Case]:
    return [_case(base, number, settings) for number, settings in batch]


def _case(base: _Base, number: int, settings: Settings) -> Case:
    topology = _changed(base.topology, settings, base.now)
    flows = without_legs(flows_of(topology, base.now))
    name = f"{topology.name}-{number}"
    proved = base.proving.prove(topology, name) if base.proving else None
    return Case(_said(settings), flows, changes(base.before, flows), proved)


def _changed(topology: Topology, settings: Settings, now: datetime) -> Topology:
    try:
        return with_settings(topology, settings, now.isoformat(timespec="seconds"))
    except ConfigurationError as error:
        together = ", ".join(f"{path}={value}" for path, value in _said(settings).items())
        raise ConfigurationError(f"with {together}: {error}") from error


def _said(settings: Settings) -> dict[str, str]:
    return {path: shown(path, value) for path, value in settings.items()}
