"""Checkpoints: solved from RTORQ, RTOAC and the session's synchronization points."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "checkpoints"
MINOR_SYNC_ACK = 50


def solve(given: Given) -> dict[str, Any]:
    _, called = given.pair
    [asked] = given.between("ses.type == 13", "rtse.checkpointSize")
    [(size, window)] = given.between("ses.type == 14", "rtse.checkpointSize", "rtse.windowSize")
    acks = given.between(
        f"ses.type == {MINOR_SYNC_ACK} && ip.src == {called}", "frame.number", "ses.serial_number"
    )
    return {
        "proposed": asked[0] or 0,
        "agreed_size": size or 0,
        "agreed_window": window or 3,
        "first_confirmed": acks[0][0],
        "last_serial": acks[-1][1].split(",")[-1],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
