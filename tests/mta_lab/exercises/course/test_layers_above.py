"""What lies between session and RTSE: solved from the protocols that tshark names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "layers-above"
ACTIVITY_START = "45"
ORDER = ("TCP", "transport", "session connection is asked", "accepted", "starts", "ends")


def solve(given: Given) -> dict[str, Any]:
    connect, protocols = given.packets("ses.type == 13", "frame.number", "frame.protocols")[0]
    types = [each for line in given.packets("ses", "ses.type") for each in line[0].split(",")]
    return {
        "connect": connect,
        "mode": given.choice("mode", "normal mode" if ":acse" in protocols else "X.410"),
        "messages": types.count(ACTIVITY_START),
        "order": [given.choice("order", part) for part in ORDER],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
