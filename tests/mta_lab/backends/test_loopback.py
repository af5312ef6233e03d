"""Where loopback puts a topology, and what it cannot show."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labkit.config import ConfigurationError
from mta_lab.backends.loopback import Loopback, move, move_address, places
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"

Command = Callable[..., CompletedProcess[str]]


def test_loopback_moves_every_address_and_the_port() -> None:
    placement = Loopback().place(load_topology(SEED), 10102)
    mtas = placement.topology.mtas
    assert placement.topology.networks["outside"] == IPv4Network("127.0.113.0/24")
    assert mtas["EXTERNAL"].server.transport_stack.address == IPv4Address("127.0.113.10")
    assert mtas["EXTERNAL"].server.transport_stack.port == 10102
    assert mtas["EXTERNAL"].connectors[0].stack.address == IPv4Address("127.0.113.1")
    proxy = placement.topology.proxies()["firewall"]
    assert proxy.services[0].destination.port == 10102
    assert placement.in_file(IPv4Address("127.0.100.10")) == IPv4Address("198.51.100.10")


@pytest.mark.parametrize(
    ("networks", "placed"),
    [
        (["203.0.113.0/24", "198.51.100.0/24"], ["127.0.113.0/24", "127.0.100.0/24"]),
        (["10.1.113.0/24", "10.2.113.0/24"], ["127.0.113.0/24", "127.1.0.0/24"]),
        (["10.1.0.0/16", "192.0.2.0/30"], ["127.1.0.0/16", "127.0.2.0/30"]),
        (["10.1.2.0/24", "10.1.0.0/16"], ["127.1.2.0/24", "127.1.0.0/16"]),  # a part of the other
        (["10.0.0.0/9", "192.0.2.0/24"], ["127.128.0.0/9", "127.0.2.0/24"]),
    ],
)
def test_networks_lie_side_by_side_on_loopback(networks: list[str], placed: list[str]) -> None:
    found = places(map(IPv4Network, networks))
    assert [str(found[IPv4Network(network)]) for network in networks] == placed


@pytest.mark.parametrize(
    ("networks", "placed"),
    [
        (["203.0.113.0/24", "198.51.100.0/24"], ["127.8.113.0/24", "127.8.100.0/24"]),
        (["10.1.113.0/24", "10.2.113.0/24"], ["127.8.113.0/24", "127.9.0.0/24"]),
    ],
)
def test_a_part_has_the_networks_as_the_whole_has_them(
    networks: list[str], placed: list[str]
) -> None:
    found = places(map(IPv4Network, networks), IPv4Network("127.8.0.0/14"))
    assert [str(found[IPv4Network(network)]) for network in networks] == placed


def test_two_that_are_played_at_once_share_no_address_and_have_the_same_port() -> None:
    """Their questions whether port 102 is to be had do not meet."""
    topology = load_topology(SEED)
    with Loopback().placed(topology) as one, Loopback().placed(topology) as other:
        assert one.port == other.port == Loopback().place(topology).port
        assert not {*one.addresses.values()} & {*other.addresses.values()}
        for placement in (one, other):
            wire = placement.topology.mtas["INTERNAL"].server.transport_stack.address
            assert placement.in_file(wire) == IPv4Address("198.51.100.10")


def test_one_goes_where_no_lab_is_up() -> None:
    topology = load_topology(SEED)
    with Loopback().placed(topology, 10102) as before:
        pass
    (*_, used) = before.addresses.values()
    with socket.create_server((str(used), 10102)), Loopback().placed(topology, 10102) as placement:
        assert used not in placement.addresses.values()


def test_a_network_larger_than_a_part_has_the_whole(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    seed["networks"]["large"] = "10.64.0.0/12"
    with Loopback().placed(load_topology(write(seed)), 10102) as placement:
        large = placement.topology.networks["large"]
    assert (large.prefixlen, large.overlaps(IPv4Network("127.0.0.0/16"))) == (12, False)


def test_port_102_is_not_used_where_somebody_has_it_at_all_addresses() -> None:
    with socket.socket() as everywhere:
        everywhere.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            everywhere.bind(("0.0.0.0", 102))
        except OSError:
            pytest.skip("this user may not listen on port 102, or somebody does")
        everywhere.listen()
        assert Loopback().place(load_topology(SEED)).port == 10102


def test_a_network_that_does_not_fit_is_refused(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    seed["networks"]["huge"] = "10.0.0.0/8"
    with pytest.raises(ConfigurationError, match=r"networks\.huge: .* --backend netns has it"):
        Loopback().place(load_topology(write(seed)), 10102)


@given(
    st.lists(
        st.builds(
            lambda start, prefix: IPv4Network((start >> (32 - prefix) << (32 - prefix), prefix)),
            st.integers(0, 2**32 - 1),
            st.integers(12, 30),
        ),
        max_size=8,
    )
)
def test_no_two_addresses_become_one(networks: list[IPv4Network]) -> None:
    """And what is a part of another network stays one."""
    found = places(networks)
    assert set(found) == set(networks)
    for one, other in combinations(found, 2):
        assert found[one].overlaps(found[other]) is one.overlaps(other)
        assert found[one].prefixlen == one.prefixlen
    for network, place in found.items():
        assert place.subnet_of(IPv4Network("127.0.0.0/8"))
        assert move_address(network[0], found) == place[0]
        assert move_address(network[-1], found) == place[-1]


def test_only_addresses_in_the_networks_move() -> None:
    networks = {IPv4Network("203.0.113.0/24"): IPv4Network("127.0.113.0/24")}
    moved = move(
        {"a": "203.0.113.7", "b": "192.0.2.1", "203.0.113.8": ["x"], "port": 102}, networks, 9
    )
    assert moved == {"a": "127.0.113.7", "b": "192.0.2.1", "127.0.113.8": ["x"], "port": 9}


def test_loopback_refuses_to_show_what_it_cannot(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    """A call across the firewall where no tunnel leads would succeed on loopback."""
    seed["mtas"]["EXTERNAL"]["connectors"][0]["stack"]["address"] = "198.51.100.10"
    seed["expect"] = {}
    with pytest.raises(ConfigurationError, match=r"no tunnel lets 203\.0\.113\.10 call"):
        Loopback().place(load_topology(write(seed)), 10102)


def test_loopback_refuses_a_play_whose_tunnels_change(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    seed["play"].append({"set": {"firewall.tunnels": []}})
    complaint = r"play\.5\.set\.firewall\.tunnels: on loopback .* --backend netns shows it"
    with pytest.raises(ConfigurationError, match=complaint):
        Loopback().place(load_topology(write(seed)), 10102)


def test_an_ipv6_topology_is_refused_and_netns_named() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Loopback().place(load_topology(LABS / "q196381-ipv6.yaml"))
    assert str(refused.value) == (
        "q196381-ipv6: the loopback backend cannot show this: networks.outside "
        "(2001:db8:113::/64), networks.inside (2001:db8:100::/64): IPv6, which takes a network of "
        "the lab's own; --backend netns has one"
    )
