"""A part of a capture, with the addresses of the topology file."""

from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether

from mta_lab.capture.excerpt import View, write_excerpt
from mta_lab.capture.pcapng import (
    LINKTYPE_ETHERNET,
    LINKTYPE_RAW,
    PcapngWriter,
    comment_packets,
    read_packets,
)
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import Topology

PLACEMENT = Placement(
    backend="loopback",
    topology=Topology(name="x", title="X", networks={"outside": ip_network("127.0.113.0/24")}),
    port=10102,
    addresses={
        ip_address("203.0.113.10"): ip_address("127.0.113.10"),
        ip_address("198.51.100.1"): ip_address("127.0.100.1"),
    },
)
CALL = IP(src="127.0.113.10", dst="127.0.100.1") / TCP(sport=40001, dport=10102) / b"odd"
ANSWER = IP(src="127.0.100.1", dst="127.0.113.10") / TCP(sport=10102, dport=40001)


def excerpt(tmp_path: Path, view: View) -> list[tuple[str, Any]]:
    """What is left of a call and its answer, outside and inside."""
    whole, part = tmp_path / "whole", tmp_path / "part"
    with PcapngWriter(whole, "A story") as writer:
        writer.interface("outside", "", LINKTYPE_ETHERNET)
        writer.interface("inside", "", LINKTYPE_RAW)
        writer.names({ip_address("127.0.113.10"): ["EXTERNAL"]})
        writer.packet(1, bytes(Ether() / CALL), "a comment", 0)
        writer.packet(2, bytes(Ether() / ANSWER), "", 0)
        writer.packet(3, bytes(CALL), "", 1)
    comment_packets(whole, {3: ["another"]})
    count = write_excerpt(whole, part, PLACEMENT, view)
    for secret in (b"story", b"comment", b"another", b"EXTERNAL"):
        assert secret not in part.read_bytes()
    found = [*read_packets(part)]
    assert len(found) == count
    link = {LINKTYPE_ETHERNET: Ether, LINKTYPE_RAW: IP}
    return [(each.interface, link[each.linktype](each.octets)) for each in found]


def test_addresses_ports_and_checksums_are_those_of_the_file(tmp_path: Path) -> None:
    expected = [
        IP(src="203.0.113.10", dst="198.51.100.1") / TCP(sport=40001, dport=102) / b"odd",
        IP(src="198.51.100.1", dst="203.0.113.10") / TCP(sport=102, dport=40001),
        IP(src="203.0.113.10", dst="198.51.100.1") / TCP(sport=40001, dport=102) / b"odd",
    ]
    found = excerpt(tmp_path, View())
    assert [bytes(packet[IP]) for _, packet in found] == [*map(bytes, expected)]
    assert [interface for interface, _ in found] == ["outside", "outside", "inside"]


def test_one_network(tmp_path: Path) -> None:
    assert [interface for interface, _ in excerpt(tmp_path, View(("inside",)))] == ["inside"]


def test_one_direction(tmp_path: Path) -> None:
    found = excerpt(tmp_path, View(sent_by=ip_address("198.51.100.1")))
    assert [packet[IP].src for _, packet in found] == ["198.51.100.1"]


def test_both(tmp_path: Path) -> None:
    view = View(("inside",), sent_by=ip_address("198.51.100.1"))
    assert excerpt(tmp_path, view) == []
