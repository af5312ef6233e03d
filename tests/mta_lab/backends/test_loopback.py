"""Where loopback puts a topology, and what it cannot show."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.loopback import Loopback, move
from mta_lab.topology.files import load_topology

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
    assert placement.topology.firewall is not None
    assert placement.topology.firewall.services[0].destination.port == 10102
    assert placement.in_file(IPv4Address("127.0.100.10")) == IPv4Address("198.51.100.10")


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
    with pytest.raises(ConfigurationError, match="no firewall tunnel joins them"):
        Loopback().place(load_topology(write(seed)), 10102)


def test_loopback_refuses_a_play_whose_tunnels_change(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    seed["play"].append({"set": {"firewall.tunnels": []}})
    complaint = r"play\.5\.set\.firewall\.tunnels: on loopback .* --backend netns shows it"
    with pytest.raises(ConfigurationError, match=complaint):
        Loopback().place(load_topology(write(seed)), 10102)
