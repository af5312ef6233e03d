"""Which packets a place of capture shows, and whether we may see them."""

import socket
from ipaddress import ip_address, ip_network

import pytest

from mta_lab.lab.points import CapturePoint, ends_of, may_capture, ports_of

ONLY = (ip_network("127.0.113.0/24"), ip_network("2001:db8::/64"))


def frame(source: str, destination: str) -> bytes:
    """An Ethernet frame with an IP header, which ends with the addresses, and a TCP header."""
    ends = ip_address(source).packed + ip_address(destination).packed
    tcp = bytes.fromhex("9c40 0066") + bytes(16)
    if ":" in source:
        return bytes(12) + b"\x86\xdd" + b"\x60" + bytes(7) + ends + tcp
    return bytes(12) + b"\x08\x00" + b"\x45" + bytes(11) + ends + tcp


@pytest.mark.parametrize(
    ("source", "destination", "shown"),
    [
        ("127.0.113.10", "127.0.0.1", True),
        ("127.0.0.1", "127.0.113.10", True),
        ("127.0.0.1", "127.0.0.1", False),
        ("2001:db8::1", "2001:db8:9::1", True),
        ("2001:db8:9::1", "2001:db8::1", True),
        ("2001:db8:9::1", "2001:db8:9::1", False),
    ],
)
def test_only_packets_from_or_to_these_networks_are_shown(
    source: str, destination: str, shown: bool
) -> None:
    assert CapturePoint("lo", ("outside",), only=ONLY).shows(frame(source, destination)) is shown
    assert CapturePoint("outside", ("outside",)).shows(frame(source, destination))


@pytest.mark.parametrize("ends", [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")])
def test_the_ends_of_a_segment(ends: tuple[str, str]) -> None:
    assert ends_of(frame(*ends)) == tuple(ip_address(each).packed for each in ends)
    assert ports_of(frame(*ends)) == ((40000).to_bytes(2, "big"), (102).to_bytes(2, "big"))


def test_what_is_no_ip_packet_has_no_ends() -> None:
    arp = bytes(12) + b"\x08\x06" + bytes(28)
    assert ends_of(arp) == ()
    assert not CapturePoint("lo", (), only=ONLY).shows(arp)


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
