"""Segments out of files: formats, resolutions, links, and what is passed over."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6, IPv6ExtHdrDestOpt
from scapy.layers.l2 import ARP, CookedLinux, CookedLinuxV2, Dot1Q, Ether, Loopback
from scapy.packet import Packet
from scapy.utils import PcapNgWriter

from mta_emu.decode.capture import NotACapture, segments
from mta_emu.decode.segment import Address, Segment

TCP_SEGMENT = TCP(sport=40000, dport=102, seq=7, ack=9, flags="PA") / b"abc"
IPV4 = IP(src="192.0.2.1", dst="192.0.2.2") / TCP_SEGMENT
IPV6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP_SEGMENT
TIME = 1_700_000_000_123_456_789


def write(
    path: Path, packets: list[Packet], linktype: int = 1, *, nano: bool = True, order: str = "<"
) -> Path:
    """A pcap file, octet for octet."""
    magic, fraction = (0xA1B23C4D, TIME % 10**9) if nano else (0xA1B2C3D4, 5)
    octets = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 1 << 20, linktype)
    for packet in map(bytes, packets):
        length = len(packet)
        octets += struct.pack(f"{order}IIII", TIME // 10**9, fraction, length, length) + packet
    path.write_bytes(octets)
    return path


def the_segment(path: Path) -> Segment:
    (found,) = segments(path)
    return found


@pytest.mark.parametrize(
    ("packet", "linktype"),
    [
        (Ether() / IPV4, 1),
        (Ether() / Dot1Q(vlan=3) / IPV4, 1),
        (Ether() / Dot1Q(vlan=3) / Dot1Q(vlan=4) / IPV4, 1),
        (Loopback(type=2) / IPV4, 0),
        (Loopback(type=2) / IPV4, 108),
        (IPV4, 101),
        (IPV4, 228),
        (CookedLinux(proto=0x800) / IPV4, 113),
        (CookedLinuxV2(proto=0x800) / IPV4, 276),
    ],
)
def test_every_link_leads_to_the_segment(tmp_path: Path, packet: Packet, linktype: int) -> None:
    segment = the_segment(write(tmp_path / "file", [packet], linktype))
    assert segment == Segment(
        frame=1,
        time=TIME,
        source=Address("192.0.2.1", 40000),
        destination=Address("192.0.2.2", 102),
        sequence=7,
        acknowledgement=9,
        syn=False,
        fin=False,
        rst=False,
        data=b"abc",
    )


@pytest.mark.parametrize("packet", [IPV6, IPV6.__class__(bytes(IPV6))])
def test_ipv6_with_and_without_extensions(tmp_path: Path, packet: Packet) -> None:
    plain = the_segment(write(tmp_path / "plain", [Ether() / packet]))
    assert str(plain.source) == "[2001:db8::1]:40000"
    extended = IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrDestOpt() / TCP_SEGMENT
    assert the_segment(write(tmp_path / "extended", [Ether() / extended])) == plain


def test_microseconds(tmp_path: Path) -> None:
    path = write(tmp_path / "file", [Ether() / IPV4], nano=False)
    assert the_segment(path).time == TIME // 10**9 * 10**9 + 5000


def test_the_other_byte_order(tmp_path: Path) -> None:
    assert the_segment(write(tmp_path / "file", [Ether() / IPV4], order=">")).time == TIME


def test_pcapng(tmp_path: Path) -> None:
    path = tmp_path / "file.pcapng"
    packet = Ether() / IPV4
    packet.time = 1_700_000_000.25
    with PcapNgWriter(str(path)) as writer:
        writer.write(packet)
    segment = the_segment(path)
    assert (segment.data, segment.time) == (b"abc", 1_700_000_000_250_000_000)


def test_ethernet_padding_is_no_data(tmp_path: Path) -> None:
    padded = bytes(Ether() / IPV4) + bytes(20)
    assert the_segment(write(tmp_path / "file", [padded])).data == b"abc"


def test_a_frame_above_64_k_stays_whole(tmp_path: Path) -> None:
    data = bytes(65_535 - 40)
    packet = Ether() / IP() / TCP(dport=102) / data
    assert len(packet) > 65_535
    assert the_segment(write(tmp_path / "file", [packet])).data == data


def test_what_the_capture_cut_off_is_counted(tmp_path: Path) -> None:
    whole = bytes(Ether() / IPV4)
    segment = the_segment(write(tmp_path / "file", [whole[:-2]]))
    assert (segment.data, segment.cut) == (b"a", 2)


@pytest.mark.parametrize(
    "other",
    [
        Ether() / ARP(),
        Ether() / IP(proto=17) / b"datagram of another protocol",
        Ether() / IP(flags="MF") / TCP_SEGMENT,
        Ether() / IP(frag=100) / TCP_SEGMENT,
        bytes(Ether() / IPV4)[:30],
        bytes(Ether() / IPV4)[:40],
        b"",
        b"\0",
    ],
)
def test_other_packets_are_passed_over_and_counted(tmp_path: Path, other: Packet) -> None:
    path = write(tmp_path / "file", [other, Ether() / IPV4])
    assert [segment.frame for segment in segments(path)] == [2]


def test_an_unknown_link_is_passed_over(tmp_path: Path) -> None:
    assert list(segments(write(tmp_path / "file", [IPV4], linktype=147))) == []


@pytest.mark.parametrize("octets", [b"", b"MZ", b"not a capture at all", b"\x0a\x0d\x0d\x0a"])
def test_what_is_no_capture_is_refused(tmp_path: Path, octets: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(octets)
    with pytest.raises(NotACapture, match="file: neither pcap nor pcapng"):
        list(segments(path))


def test_a_file_that_ends_early_gives_what_is_whole(tmp_path: Path) -> None:
    path = write(tmp_path / "file", [Ether() / IPV4, Ether() / IPV4])
    path.write_bytes(path.read_bytes()[:-10])
    assert [segment.frame for segment in segments(path)][:1] == [1]


def test_a_missing_file_is_the_systems_word(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        list(segments(tmp_path / "absent"))


def test_real_captures_are_read(
    save: Callable[..., Path], make_wire: Callable[..., object]
) -> None:
    assert len(list(segments(save(make_wire().open())))) == 3


def test_a_time_that_no_calendar_has_is_the_last_one(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    with PcapNgWriter(str(path)) as file:
        file.write(Ether() / IPV4)
    octets = bytearray(path.read_bytes())
    packet = octets.index(b"\x06\x00\x00\x00", 28)  # the block's type; then length, interface
    octets[packet + 12 : packet + 20] = b"\xff" * 8
    path.write_bytes(octets)
    segment = the_segment(path)
    assert datetime.fromtimestamp(segment.time // 10**9, UTC).year == 9999
