"""A play that stops at each step, until Enter."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mta_lab.play.walk import hints
from mta_lab.topology.play import PlayStep
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"


@pytest.mark.parametrize("typed", ["\n" * 9, ""], ids=["Enter", "end of input"])
def test_it_stops_at_each_step_and_says_what_to_see(
    lab_process: Callable[..., object], tmp_path: Path, typed: str
) -> None:
    arguments = ("run", "--step", LABS / "q196381-tunnel.yaml", "--capture", tmp_path)
    done = lab_process(*arguments, typed=typed)
    assert done.returncode == 0, done.stderr
    steps = load_topology(LABS / "q196381-tunnel.yaml").play
    for number, step in enumerate(steps, 1):
        assert f"{number}. {step}\n" in done.stderr
    assert done.stderr.count("Enter: step ") == (len(steps) if typed else 1)
    assert "look: does it wait or go? mta-lab exec --lab q196381-tunnel EXTERNAL" in done.stderr
    assert "wireshark" in done.stderr


@pytest.mark.parametrize(
    "step",
    [
        {"send": {"at": "A", "from": "C=US;A= ;S=A", "to": "C=US;A= ;S=B"}},
        {"await": "settled"},
        {"queued": {"A": 1}},
        {"set": {"firewall.transparency": "on"}},
        {"restart": "A"},
        {"fault": {"on": "outside", "drop": 5}},
    ],
)
def test_each_kind_of_step_has_something_to_see(step: dict[str, object]) -> None:
    seen = hints(PlayStep.model_validate(step), "x", "outside")
    assert seen
    assert any("mta-lab" in each for each in seen)
