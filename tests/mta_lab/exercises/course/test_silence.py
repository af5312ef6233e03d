"""Silence, or a reset: solved from both sides of a filter."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SLOW_SEEDS, Given, assert_solved

NAME = "silence"
OUTSIDE, INSIDE = "capture-outside.pcapng", "capture-inside.pcapng"
CALL = "tcp.flags.syn == 1 && tcp.flags.ack == 0"


def solve(given: Given) -> dict[str, Any]:
    ends = ("ip.dst", "tcp.dstport", "frame.number", "tcp.seq_raw")
    there, back = f"ip.dst == {given.address('inside')}", f"ip.src == {given.address('inside')}"
    called, port, first, number = given.packets(f"{CALL} && {there}", *ends, capture=OUTSIDE)[0]
    resets = given.packets(f"tcp.flags.reset == 1 && {back}", "frame.number", capture=OUTSIDE)
    arrive = given.packets(CALL, "frame.number", capture=INSIDE)
    answers = given.packets(back, "frame.number", capture=INSIDE)
    if resets:
        where = "nobody listens" if arrive else "REJECT"
    elif not arrive:
        where = "DROP"
    else:
        where = "drops the answer" if answers else "does not answer"
    return {
        "called": f"{called}:{port}",
        "first_call": first,
        "sequence": number,
        "where": given.choice("where", where),
        "from_caller": f"ip.src == {given.address('outside')} && {there}",
    }


@pytest.mark.parametrize("seed", SLOW_SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
