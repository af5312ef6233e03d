"""Which packets a place of capture shows, and whether we may see them."""

import socket
from ipaddress import IPv4Address, IPv4Network

import pytest

from mta_lab.lab.points import CapturePoint, may_capture

ONLY = (IPv4Network("127.0.113.0/24"),)


def frame(source: str, destination: str) -> bytes:
    """An Ethernet frame with an IPv4 header: the addresses are its last eight octets."""
    ends = IPv4Address(source).packed + IPv4Address(destination).packed
    return bytes(12) + b"\x08\x00" + b"\x45" + bytes(11) + ends


@pytest.mark.parametrize(
    ("source", "destination", "shown"),
    [
        ("127.0.113.10", "127.0.0.1", True),
        ("127.0.0.1", "127.0.113.10", True),
        ("127.0.0.1", "127.0.0.1", False),
    ],
)
def test_only_packets_from_or_to_these_networks_are_shown(
    source: str, destination: str, shown: bool
) -> None:
    assert CapturePoint("lo", ("outside",), only=ONLY).shows(frame(source, destination)) is shown
    assert CapturePoint("outside", ("outside",)).shows(frame(source, destination))


def test_who_may_open_a_packet_socket_may_capture(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    class Socket:
        def close(self) -> None:
            opened.append("closed")

    def allowed(*arguments: object) -> Socket:
        opened.append(arguments)
        return Socket()

    monkeypatch.setattr("mta_lab.lab.points.socket.socket", allowed)
    assert may_capture()
    assert opened == [(socket.AF_PACKET, socket.SOCK_RAW, 0), "closed"]

    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr("mta_lab.lab.points.socket.socket", refused)
    assert not may_capture()
