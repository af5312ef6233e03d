"""Half a capture: solved from what one side says."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "half-a-capture"


def solve(given: Given) -> dict[str, Any]:
    fields = ("frame.number", "ip.dst", "tcp.dstport")
    [(frame, address, port)] = given.between("cotp.type == 0x0e", *fields)
    [(bind,)] = given.between("ses.type == 13", "frame.number")
    goes_on = given.between("ses.type == 45", "frame.number")
    return {
        "missing": f"{address}:{port}",
        "transport": frame,
        "bind": bind,
        "became": given.choice("became", "bind is accepted" if goes_on else "bind is refused"),
        "to_called": f"ip.dst == {given.pair[1]}",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    directory = assert_solved(made, NAME, seed, tmp_path, solve)
    sources = Given(directory).packets("ip", "ip.src")
    assert len({*map(tuple, sources)}) == 1
