"""Whether work grows in proportion to its input: no input of a peer may cost more than that.

`assert_linear(run, make)` measures `run(make(size))` at 1, 2, 4 and 8 times a size. It counts the
processor time of this process and takes the best of several runs, so that a busy machine does not
disturb it, and begins at a size that takes long enough to be measured. Work in proportion to the
input grows 8 times from 1x to 8x, quadratic work 64 times; the limit lies between them.
"""

from collections.abc import Callable
from gc import disable, enable, isenabled
from time import process_time
from typing import TypeVar

Input = TypeVar("Input")

FACTORS = (1, 2, 4, 8)
LIMIT = 22  # how much dearer 8x may be than 1x: 8 is linear, 64 is quadratic
_MEASURABLE = 0.002  # seconds that 1x takes at least
_ENOUGH = 0.1  # seconds after which a measurement is not repeated
_RUNS = 3
_ATTEMPTS = 3


def assert_linear(
    run: Callable[[Input], object],
    make: Callable[[int], Input],
    *,
    start: int = 500,
    largest: int = 1 << 18,
) -> None:
    """Raise AssertionError when the cost of `run` grows faster than the size of its input.

    `make` builds an input of a size, in whatever unit; it is not measured, and is called once for
    each size, so `run` must leave its input as it is. `start` is the first size that is tried, and
    `largest` the last that 8x may be. Work that is too quick to be measured at `largest` passes.
    """
    size = start
    while (once := cost(run, make(size))) < _MEASURABLE and size * 16 <= largest:
        size *= 2
    if once < _MEASURABLE / 4:
        return
    tries = []
    for _ in range(_ATTEMPTS):
        costs = [cost(run, make(size * factor)) for factor in FACTORS]
        tries.append(costs)
        if costs[-1] < LIMIT * costs[0]:
            return
        if costs[-1] > 2 * LIMIT * costs[0]:
            break
    rows = "; ".join(", ".join(f"{each * 1000:.1f}" for each in costs) for costs in tries)
    raise AssertionError(f"ms at 1, 2, 4 and 8 times {size}: {rows}: more than linear")


def cost(run: Callable[[Input], object], given: Input) -> float:
    """Seconds of processor time that `run` takes at best."""
    collecting = isenabled()
    disable()  # what others have left is not this work's
    try:
        costs = [_once(run, given)]
        while len(costs) < _RUNS and sum(costs) < _ENOUGH:
            costs.append(_once(run, given))
        return min(costs)
    finally:
        if collecting:
            enable()


def _once(run: Callable[[Input], object], given: Input) -> float:
    begun = process_time()
    run(given)
    return process_time() - begun
