"""Every lab: what is predicted of its play is what the file expects, and so what runs show."""

from pathlib import Path

import pytest

from mta_emu.mta.policy import admission
from mta_lab.rehearsal.expected import disagreements, play
from mta_lab.topology.files import load_topology
from tests.mta_lab.rehearsal.changed import LABS, NOW, lab

#: The labs whose play is not predicted to its end, and the step that is not.
NOT_YET = {
    "q154301-connection-reset": "step 2 of the play: wait for event 1294 at EXTERNAL",
    "q157630-fewer-retries": "step 2 of the play: wait for event 290 at NORTH",
    "q157630-retry-and-report": "step 2 of the play: wait for event 290 at NORTH",
    "q163085-off-values": "step 1 of the play: queue alarms",
    "q163085-queue-alarms": "step 1 of the play: queue alarms",
    "q166594-lost-turn": "step 5 of the play: restart firewall",
    "q166594-recovered-turn": "step 5 of the play: restart firewall",
    "q194589-association-limit": (
        "step 3 of the play: set NORTH.connectors.SOUTH.schedule.activation=always"
    ),
    "q194589-higher-threshold": (
        "step 3 of the play: set NORTH.connectors.SOUTH.schedule.activation=always"
    ),
    "q197378-multihomed-caller": "step 6 of the play: wait until SOUTH has delivered 2",
    "q215472-urgent-mail": "step 3 of the play: priority urgent",
}


@pytest.mark.parametrize("file", sorted(LABS.glob("*.yaml")), ids=lambda file: file.stem)
def test_a_lab_is_predicted_as_it_expects(file: Path) -> None:
    topology = load_topology(file)
    played = play(topology, topology.starts or NOW)
    step = NOT_YET.get(file.stem)
    assert played.not_modelled == (f"not modelled: {step}" if step else "")
    assert disagreements(topology, played) == []


def test_a_check_that_the_policy_leaves_out_is_left_out_of_the_prediction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checks = [each for each in admission._CHECKS if each.compare is not admission._address]
    monkeypatch.setattr(admission, "_CHECKS", checks)
    seed = lab("q196381")
    assert list(map(str, disagreements(seed, play(seed, NOW)))) == [
        "EXTERNAL -> INTERNAL: disposition: expected collected, predicted delivered",
        "EXTERNAL -> INTERNAL: delivered_directly: expected 0, predicted delivered",
        "INTERNAL -> EXTERNAL: disposition: expected delivered, predicted collected",
        "INTERNAL -> EXTERNAL: source_seen: expected 203.0.113.1, predicted None",
        "INTERNAL -> EXTERNAL: delivered_directly: expected 1, predicted collected",
        "events of EXTERNAL: expected (1290, 289, 1294, 301), predicted ()",
        "events of INTERNAL: expected (1293,), predicted ()",
    ]


def test_an_open_association_takes_a_control_block() -> None:
    """Q166602: the second caller finds none."""
    topology = lab("q166602-control-blocks")
    first, second = play(topology, NOW).predictions
    assert (first.disposition, second.disposition) == ("delivered", "cut off")
    assert second.events() == {"EAST": (1290, 289, 1294), "SOUTH": (9156,)}
