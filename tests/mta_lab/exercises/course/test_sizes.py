"""Sizes: solved from TPKT and COTP headers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "sizes"


def solve(given: Given) -> dict[str, Any]:
    [confirm] = given.between("cotp.type == 0x0d", "frame.number", "cotp.tpdu_size")
    [bind] = given.between("ses.type == 13", "tpkt.length")
    whole = given.between("cotp.segment.count", "cotp.segment.count")
    return {
        "agreed": confirm[0],
        "tpdu_size": confirm[1],
        "tpkt_length": bind[0],
        "segments": max(int(each[0]) for each in whole),
        "connects": f"(cotp.type == 0x0e || cotp.type == 0x0d) && ip.addr == {given.pair[1]}",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
