"""Selectors: solved from the CR."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "selectors"


def solve(given: Given) -> dict[str, Any]:
    [(called, calling)] = given.between("cotp.type == 0x0e", "cotp.dst-tsap", "cotp.src-tsap")
    return {
        "called": called,
        "calling": calling,
        "confirmed": given.between("cotp.type == 0x0d", "frame.number")[0][0],
        "first_data": given.between("cotp.type == 0x0f", "frame.number")[0][0],
        "caller_tpdus": f'cotp.type == 0x0e && cotp.dst-tsap == "{called}"',
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
