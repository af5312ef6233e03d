"""Two firewalls in a row: solved from three captures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.exercises.directory import check
from tests.mta_lab.exercises.solving import SEEDS, Given, assert_solved

NAME = "two-firewalls"
Made = Callable[[str, str, Path], Path]


def transparent(given: Given, firewall: str, *, on: bool) -> None:
    def change(document: Any) -> None:
        document["services"][0]["client_side_transparency"] = on

    given.change(firewall, change)


def source(given: Given, network: str, to: str) -> str:
    call = f"tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst == {to}"
    return given.packets(call, "ip.src", capture=f"capture-{network}.pcapng")[0][0]


def solve(given: Given) -> dict[str, Any]:
    inner = given.address("inside")
    seen = source(given, "transit", given.hosts["DOOR", "transit"])
    inside = source(given, "inside", inner)
    refused = f"ses.type == 12 && ip.src == {inner}"
    transparent(given, "DOOR", on=False)
    does = "both firewalls leave" if seen == given.address("outside") else "inner one leaves"
    return {
        "source_transit": seen,
        "source_inside": inside,
        "refusal": given.packets(refused, "frame.number", capture="capture-inside.pcapng")[0][0],
        "who_keeps": given.choice("who_keeps", does),
        "repair": "done",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_a_solver_gets_full_marks(made: Made, seed: str, tmp_path: Path) -> None:
    assert_solved(made, NAME, seed, tmp_path, solve)


@pytest.mark.parametrize("on", [False, True])
def test_the_outer_firewall_is_no_repair(made: Made, on: bool, tmp_path: Path) -> None:
    given = Given(made(NAME, "0", tmp_path))
    transparent(given, "WALL", on=on)
    given.answer({"repair": "done"})
    assert not check(given.directory).marks[-1].right
