"""What lies between session and RTSE: solved from the protocols that tshark names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "layers-above"
ACTIVITY_START = "45"
ORDER = (
    "the TCP connection is opened",
    "the transport connection is asked for",
    "the transport connection is confirmed",
    "the session connection is asked for",
    "the session connection is accepted",
    "an activity starts",
    "an activity ends",
    "the end of an activity is confirmed",
)


def solve(given: Given) -> dict[str, Any]:
    connect, protocols = given.between("ses.type == 13", "frame.number", "frame.protocols")[0]
    types = [each for line in given.between("ses", "ses.type") for each in line[0].split(",")]
    return {
        "connect": connect,
        "mode": given.choice("mode", "normal mode" if ":acse" in protocols else "X.410"),
        "messages": types.count(ACTIVITY_START),
        "order": [part for part in ORDER if part in given.item("order").choices],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
