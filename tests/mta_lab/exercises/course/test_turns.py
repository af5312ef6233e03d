"""Turns: solved from the SPDUs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "turns"
ACCEPT, GIVE_CONFIRM, ACTIVITY_START = "14", "21", "45"
ORDER = (
    "transport connection",
    "accepts the bind",
    "caller begins to transfer",
    "asks for the turn",
    "gives the turn",
    "called MTA begins to transfer",
)


def solve(given: Given) -> dict[str, Any]:
    caller, called = given.hosts.values()
    packets = given.packets("ses", "frame.number", "ip.src", "ses.type", "rtse.dialogueMode")
    said = [(int(frame), src, types.split(","), mode) for frame, src, types, mode in packets]

    def having(source: str, spdu: str) -> list[int]:
        of = [(frame, types) for frame, src, types, _ in said if src == source]
        return [frame for frame, types in of for each in types if each == spdu]

    starts = having(called, ACTIVITY_START)
    happened = [
        int(given.packets("cotp.type == 0x0e", "frame.number")[0][0]),
        having(called, ACCEPT)[0],
        having(caller, ACTIVITY_START)[0],
        int(given.packets(f"rtse.rttp_apdu && ip.src == {called}", "frame.number")[0][0]),
        having(caller, GIVE_CONFIRM)[0],
        starts[0],
    ]
    in_order = [part for _, part in sorted(zip(happened, ORDER, strict=True))]
    return {
        "mode": next(mode for _, _, _, mode in said if mode),
        "please": happened[3],
        "give": happened[4],
        "collected": len(starts),
        "order": [given.choice("order", part) for part in in_order],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
