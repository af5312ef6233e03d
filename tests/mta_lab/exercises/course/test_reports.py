"""A report comes back: solved from P1's fields."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "reports"
ACTIVITY_START = "45"
ORDER = (
    "the caller asks for a transport connection",
    "the called system confirms the transport connection",
    "the caller binds",
    "the called MTA accepts the bind",
    "the last message is transferred",
    "the called MTA asks for the turn",
    "the caller gives the turn",
    "the report is transferred",
)


def solve(given: Given) -> dict[str, Any]:
    caller, _ = given.pair
    types = given.between(f"ses && ip.src == {caller}", "ses.type")
    started = [each for (line,) in types for each in line.split(",")].count(ACTIVITY_START)
    code = "p1.non_delivery_diagnostic_code"
    [(frame, diagnostic)] = given.between(code, "frame.number", code)
    return {
        "messages": started,
        "report": frame,
        "diagnostic": diagnostic,
        "order": [part for part in ORDER if part in given.item("order").choices],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
