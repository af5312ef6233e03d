"""What becomes of the mail for each combination of values that settings may have."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial
from itertools import chain, islice, product
from math import prod
from typing import Any

from allpairspy import AllPairs

from labkit.config import ConfigurationError
from labkit.spread import spread
from mta_lab.lab.changes import shown
from mta_lab.rehearsal.changes import Change, changes
from mta_lab.rehearsal.predict import NO_FAULTS
from mta_lab.rehearsal.proof.proving import Proved, Proving
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.topology.changed import with_settings
from mta_lab.topology.faults import Faults
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


@dataclass(frozen=True)
class Base:
    """What is varied: a topology at a lab time, and the faults that its networks have.

    With `proving` each case is played, too.
    """

    topology: Topology
    now: datetime
    faults: Faults = NO_FAULTS
    proving: Proving | None = None

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """What becomes of the mail as it is."""
        return without_legs(flows_of(self.topology, self.now, self.faults))


def cases(
    base: Base, settings: Sequence[Settings], jobs: int = 1, dask: str = ""
) -> Iterator[Case]:
    """What becomes of the mail with each of the settings.

    The cases come in their order; `jobs` and `dask` say who works, as `spread` has it. Raises
    ConfigurationError for settings that are wrong, and as a run does for what cannot be played.
    """
    for each in settings if base.proving else ():
        _changed(base, each)  # what is wrong is said before anything is played
    batches = [*_batches([*enumerate(settings, 1)], 1 if base.proving else _TOGETHER)]
    return chain.from_iterable(spread(partial(_cases, base), batches, jobs, dask))


def without_legs(flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """The flows without the trace, which is long, and by which they are not compared."""
    return tuple(replace(flow, legs=()) for flow in flows)


Numbered = tuple[int, Settings]


def _batches(settings: Sequence[Numbered], size: int) -> Iterator[tuple[Numbered, ...]]:
    left = iter(settings)
    while batch := tuple(islice(left, size)):
        yield batch


def _cases(base: Base, batch: Sequence[Numbered]) -> list[Case]:
    return [_case(base, number, settings) for number, settings in batch]


def _case(base: Base, number: int, settings: Settings) -> Case:
    topology = _changed(base, settings)
    flows = without_legs(flows_of(topology, base.now, base.faults))
    name = f"{topology.name}-{number}"
    proved = base.proving.prove(topology, name) if base.proving else None
    return Case(_said(settings), flows, changes(base.flows, flows), proved)


def _changed(base: Base, settings: Settings) -> Topology:
    try:
        return with_settings(base.topology, settings, base.now.isoformat(timespec="seconds"))
    except ConfigurationError as error:
        together = ", ".join(f"{path}={value}" for path, value in _said(settings).items())
        raise ConfigurationError(f"with {together}: {error}") from error


def _said(settings: Settings) -> dict[str, str]:
    return {path: shown(path, value) for path, value in settings.items()}
