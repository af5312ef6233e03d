"""A box between two networks, its routing table, and calls, for the tests of every engine."""

import shutil
from collections.abc import Mapping
from ipaddress import ip_address, ip_interface, ip_network

import pytest

from mta_lab.engines.box import Box
from mta_lab.engines.decision import IPAddress, Route, Syn

OUTSIDE, INSIDE = "203.0.113.1", "192.0.2.1"
CLIENT, SERVER = "203.0.113.50", "192.0.2.2"


def needs(program: str) -> None:
    """Skip the test where a program is not installed."""
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")


def box(*, forwards: bool = True, reverse_path: int = 0) -> Box:
    interfaces = {
        "outside": (ip_interface(f"{OUTSIDE}/24"), ip_interface("2001:db8:1::1/64")),
        "inside": (ip_interface(f"{INSIDE}/24"), ip_interface("2001:db8:2::1/64")),
    }
    return Box(interfaces, forwards, reverse_path)


def routes(further: Mapping[str, str] | None = None) -> Route:
    """The networks of `box()`, and further ones, by the interface that leads there."""
    table = {ip_network(to): by for to, by in (further or {}).items()}
    for name, own in box().interfaces.items():
        table |= {each.network: name for each in own}

    def route(address: IPAddress) -> str | None:
        found = [each for each in table if each.version == address.version and address in each]
        return table[max(found, key=lambda each: each.prefixlen)] if found else None

    return route


def syn(
    destination: str = OUTSIDE, port: int = 102, source: str = CLIENT, interface: str = "outside"
) -> Syn:
    return Syn(interface, ip_address(source), 40000, ip_address(destination), port)
