"""Router, translation or proxy: solved from the SYN on both sides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SLOW_SEEDS, Given, assert_solved

NAME = "nat"
OUTSIDE, INSIDE = "capture-outside.pcapng", "capture-inside.pcapng"
CALL = "tcp.flags.syn == 1 && tcp.flags.ack == 0"
FIELDS = ("ip.src", "tcp.srcport", "ip.dst", "tcp.dstport", "tcp.seq_raw")


def solve(given: Given) -> dict[str, Any]:
    source, _, called, port, number = given.packets(CALL, *FIELDS, capture=OUTSIDE)[0]
    seen, seen_port, reached, _, again = given.packets(CALL, *FIELDS, capture=INSIDE)[0]
    if number != again:
        does = "a proxy"
    elif called == reached:
        does = "it routes"
    else:
        does = "and not the source" if source == seen else "and the source"
    return {
        "called_outside": f"{called}:{port}",
        "caller_inside": f"{seen}:{seen_port}",
        "sequence_outside": number,
        "sequence_inside": again,
        "does": given.choice("does", does),
        "answers": f"ip.src == {given.address('inside')}",
    }


@pytest.mark.parametrize("seed", SLOW_SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
