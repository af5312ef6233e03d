"""Which path packets go: what follows from the networks, and what is given."""

from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import Any

import pytest

from mta_lab.topology.files import Topology
from tests.mta_lab.topologies import NETWORKS, in_a_row, mta, over_ipv6

NORTH, SOUTH = IPv4Address("203.0.113.10"), IPv4Address("198.51.100.10")


def lines(topology: Topology, host: str) -> list[tuple[str, str]]:
    return [(str(route.to), str(route.via or "-")) for route in topology.routing().table(host)]


def test_routes_follow_from_the_networks() -> None:
    assert lines(in_a_row(), "NORTH") == [
        ("203.0.113.0/24", "-"),
        ("192.0.2.0/24", "203.0.113.1"),
        ("198.51.100.0/24", "203.0.113.1"),
        ("0.0.0.0/0", "203.0.113.1"),
    ]
    assert lines(in_a_row(), "FW1") == [
        ("203.0.113.0/24", "-"),
        ("192.0.2.0/24", "-"),
        ("198.51.100.0/24", "192.0.2.2"),
    ]


def test_routes_of_ipv6_follow_from_the_networks() -> None:
    assert lines(over_ipv6(in_a_row()), "NORTH") == [
        ("2001:db8:1::/64", "-"),
        ("2001:db8:2::/64", "2001:db8:1::1"),
        ("2001:db8:3::/64", "2001:db8:1::1"),
        ("::/0", "2001:db8:1::1"),
    ]
    assert lines(over_ipv6(in_a_row()), "FW2") == [
        ("2001:db8:2::/64", "-"),
        ("2001:db8:3::/64", "-"),
        ("2001:db8:1::/64", "2001:db8:2::1"),
    ]


FW1 = {"outside": {"address": "203.0.113.1"}, "transit": {"address": "192.0.2.1"}}
#: FW1 and NORTH also have a network of IPv6, on which nobody else is.
SIX = ip_address("2001:db8::10")
BOTH = {
    "networks": {
        **{name: f"{start}.0/24" for name, start in NETWORKS.items()},
        "six": "2001:db8::/64",
        "seven": "2001:db8:7::/64",
    },
}


def of_both_versions() -> Topology:
    fw1 = {
        "interfaces": {**FW1, "six": {"address": "2001:db8::1"}, "7": {"address": "2001:db8:7::1"}}
    }
    mtas = {
        "NORTH": mta("203.0.113.10", "203.0.113.1", "NORTH"),
        "SOUTH": mta(str(SOUTH), "x", "S"),
    }
    mtas["NORTH"]["server"]["transport_stack"]["other_addresses"] = [str(SIX)]
    return in_a_row(fw1, mtas=mtas, **BOTH)


def test_no_way_leads_from_one_version_to_the_other() -> None:
    topology = of_both_versions()
    assert lines(topology, "NORTH") == [
        ("203.0.113.0/24", "-"),
        ("2001:db8::/64", "-"),
        ("192.0.2.0/24", "203.0.113.1"),
        ("198.51.100.0/24", "203.0.113.1"),
        ("2001:db8:7::/64", "2001:db8::1"),
        ("0.0.0.0/0", "203.0.113.1"),
        ("::/0", "2001:db8::1"),
    ]
    assert ("2001:db8::/64", "192.0.2.1") not in lines(topology, "SOUTH")
    path = topology.routing().path("SOUTH", SIX)
    assert not path.reached
    assert path.reason.text == f"SOUTH has no route to {SIX}"
    assert topology.routing().path("NORTH", ip_address("2001:db8:7::1")).reached


def test_a_way_passes_every_firewall_between() -> None:
    path = in_a_row().routing().path("NORTH", SOUTH)
    assert (path.reached, path.boxes) == (True, ("FW1", "FW2"))
    arrived = [hop.arrived.name for hop in path.hops if hop.arrived]
    left = [hop.route.interface.name for hop in path.hops]
    assert (arrived, left) == (["outside", "transit"], ["outside", "transit", "inside"])
    assert in_a_row().routing().path("SOUTH", NORTH).boxes == ("FW2", "FW1")
    assert in_a_row().routing().path("NORTH", NORTH).hops == ()


#: A third firewall, which joins the outside and the inside directly.
SHORT = {
    "engine": "router",
    "interfaces": {"a": {"address": "203.0.113.3"}, "b": {"address": "198.51.100.3"}},
}


def with_short(topology: Topology) -> Topology:
    other = type(topology).model_validate(
        {**topology.model_dump(by_alias=True, exclude_unset=True), "firewalls": {"S": SHORT}}
    )
    return topology.model_copy(update={"firewalls": {**topology.firewalls, **other.firewalls}})


def test_the_nearest_firewall_is_taken() -> None:
    routing = with_short(in_a_row()).routing()
    assert routing.path("NORTH", SOUTH).boxes == ("S",)
    assert routing.path("NORTH", IPv4Address("192.0.2.2")).boxes == ("FW1",)


def test_a_given_route_takes_the_place_of_what_follows() -> None:
    given = {"NORTH": [{"to": "198.51.100.0/24", "via": "203.0.113.1"}]}
    routing = with_short(in_a_row(routes=given)).routing()
    assert routing.path("NORTH", SOUTH).boxes == ("FW1", "S")
    route = routing.route("NORTH", SOUTH)
    assert route
    assert route.reason.place
    assert route.reason.place.path == "routes.NORTH.0"


def test_the_longest_prefix_is_taken() -> None:
    given = {"NORTH": [{"to": "198.51.100.8/29", "via": "203.0.113.1"}]}
    routing = with_short(in_a_row(routes=given)).routing()
    assert routing.path("NORTH", SOUTH).boxes == ("FW1", "S")
    assert routing.path("NORTH", IPv4Address("198.51.100.3")).boxes == ()  # S itself


@pytest.mark.parametrize(
    ("fields", "host", "destination", "why"),
    [
        ({}, "FW1", "10.0.0.1", "FW1 has no route to 10.0.0.1"),
        ({}, "NORTH", "198.51.100.77", "no host has 198.51.100.77, where FW2 sends it"),
        ({}, "NORTH", "10.0.0.1", "FW1 has no route to 10.0.0.1"),
        (
            {
                "fw1": {"routes": [{"to": "10.0.0.0/8", "via": "192.0.2.2"}]},
                "fw2": {"routes": [{"to": "10.0.0.0/8", "via": "192.0.2.1"}]},
            },
            "FW1",
            "10.0.0.1",
            "the routes to 10.0.0.1 go round in a circle at FW1",
        ),
        (
            {"fw1": {"routes": [{"to": "10.0.0.0/8", "via": "192.0.2.99"}]}},
            "FW1",
            "10.0.0.1",
            "no host has 192.0.2.99, where FW1 sends it",
        ),
    ],
)
def test_a_way_that_ends_says_why(
    fields: dict[str, Any], host: str, destination: str, why: str
) -> None:
    path = in_a_row(**fields).routing().path(host, IPv4Address(destination))
    assert not path.reached
    assert path.reason.text == why


def test_a_network_beyond_no_firewall_has_no_route() -> None:
    topology = in_a_row()
    networks = {**topology.networks, "island": IPv4Network("10.1.0.0/16")}
    island = topology.model_copy(update={"networks": networks})
    assert "10.1.0.0/16" not in dict(lines(island, "FW1"))
