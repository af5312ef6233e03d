"""Nobody there: solved from TCP's flags."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "no-answer"
ACTIVITY_START = "45"


def solve(given: Given) -> dict[str, Any]:
    caller = given.address("outside")
    calls = f"tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.src == {caller}"
    address, port, local = given.packets(calls, "ip.dst", "tcp.dstport", "tcp.srcport")[0]
    ends = "(tcp.flags.reset == 1 || tcp.flags.fin == 1)"
    ended = f"{ends} && tcp.dstport == {local} && ip.src == {address}"
    frame = given.packets(ended, "frame.number")[0][0]
    types = given.packets(f"ses && ip.dst == {caller}", "ses.type")
    answer = f"tcp.flags.syn == 1 && tcp.flags.ack == 1 && tcp.dstport == {local}"
    accepted = given.packets(answer, "frame.number")
    return {
        "called": f"{address}:{port}",
        "end": frame,
        "before": [each for (line,) in types for each in line.split(",")].count(ACTIVITY_START),
        "cause": given.choice("cause", "a proxy takes" if accepted else "TCP resets"),
        "event": f"1294 at {given.mta('outside')}",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
