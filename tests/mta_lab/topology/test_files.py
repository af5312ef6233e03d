"""Topologies: who is in one, and who calls whom."""

from pathlib import Path

import pytest

from mta_lab.topology.files import mta_address
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"
#: Labs to begin with, after no article.
READY = {"amhsland"}


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_named_after_its_article_or_is_a_trap_or_ready(path: Path) -> None:
    topology = load_topology(path)
    assert topology.name == path.stem
    begins = (topology.article or "trap-").lower()
    assert path.stem.startswith(begins) is not (path.stem in READY)
    assert topology.description
    assert topology.symptom
    assert topology.expect.flows


def test_the_centres_of_amhsland_have_all_kinds_of_selectors_and_passwords() -> None:
    servers = [each.server for each in load_topology(LABS / "amhsland.yaml").mtas.values()]
    assert [each.local_mta_password for each in servers] == ["secret", "", " "]
    assert [each.transport_stack.selectors.t for each in servers] == [b"MTA1", b"\x00\x02", b""]
    domains = [each.global_domain for each in servers]
    assert [each.private_domain for each in domains] == [f"AMHSLAND-{n}" for n in (1, 2, 3)]
    assert {(each.country, each.administration_domain) for each in domains} == {("XX", "ICAO")}


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
