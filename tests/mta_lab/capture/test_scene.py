"""Who is in a capture: networks, and names of the addresses on the wire."""

from ipaddress import IPv4Address
from pathlib import Path

import pytest

from mta_lab.backends.loopback import Loopback
from mta_lab.capture.scene import Scene
from mta_lab.topology.reading import load_topology

LABS = Path(__file__).parents[3] / "labs"
SCENE = Scene.of(Loopback().place(load_topology(LABS / "q196381.yaml"), 10102))


def test_each_address_on_the_wire_has_the_name_of_its_host() -> None:
    assert {str(address): names for address, names in SCENE.names.items()} == {
        "127.0.113.10": ["EXTERNAL"],
        "127.0.100.10": ["INTERNAL"],
        "127.0.113.1": ["firewall.outside"],
        "127.0.100.1": ["firewall.inside"],
    }
    assert SCENE.port == 10102


def test_names_of_the_topology_are_beside_those_of_the_hosts() -> None:
    topology = load_topology(LABS / "q193380-ptr-record.yaml")
    scene = Scene.of_topology(topology, 102)
    for name, address in topology.hosts.items():
        if address in scene.names:
            assert scene.names[address][0] in topology.host_addresses()
            assert name in scene.names[address][1:]
    assert any(len(names) > 1 for names in scene.names.values())


def test_each_host_is_in_a_network() -> None:
    assert SCENE.network_of(IPv4Address("127.0.100.1")) == "inside"
    assert SCENE.network_by_octets()[bytes([127, 0, 113, 10])] == "outside"
    with pytest.raises(KeyError):
        SCENE.network_of(IPv4Address("192.0.2.1"))
