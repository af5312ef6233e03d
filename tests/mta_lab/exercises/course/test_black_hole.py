"""Large mail does not pass: solved from what is sent again, on both sides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SLOW_SEEDS, Given, assert_solved

NAME = "black-hole"
OUTSIDE, INSIDE = "capture-outside.pcapng", "capture-inside.pcapng"


def solve(given: Given) -> dict[str, Any]:
    outer, inner = given.address("outside"), given.address("inside")
    sent = f"tcp.len > 0 && ip.src == {outer}"
    fields = ("frame.number", "tcp.seq_raw", "frame.time_epoch")
    said = given.packets(sent, *fields, capture=OUTSIDE)
    numbers = [number for _, number, _ in said]
    frame, lost, at = next(each for each in said if numbers.count(each[1]) > 2)
    arrives = given.packets(f"tcp.seq_raw == {lost} && {sent}", "frame.number", capture=INSIDE)
    later = f"frame.time_epoch > {at} && ip.src == {outer}"
    small = given.packets(later, "frame.number", capture=INSIDE)
    if arrives:
        cause = "lost on the inside"
    else:
        cause = "before they reach" if small else "from some moment"
    confirmed = given.packets(f"ses.type == 42 && ip.src == {inner}", "ses.type", capture=OUTSIDE)
    return {
        "delivered": len(confirmed),
        "sent_again": frame,
        "sequence": lost,
        "cause": given.choice("cause", cause),
        "event": f"1294 at {given.mta('inside')}",
    }


@pytest.mark.parametrize("seed", SLOW_SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
