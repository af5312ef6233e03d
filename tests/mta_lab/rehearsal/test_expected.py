"""Every lab: what is predicted of its play is what the file expects, and so what runs show."""

from pathlib import Path

import pytest

from mta_emu.mta.policy import admission
from mta_lab.rehearsal.expected import disagreements
from mta_lab.rehearsal.play import play
from mta_lab.topology.reading import load_topology
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab


@pytest.mark.parametrize("file", sorted(LABS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_lab_is_predicted_as_it_expects(file: Path) -> None:
    topology = load_topology(file)
    played = play(topology, topology.starts or NOW)
    assert (played.not_modelled, played.failed) == ("", [])
    assert disagreements(topology, played) == []


def test_a_check_that_the_policy_leaves_out_is_left_out_of_the_prediction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks = [each for each in admission._CHECKS if each.compare is not admission._address]
    monkeypatch.setattr(admission, "_CHECKS", checks)
    seed = lab("q196381")
    assert list(map(str, disagreements(seed, play(seed, NOW)))) == [
        "play: expected a step that succeeds, predicted step 3 of the play: "
        "0 messages are queued at EXTERNAL, and not 5",
        "EXTERNAL -> INTERNAL: disposition: expected collected, predicted delivered",
        "EXTERNAL -> INTERNAL: delivered_directly: expected 0, predicted 5",
        "EXTERNAL -> INTERNAL: collected: expected 5, predicted 0",
        "INTERNAL -> EXTERNAL: disposition: expected delivered, predicted collected",
        "INTERNAL -> EXTERNAL: source_seen: expected 203.0.113.1, predicted nothing",
        "INTERNAL -> EXTERNAL: delivered_directly: expected 1, predicted 0",
        "INTERNAL -> EXTERNAL: collected: expected 0, predicted 1",
        "events of EXTERNAL: expected (1290, 289, 1294, 301), predicted ()",
        "events of INTERNAL: expected (1293,), predicted ()",
    ]


def test_an_open_association_takes_a_control_block() -> None:
    """Q166602: the second caller finds none."""
    topology = lab("q166602-control-blocks")
    played = play(topology, NOW)
    first, second = played.predictions
    assert (first.disposition, second.disposition) == ("delivered", "cut off")
    assert played.logged == {"EAST": (1290, 289, 1294), "SOUTH": (9156,)}
