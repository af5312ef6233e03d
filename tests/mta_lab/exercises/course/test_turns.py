"""Turns: solved from the SPDUs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "turns"
CONNECT, ACCEPT, GIVE_CONFIRM, ACTIVITY_START = "13", "14", "21", "45"
ORDER = (
    "the caller asks for a transport connection",
    "the called system confirms the transport connection",
    "the caller binds",
    "the called MTA accepts the bind",
    "the caller begins to transfer a message",
    "the called MTA asks for the turn",
    "the caller gives the turn",
    "the called MTA begins to transfer a message",
)


def solve(given: Given) -> dict[str, Any]:
    caller, called = given.pair
    packets = given.between("ses", "frame.number", "ip.src", "ses.type")
    said = [(int(frame), src, types.split(",")) for frame, src, types in packets]

    def having(source: str, spdu: str) -> list[int]:
        of = [(frame, types) for frame, src, types in said if src == source]
        return [frame for frame, types in of for each in types if each == spdu]

    starts = having(called, ACTIVITY_START)
    give = having(caller, GIVE_CONFIRM)[0]
    happened = [
        int(given.between("cotp.type == 0x0e", "frame.number")[0][0]),
        int(given.between("cotp.type == 0x0d", "frame.number")[0][0]),
        having(caller, CONNECT)[0],
        having(called, ACCEPT)[0],
        having(caller, ACTIVITY_START)[0],
        int(given.between(f"rtse.rttp_apdu && ip.src == {called}", "frame.number")[0][0]),
        give,
        starts[0],
    ]
    in_order = [part for _, part in sorted(zip(happened, ORDER, strict=True))]
    return {
        "sent_before": sum(frame < give for frame in having(caller, ACTIVITY_START)),
        "please": happened[5],
        "give": give,
        "collected": len(starts),
        "order": [part for part in in_order if part in given.item("order").choices],
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
