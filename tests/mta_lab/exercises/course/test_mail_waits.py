"""The seed with three causes: solved from the capture and the configurations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.directory import check
from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "mail-waits"


def cause(given: Given) -> str:
    inner = given.address("inside")
    called = given.configuration(given.mta("inside"))["connectors"][0]
    bind = f"p1.authenticated.initiator-name && ip.dst == {inner}"
    found = given.packets(bind, "ip.src", "p1.authenticated.initiator-name")
    source, name = found[0]
    if source != called["stack"]["address"]:
        return "source address"
    return "another name" if name != called["general"]["remote_mta_name"] else "password"


def solve(given: Given) -> dict[str, Any]:
    inner = given.address("inside")
    refusals = given.packets(f"ses.type == 12 && ip.src == {inner}", "frame.number", "p1")
    why = cause(given)
    repair(given, why)
    return {
        "refusal": refusals[0][0],
        "layer": "mts" if refusals[0][1] else "session",
        "event": f"{1293 if why == 'source address' else 51} at {given.mta('inside')}",
        "cause": given.choice("cause", why),
        "repair": "done",
    }


def repair(given: Given, why: str) -> None:
    caller = given.configuration(given.mta("outside"))

    def change(document: Any) -> None:
        if why == "source address":
            document["services"][0]["client_side_transparency"] = False
            return
        general = document["connectors"][0]["general"]
        general["remote_mta_name"] = caller["server"]["name"]
        own = caller["connectors"][0]["override"]["local_mta_password"]
        general["remote_mta_password"] = own

    given.change("WALL" if why == "source address" else given.mta("inside"), change)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)


def test_nothing_repaired_is_found_wrong(
    made: Callable[[str, str, Path], Path], tmp_path: Path
) -> None:
    given = Given(made(NAME, "0", tmp_path))
    given.answer({"repair": "done"})
    mark = check(given.directory).marks[-1]
    assert (mark.right, mark.points) == (False, 0)
    assert "refused" in mark.feedback


def test_a_wrong_repair_is_found_wrong(
    made: Callable[[str, str, Path], Path], tmp_path: Path
) -> None:
    given = Given(made(NAME, "0", tmp_path))
    real = cause(given)
    repair(given, "password" if real == "source address" else "source address")
    given.answer({"repair": "done"})
    mark = check(given.directory).marks[-1]
    assert (mark.right, mark.points) == (False, 0)
