"""Which host is on which network, and what all is called."""

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from mta_lab.backends.loopback import unmoved
from mta_lab.backends.wiring import attachments, bridges, namespace
from mta_lab.lab.directory import Lab
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    placement = unmoved("netns", load_topology(LABS / "q196381.yaml"), None)
    return Lab(
        name="seed", placement=placement, scale=1, origin=datetime.now(UTC), directory=tmp_path
    )


def test_the_firewall_is_on_both_networks(lab: Lab) -> None:
    assert [(at.host, at.network, at.addresses) for at in attachments(lab)] == [
        ("EXTERNAL", "outside", (IPv4Address("203.0.113.10"),)),
        ("INTERNAL", "inside", (IPv4Address("198.51.100.10"),)),
        ("firewall", "outside", (IPv4Address("203.0.113.1"),)),
        ("firewall", "inside", (IPv4Address("198.51.100.1"),)),
    ]


def test_names_are_short_enough_for_interfaces_and_no_two_are_alike(lab: Lab) -> None:
    ports = [at.port for at in attachments(lab)]
    assert all(len(port) <= 15 for port in ports)
    assert len(set(ports)) == len(ports)


def test_no_namespace_of_one_lab_looks_like_anothers(lab: Lab) -> None:
    other = lab.model_copy(update={"name": "seed-2"})
    assert bridges(lab).name == "x400-seed"
    assert namespace(lab, "EXTERNAL").name == "x400-seed:EXTERNAL"
    for each in (bridges(other), namespace(other, "EXTERNAL")):
        assert not each.name.startswith(namespace(lab, "").name)
