"""Accepted, and given up: solved from the bind result and the configurations."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "wrong-answer"


def solve(given: Given) -> dict[str, Any]:
    (caller, called), (source, destination) = (
        [name for name, _ in given.hosts][:2],
        given.pair,
    )
    fields = ("frame.number", "p1.authenticated.responder-name")
    [(frame, name)] = given.between(f"ip.src == {destination} && ses.type == 14", *fields)
    after = f"ip.src == {source} && ses && frame.number > {frame}"
    expected = given.configuration(caller)["connectors"][0]["general"]

    def change(document: Any) -> None:
        override = document["connectors"][0]["override"]
        override.pop("local_mta_name", None)
        override["local_mta_password"] = expected["remote_mta_password"]

    given.change(called, change)
    what = "password" if name == expected["remote_mta_name"] else "name"
    return {
        "accepted": frame,
        "name": name,
        "given_up": given.between(after, "frame.number")[0][0],
        "event": f"48 at {caller}",
        "cause": given.choice("cause", f"answers with another {what}"),
        "repair": "done",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(
    made: Callable[[str, str, Path], Path], seed: str, tmp_path: Path
) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)
