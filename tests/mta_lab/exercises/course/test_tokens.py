"""Versions and tokens: solved from CONNECT, ACCEPT and the SPDUs by which control changes sides."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "tokens"
GIVE_CONFIRM, ACTIVITY_START = "ses.type == 21", "45"
VERSIONS = ("ses.protocol_version1", "ses.protocol_version2")


def solve(given: Given) -> dict[str, Any]:
    caller, called = given.pair
    [proposed] = given.between("ses.type == 13", *VERSIONS)
    [accepted] = given.between("ses.type == 14", *VERSIONS)
    times = [frame for (frame,) in given.between(GIVE_CONFIRM, "frame.number")]
    of_called = given.between(f"ip.src == {called}", "ses.type")
    types = [each for (line,) in of_called for each in line.split(",")]
    return {
        "proposed": _octet(proposed),
        "accepted": _octet(accepted),
        "changes": len(times),
        "last": times[-1],
        "messages": types.count(ACTIVITY_START),
        "asked": f"ip.src == {caller} && ip.dst == {called} && ({GIVE_CONFIRM} || rtse.rttp_apdu)",
    }


def _octet(bits: list[str]) -> int:
    """The octet of the version number, from its first bit and its second."""
    first, second = (bit in ("1", "True") for bit in bits)
    return first + 2 * second


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
