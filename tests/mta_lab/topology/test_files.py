"""Topologies: who is in one, and who calls whom."""

from pathlib import Path

import pytest

from mta_lab.topology.files import mta_address
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_named_after_its_article_or_is_a_trap(path: Path) -> None:
    topology = load_topology(path)
    assert topology.name == path.stem
    assert path.stem.startswith((topology.article or "trap-").lower())
    assert topology.description
    assert topology.symptom
    assert topology.expect.flows


def test_flows_follow_the_connectors_through_the_firewall() -> None:
    topology = load_topology(SEED)
    assert topology.flows() == [("EXTERNAL", "INTERNAL"), ("INTERNAL", "EXTERNAL")]


def test_a_copy_of_a_topology_finds_its_own_mtas() -> None:
    topology = load_topology(LABS / "q196381.yaml")
    address = mta_address(topology.mtas["EXTERNAL"])
    assert topology.mta_at(address) == "EXTERNAL"
    fewer = topology.model_copy(update={"mtas": {"INTERNAL": topology.mtas["INTERNAL"]}})
    assert fewer.mta_at(address) is None
    assert topology.mta_at(address) == "EXTERNAL"
