"""Topologies as text."""

from pathlib import Path

import pytest

from labkit.console import display
from mta_lab.topology.drawing import catalogue, drawing
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"


def test_the_seed_as_a_tree(capsys: pytest.CaptureFixture[str]) -> None:
    display(drawing(load_topology(LABS / "q196381.yaml")))
    drawn = [line.strip("├└│─ ") for line in capsys.readouterr().out.splitlines()]
    assert drawn == [
        "q196381: Mail piles up outside the firewall and leaves when the inside writes",
        "outside 203.0.113.0/24",
        "EXTERNAL 203.0.113.10",
        "connector FIREWALL to 203.0.113.1, that is INTERNAL; schedule always",
        "firewall 203.0.113.1 (outside)",
        "x400-inbound passes on to 198.51.100.10:102",
        "inside 198.51.100.0/24",
        "INTERNAL 198.51.100.10",
        "connector FIREWALL to 198.51.100.1, that is EXTERNAL; schedule always",
        "firewall 198.51.100.1 (inside)",
        "x400-outbound passes on to 203.0.113.10:102",
    ]


def test_the_catalogue(capsys: pytest.CaptureFixture[str]) -> None:
    path = LABS / "q196381-tunnel.yaml"
    topology = load_topology(path)
    display(catalogue({path: topology}))
    row = capsys.readouterr().out.splitlines()[-1]
    assert all(each in row for each in (path.stem, topology.title, topology.symptom))
