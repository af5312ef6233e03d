"""Lifelines: the hosts of a topology in the order of the way, and those that a capture shows."""

from pathlib import Path

import pytest

from mta_lab.topology.reading import load_topology
from mta_lab.web.model.columns import Columns
from mta_lab.web.model.joined import joined
from tests.mta_lab.web.captured import refused

LABS = Path(__file__).parents[4] / "labs"
A, OUTSIDE = "203.0.113.10:4001", "203.0.113.1:102"
INSIDE, B = "198.51.100.1:5001", "198.51.100.10:102"


@pytest.mark.parametrize(
    ("lab", "across"),
    [
        ("q196381", ["EXTERNAL", "firewall", "INTERNAL"]),
        ("q196381-two-firewalls", ["EXTERNAL", "OUTER", "INNER", "INTERNAL"]),
    ],
)
def test_firewalls_stand_between_the_hosts_of_a_topology(lab: str, across: list[str]) -> None:
    columns = Columns.of_topology(load_topology(LABS / f"{lab}.yaml"))
    assert [line.name for line in columns.lifelines] == across


@pytest.mark.parametrize("lab", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_host_of_a_topology_has_one(lab: Path) -> None:
    topology = load_topology(lab)
    names = [line.name for line in Columns.of_topology(topology).lifelines]
    assert sorted(names) == sorted(topology.host_addresses())


@pytest.mark.parametrize(
    ("outer", "inner", "own"),
    [
        ((A, OUTSIDE), (INSIDE, B), ["203.0.113.1", "198.51.100.1"]),
        ((A, OUTSIDE), (A, B), ["203.0.113.1"]),  # client-side transparency
        ((A, B), (INSIDE, B), ["198.51.100.1"]),  # the source alone is rewritten
        ((A, B), ("203.0.113.10:9", B), []),  # neither, but another connection
    ],
)
def test_what_lies_between_is_a_firewalls(
    outer: tuple[str, str], inner: tuple[str, str], own: list[str]
) -> None:
    legs = refused(*outer, 1, names=("EAST",)), refused(*inner, 3, names=("", "WEST"))
    columns = Columns()
    ways = columns.ways(joined(legs))
    caller, firewall, called = columns.lifelines
    assert [line.kind for line in columns.lifelines] == ["address", "firewall", "address"]
    assert caller.name == "EAST"
    assert [str(each) for each in caller.addresses] == ["203.0.113.10"]
    assert sorted(map(str, firewall.addresses)) == sorted(own)
    assert called.name == "WEST"
    assert ways[id(legs[0])] == (caller, firewall)
    assert ways[id(legs[1])] == (firewall, called)


def test_the_way_back_uses_the_same_columns() -> None:
    there = refused(A, OUTSIDE, 1), refused(INSIDE, B, 3)
    back = (
        refused("198.51.100.10:7", "198.51.100.1:102", 101, octets=b"b" * 80),
        refused("203.0.113.1:8", "203.0.113.10:102", 103, octets=b"b" * 80),
    )
    columns = Columns()
    ways = columns.ways(joined([*back, *there]))
    assert len(columns.lifelines) == 3
    assert ways[id(back[0])] == ways[id(there[1])][::-1]
    assert ways[id(back[1])] == ways[id(there[0])][::-1]


def test_a_call_that_only_reached_the_firewall_has_it_as_its_end() -> None:
    lonely = refused("203.0.113.10:3", OUTSIDE, 1, octets=b"")
    columns = Columns()
    ways = columns.ways(joined([lonely, refused(A, OUTSIDE, 101), refused(INSIDE, B, 103)]))
    assert ways[id(lonely)][1].kind == "firewall"


def test_a_name_of_a_peer_is_written_out() -> None:
    columns = Columns()
    columns.ways(joined([refused(A, B, 1, names=("E\x1b[2J\u202eX",))]))
    assert columns.lifelines[0].name == "E\\x1b[2J\\u202eX"
