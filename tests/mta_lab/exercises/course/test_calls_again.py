"""Again and again: solved by counting SYNs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "calls-again"
CALLS = "tcp.flags.syn == 1 && tcp.flags.ack == 0"


def solve(given: Given) -> dict[str, Any]:
    calls = given.packets(CALLS, "frame.number", "ip.src", "tcp.srcport")
    frame, address, port = calls[-1]
    return {
        "calls": len(calls),
        "last_port": f"{address}:{port}",
        "last_call": frame,
        "last_packets": f"tcp.port == {port}",
        "given_up": f"290 at {next(iter(given.hosts))[0]}",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
