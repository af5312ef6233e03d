"""Which layer refuses: solved from the refusal alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "which-layer"
FIELDS = ("frame.number", "ses.type", "ses.reason_code", "pres.provider_reason", "p1.MTABindError")


def solve(given: Given) -> dict[str, Any]:
    called = given.pair[1]
    refusals = given.between(f"ip.src == {called} && (ses.type == 12 || cotp.type == 8)", *FIELDS)
    frame, spdu, reason, provider, bind = refusals[0]
    if not spdu:
        layer, part = "transport", "T selector"
    elif reason != "2":
        layer, part = "session", "S selector"
    elif provider:
        layer, part = "presentation", "P selector"
    else:
        assert bind
        layer, part = "mts", "the bind"
    return {
        "refusal": frame,
        "pdu": "RF" if spdu else "DR",
        "layer": layer,
        "cause": given.choice("cause", part),
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
