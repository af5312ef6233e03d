"""Two errors of a bind: solved from the refusal and the configurations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.directory import check
from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "bind-errors"
DIALOGUE_MODE = "3"
Made = Callable[[str, str, Path], Path]


def solve(given: Given) -> dict[str, Any]:
    caller, called, _ = (name for name, _ in given.hosts)
    [(frame, error)] = given.between("p1.MTABindError", "frame.number", "p1.MTABindError")
    password = given.configuration(caller)["connectors"][0]["override"]["local_mta_password"]

    def change(document: Any) -> None:
        connector = document["connectors"][0]
        connector["advanced"]["two_way_alternate"] = True
        connector["general"]["remote_mta_password"] = password

    given.change(called, change)
    is_mode = error == DIALOGUE_MODE
    return {
        "refusal": frame,
        "error": error,
        "event": f"{55 if is_mode else 51} at {called}",
        "cause": given.choice("cause", "dialogue mode" if is_mode else "password"),
        "repair": "done",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(made: Made, seed: str, tmp_path: Path) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)


def test_a_wrong_repair_is_found_wrong(made: Made, tmp_path: Path) -> None:
    given = Given(made(NAME, "0", tmp_path))

    def another_size(document: Any) -> None:
        document["connectors"][0]["override"]["checkpoint_size"] = 5

    given.change([name for name, _ in given.hosts][1], another_size)
    given.answer({"repair": "done"})
    assert not check(given.directory).marks[-1].right
