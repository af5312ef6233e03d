"""The firewalls of a topology: which know connections, and what leaves by which interface."""

from ipaddress import IPv4Address

import pytest

from mta_lab.rehearsal.boxes import Boxes
from tests.mta_lab.rehearsal.ways import ROUTER, row


@pytest.mark.parametrize(
    ("firewall", "knows"),
    [
        ({}, True),
        (ROUTER, False),
        ({**ROUTER, "sysctls": {"net.ipv4.tcp_syncookies": 1}}, True),
    ],
)
def test_only_a_router_of_which_all_is_read_knows_no_connection(
    firewall: dict[str, object], *, knows: bool
) -> None:
    assert Boxes(row(firewall)).knows("FW1") is knows


@pytest.mark.parametrize(
    ("address", "interface"),
    [("203.0.113.10", "outside"), ("198.51.100.10", "transit"), ("10.9.9.9", None)],
)
def test_packets_leave_by_the_interface_that_the_route_says(
    address: str, interface: str | None
) -> None:
    assert Boxes(row(ROUTER, ROUTER)).leaves_by("FW1")(IPv4Address(address)) == interface
