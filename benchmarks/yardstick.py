"""What a benchmark without a peer is put beside: a fixed loop of plain Python, in the same run.

A machine that is busy, or slow, takes longer for the loop too, so that figures of two machines, or
of two days, can be compared.
"""

import time
from collections.abc import Callable
from statistics import median
from typing import NamedTuple

ROUNDS = 5
_STEPS = 1_000_000


class Figure(NamedTuple):
    """The median of five measurements, and that of the milliseconds the loop took before each."""

    value: float
    loop: float

    def __str__(self) -> str:
        return f"{self.value:10.0f}   (loop {self.loop:.0f} ms)"


def five(*measures: Callable[[], float]) -> list[Figure]:
    """Measure each five times, in turn: work of others on the machine meets all of them."""
    values: list[list[float]] = [[] for _ in measures]
    loops: list[list[float]] = [[] for _ in measures]
    for _ in range(ROUNDS):
        for number, measure in enumerate(measures):
            loops[number].append(loop_milliseconds())
            values[number].append(measure())
    pairs = zip(values, loops, strict=True)
    return [Figure(median(value), median(loop)) for value, loop in pairs]


def loop_milliseconds() -> float:
    """The milliseconds that the loop takes."""
    begin, total = time.perf_counter(), 0
    for step in range(_STEPS):
        total += step * step & 7
    return (time.perf_counter() - begin) * 1e3


def per_second(work: Callable[[], object], times: int) -> float:
    """How many times a second something was done that `work` does so many times."""
    begin = time.perf_counter()
    work()
    return times / (time.perf_counter() - begin)
