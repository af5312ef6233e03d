"""Who calls whom: solved from the two captures alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "whose-address"
OUTSIDE, INSIDE = "capture-outside.pcapng", "capture-inside.pcapng"
CALL = "tcp.flags.syn == 1 && tcp.flags.ack == 0"


def solve(given: Given) -> dict[str, Any]:
    outer, inner = given.address("outside"), given.address("inside")
    wall_out, wall_in = given.hosts["WALL", "outside"], given.hosts["WALL", "inside"]
    first = given.packets(CALL, "ip.src", "tcp.srcport", capture=OUTSIDE)[0]
    out = given.packets(f"{CALL} && ip.dst == {wall_out}", "frame.number", capture=OUTSIDE)
    into = f"{CALL} && ip.dst == {inner}"
    inside = given.packets(into, "frame.number", "ip.src", capture=INSIDE)
    outward = given.packets(f"{CALL} && ip.dst == {outer}", "ip.src", capture=OUTSIDE)
    does = {outer: "it leaves", wall_in: "its inside"}[inside[0][1]]
    return {
        "first_call": ":".join(first),
        "call_outside": out[0][0],
        "call_inside": inside[0][0],
        "source_inside": inside[0][1],
        "source_outside": outward[0][0],
        "what_it_does": given.choice("what_it_does", does),
        "all_calls": into,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
