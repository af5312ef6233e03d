"""Who is where in a topology."""

from ipaddress import IPv4Address, ip_network

import pytest

from labkit.addresses import parse_address
from labkit.config import ConfigurationError
from mta_lab.topology.addressing import Interface, by_network, free_address
from tests.mta_lab.topologies import in_a_row


def test_firewalls_have_the_interfaces_of_the_file_and_others_one_for_each_network() -> None:
    interfaces = {
        "wan": {"address": "203.0.113.1"},
        "wan2": {"address": "203.0.113.2"},
        "transit": {"address": "192.0.2.1"},
    }
    addressing = in_a_row(fw1={"interfaces": interfaces, "services": None}).addressing()
    assert [(each.name, each.network) for each in addressing.of_host("FW1")] == [
        ("wan", "outside"),
        ("wan2", "outside"),
        ("transit", "transit"),
    ]
    (north,) = addressing.of_host("NORTH")
    assert north == Interface("NORTH", "outside", "outside", (IPv4Address("203.0.113.10"),))
    assert [each.host for each in addressing.on_network("outside")] == ["NORTH", "FW1", "FW1"]


def test_an_address_leads_to_its_host_and_its_network() -> None:
    addressing = in_a_row().addressing()
    assert addressing.host_at(IPv4Address("192.0.2.2")) == "FW2"
    assert addressing.host_at(IPv4Address("192.0.2.3")) is None
    assert addressing.network_of(IPv4Address("192.0.2.3")) == "transit"
    assert addressing.network_of(IPv4Address("10.0.0.1")) is None


def test_addresses_of_one_network_share_an_interface() -> None:
    networks = in_a_row().networks
    addresses = [IPv4Address(f"{each}.10") for each in ("203.0.113", "192.0.2")]
    addresses.append(IPv4Address("203.0.113.11"))
    assert [(each.name, len(each.addresses)) for each in by_network("A", networks, addresses)] == [
        ("outside", 2),
        ("transit", 1),
    ]


@pytest.mark.parametrize(
    ("network", "taken", "free"),
    [
        ("203.0.113.0/24", [], "203.0.113.254"),
        ("203.0.113.0/24", ["203.0.113.254", "203.0.113.253"], "203.0.113.252"),
        ("2001:db8::/64", [], "2001:db8::ffff:ffff:ffff:fffe"),
    ],
)
def test_the_last_free_address_of_a_network(network: str, taken: list[str], free: str) -> None:
    assert str(free_address(ip_network(network), map(parse_address, taken))) == free


def test_a_network_may_be_full() -> None:
    taken = map(parse_address, ("203.0.113.1", "203.0.113.2"))
    with pytest.raises(ConfigurationError, match=r"no address of 203\.0\.113\.0/30 is free"):
        free_address(ip_network("203.0.113.0/30"), taken)
