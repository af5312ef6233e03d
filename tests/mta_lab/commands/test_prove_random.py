"""`mta-lab prove --random`: what it says when all agree, and when something differs."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mta_emu.mta.connector import responder
from mta_emu.mta.policy.admission import Admitted, admit
from mta_lab.commands import prove_random
from mta_lab.rehearsal.randomlabs.trials import Tried, draw
from mta_lab.topology.reading import load_topology

Command = Callable[..., Any]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ((), "name a topology, or give --random"),
        (("labs/q196381.yaml", "--random", "3"), "name a topology, or give --random"),
        (("--random", "0"), "--random"),
        (("labs/q196381.yaml", "--dask", "tcp://192.0.2.1:8786"), "--dask: goes with --random"),
        (("labs/q196381.yaml", "--write", "least.yaml"), "--write: goes with --random"),
        (("labs/q196381.yaml", "--seed", "0"), "--seed: goes with --random"),
        (("--random", "1", "--sheet", "s.html"), "--sheet: does not go with --random"),
        (("--random", "1", "--backend", "netns"), "--backend: does not go with --random"),
        (("--random", "1", "--delivered"), "--delivered: does not go with --random"),
    ],
)
def test_a_file_or_a_number_is_wanted(
    lab_command: Command, arguments: tuple[str, ...], complaint: str
) -> None:
    done = lab_command("prove", *arguments)
    assert done.returncode == 2
    assert complaint in done.stderr


def test_what_agrees_is_counted(lab_command: Command) -> None:
    done = lab_command("prove", "--random", "2", "--seed", "3", "--jobs", "2")
    assert done.returncode == 0, done.stdout
    first, second = done.stdout.splitlines()
    assert first.startswith("seed 3: 2 topologies, ")
    assert second == "2 agree with the prediction, 0 differ"


@pytest.fixture
def strict(monkeypatch: pytest.MonkeyPatch) -> None:
    """MTAs let nobody in whom their policy would let in: so all mail that is predicted to go."""

    def decide(connectors: Any, caller: Any, associations: Any) -> Any:
        decided = admit(connectors, caller, associations)
        return admit([], caller, {}) if isinstance(decided, Admitted) else decided

    monkeypatch.setattr(responder, "admit", decide)


@pytest.mark.usefixtures("strict")
def test_the_smallest_that_differs_is_shown_and_written(
    lab_command: Command, tmp_path: Path
) -> None:
    small = tmp_path / "small.yaml"
    arguments = ("prove", "--random", "1", "--jobs", "1")
    done = lab_command(*arguments, "--write", small)
    assert done.returncode == 1
    assert "0 agree with the prediction, 1 differ" in done.stdout
    assert "A -> B" in done.stdout
    assert len(load_topology(small).mtas) == 2
    shown = json.loads(lab_command(*arguments, "--json").stdout)
    assert (shown["topologies"], shown["differ"]) == (1, [0])
    assert shown["smallest"] == small.read_text("utf-8")


def test_what_is_drawn_twice_and_differs_once_is_shown_as_it_was_seen(
    lab_command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    agrees: Any = SimpleNamespace(agrees=True, flows=())
    tries = iter((Tried(agrees), Tried(None, "it broke"), Tried(agrees)))
    (text,) = draw(1, 0)
    monkeypatch.setattr(prove_random, "draw", lambda *_: [text, text])
    monkeypatch.setattr(prove_random, "try_one", lambda _: next(tries))
    monkeypatch.setattr(prove_random, "smallest", lambda *_: None)
    done = lab_command("prove", "--random", "2", "--jobs", "1")
    assert done.returncode == 1
    assert "the difference did not come again; this is how it was seen:\nit broke" in done.stdout
