"""The blocks we write ourselves: octets worked out by hand, and what scapy and tshark read."""

import subprocess
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from scapy.layers.inet import IP, TCP
from scapy.utils import RawPcapNgReader

from mta_lab.capture.pcapng import LINKTYPE_RAW, PcapngWriter, comment_packets

Tshark = Callable[..., list[dict[str, list[str]]]]

PACKET = bytes(IP(src="203.0.113.10", dst="198.51.100.10") / TCP(sport=40001, dport=102))


def write(path: Path, packets: list[tuple[bytes, str]]) -> None:
    with PcapngWriter(path, "A section") as writer:
        writer.interface("outside", "what it is", LINKTYPE_RAW)
        writer.names({IPv4Address("203.0.113.10"): ["EXTERNAL"]})
        for number, (octets, comment) in enumerate(packets):
            writer.packet(1_000_000_000 + number, octets, comment)
        writer.statistics(2_000_000_000, len(packets), 0)


def test_names_are_records_of_4_5(tmp_path: Path) -> None:
    path = tmp_path / "names"
    with PcapngWriter(path, "") as writer:
        writer.names(
            {
                IPv4Address("203.0.113.10"): ["EXTERNAL"],
                IPv4Address("198.51.100.1"): ["a", "b.c"],
                IPv6Address("2001:db8::1"): ["six"],
            }
        )
    header = int.from_bytes(path.read_bytes()[4:8], "little")
    assert path.read_bytes()[header:] == bytes.fromhex(
        "04000000 4c000000"  # name resolution block, 76 octets
        "0100 0d00 cb00710a 45585445524e414c 00 000000"  # IPv4, 13 octets, address, name, padding
        "0100 0a00 c6336401 6100 622e6300 0000"  # IPv4, 10 octets, address, two names, padding
        "0200 1400 20010db8 00000000 00000000 00000001 73697800"  # IPv6, 20 octets, address, name
        "0000 0000"  # no more records
        "4c000000"
    )


def test_a_comment_is_option_1_after_the_padded_packet(tmp_path: Path) -> None:
    path = tmp_path / "comment"
    with PcapngWriter(path, "") as writer:
        writer.packet(0x1_0000_0002, b"\xaa\xbb\xcc", "", interface=3)
    comment_packets(path, {1: ["abc", "d"]})
    header = int.from_bytes(path.read_bytes()[4:8], "little")
    assert path.read_bytes()[header:] == bytes.fromhex(
        "06000000 38000000 03000000"  # enhanced packet block, 56 octets, interface 3
        "01000000 02000000 03000000 03000000 aabbcc00"  # time, lengths, packet, padding
        "0100 0300 61626300  0100 0100 64000000  0000 0000"
        "38000000"
    )


comments = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
packets = st.lists(st.tuples(st.binary(min_size=1, max_size=40), st.just("") | comments))


@given(packets=packets, more=st.dictionaries(st.integers(1, 12), st.lists(comments, min_size=1)))
def test_comments_are_added_and_nothing_else_changes(
    tmp_path_factory: object, packets: list[tuple[bytes, str]], more: dict[int, list[str]]
) -> None:
    path = tmp_path_factory.mktemp("pcapng") / "file"  # type: ignore[attr-defined]
    write(path, packets)
    comment_packets(path, more)
    with RawPcapNgReader(str(path)) as reader:
        seen = [reader._read_packet() for _ in packets]
    for number, ((octets, comment), (read, about)) in enumerate(zip(packets, seen, strict=True), 1):
        assert read == octets
        expected = [comment] * bool(comment) + more.get(number, [])
        assert [each.decode() for each in about.comments or []] == expected
        assert about.ifname == b"outside"
        assert about.tslow == 1_000_000_000 + number - 1


def test_wireshark_reads_all_of_it(tmp_path: Path, tshark: Tshark) -> None:
    path = tmp_path / "file.pcapng"
    write(path, [(PACKET, ""), (PACKET, "first")])
    comment_packets(path, {2: ["second"]})
    plain, commented = tshark(path, "frame.comment", "frame.interface_name")
    assert "frame.comment" not in plain
    assert commented["frame.comment"] == ["first", "second"]
    assert commented["frame.interface_name"] == ["outside"]
    resolved = subprocess.run(
        ["tshark", "-r", path, "-N", "n", "-T", "fields", "-e", "ip.src_host"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert resolved.stdout.split() == ["EXTERNAL", "EXTERNAL"]
