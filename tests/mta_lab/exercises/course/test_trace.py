"""Over which MTAs it came: solved from the envelopes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "trace"
FIELDS = ("frame.number", "ip.dst", "p1.InternalTraceInformation", "p1.mta_name")


def solve(given: Given) -> dict[str, Any]:
    frame, address, elements, names = given.packets("p1.InternalTraceInformation", *FIELDS)[-1]
    passed = names.split(",")[: int(elements)]
    [to] = [host for (host, _), each in given.hosts.items() if each == address]
    loops = to in passed
    return {
        "last_transfer": frame,
        "origin": passed[0],
        "elements": elements,
        "path": passed if loops else [*passed, to],
        "became": given.choice("became", "own name" if loops else "delivers it"),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
