"""The way back from the addresses on the wire to those of the file."""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from mta_lab.lab.placement import Placement
from mta_lab.topology.reading import load_topology

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"
PLACEMENT = Placement(
    backend="loopback",
    topology=load_topology(SEED),
    port=10102,
    addresses={
        IPv4Address("203.0.113.1"): IPv4Address("127.0.113.1"),
        IPv4Address("203.0.113.10"): IPv4Address("127.0.113.10"),
    },
)


def test_an_address_is_that_of_the_file() -> None:
    assert PLACEMENT.in_file(IPv4Address("127.0.113.10")) == IPv4Address("203.0.113.10")
    elsewhere = IPv4Address("192.0.2.9")
    assert PLACEMENT.in_file(elsewhere) == elsewhere


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("127.0.113.10:40000 is not 127.0.113.1.", "203.0.113.10:40000 is not 203.0.113.1."),
        ("127.0.113.100 1.127.0.113.1", "127.0.113.100 1.127.0.113.1"),
        ("nothing", "nothing"),
    ],
)
def test_a_text_has_the_addresses_of_the_file(text: str, there: str) -> None:
    """Only whole addresses, also at the end of a sentence: 127.0.113.1 is not in 127.0.113.100."""
    assert PLACEMENT.in_file_text(text) == there


@pytest.mark.parametrize(
    ("ours", "wire"),
    [
        ("203.0.113.10", "127.0.113.10"),
        ("203.0.113.0/24", "127.0.113.0/24"),
        ("203.0.113.10/32", "127.0.113.10/32"),
        ([{"name": "a", "from": "203.0.113.0/28"}], [{"name": "a", "from": "127.0.113.0/28"}]),
        ({"address": "203.0.113.1"}, {"address": "127.0.113.1"}),
    ],
)
def test_a_value_has_the_addresses_of_the_file_or_of_the_wire(ours: Any, wire: Any) -> None:
    assert PLACEMENT.value_on_wire(ours) == wire
    assert PLACEMENT.value_in_file(wire) == ours


@pytest.mark.parametrize("value", [True, 5, None, "on", "mta.example", "192.0.2.9", "2001:db8::1"])
def test_a_value_that_is_no_address_of_a_host_stays(value: Any) -> None:
    assert PLACEMENT.value_on_wire(value) == PLACEMENT.value_in_file(value) == value
