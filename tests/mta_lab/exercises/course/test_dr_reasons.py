"""Refused by the transport: solved from CR and DR."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "dr-reasons"
CONGESTION = "1"
ACTIVITY_START = "45"


def solve(given: Given) -> dict[str, Any]:
    caller, called = given.pair
    asked = given.between(f"cotp.type == 0x0e && ip.src == {caller}", "cotp.dst-tsap")
    [(frame, reason)] = given.between(
        f"cotp.type == 0x08 && ip.src == {called} && tcp.srcport == 102",
        *("frame.number", "cotp.cause"),
    )
    earlier = given.between(f"ses && ip.src == {called}", "ses.type")
    number = str(int(reason, 0))
    return {
        "refusal": frame,
        "reason": number,
        "selector": asked[0][0],
        "before": [each for (line,) in earlier for each in line.split(",")].count(ACTIVITY_START),
        "cause": given.choice("cause", "control block" if number == CONGESTION else "T selector"),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
