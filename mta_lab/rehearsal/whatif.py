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
from mta_lab.rehearsal.report import Flow, flows_of
from mta_lab.topology.changed import with_settings
from mta_lab.topology.files import Topology

Settings = Mapping[str, Any]  # values by path

_MOST = 100_000  # combinations
_TOGETHER = 16  # that one process predicts before it hands over the results


@dataclass(frozen=True)
class Case:
    """One combination of settings: what becomes of the mail, and what differs from the file.

    `settings` are for people: passwords are hidden. The flows come without their legs.
    """

    settings: dict[str, str]
    flows: tuple[Flow, ...]
    changes: tuple[Change, ...]


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
) -> Iterator[Case]:
    """What becomes of the mail of a topology with each of the settings, at lab time `now`.

    The cases come in their order; `jobs` and `dask` say who works, as `spread` has it. Raises
    ConfigurationError for settings that are wrong.
    """
    before = without_legs(flows_of(topology, now))
    work = partial(_cases, topology, now, before)
    return chain.from_iterable(spread(work, [*_batches(settings)], jobs, dask))


def without_legs(flows: Sequence[Flow]) -> tuple[Flow, ...]:
    """The flows without the trace, which is long, and by which they are not compared."""
    return tuple(replace(flow, legs=()) for flow in flows)


def _batches(settings: Sequence[Settings]) -> Iterator[tuple[Settings, ...]]:
    left = iter(settings)
    while batch := tuple(islice(left, _TOGETHER)):
        yield batch


def _cases(
    topology: Topology, now: datetime, before: Sequence[Flow], batch: Sequence[Settings]
) -> list[Case]:
    return [_case(topology, now, before, settings) for settings in batch]


def _case(topology: Topology, now: datetime, before: Sequence[Flow], settings: Settings) -> Case:
    said = {path: shown(path, value) for path, value in settings.items()}
    try:
        flows = without_legs(flows_of(with_settings(topology, settings), now))
    except ConfigurationError as error:
        together = ", ".join(f"{path}={value}" for path, value in said.items())
        raise ConfigurationError(f"with {together}: {error}") from error
    return Case(said, flows, changes(before, flows))
