"""Segments out of files, and what a capture says about itself."""

from collections.abc import Callable
from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.l2 import ARP, Ether

from mta_emu.decode.capture import Capture
from mta_emu.decode.pcap import NotACapture
from mta_emu.decode.segment import Address, Segment

ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
IPV4 = IP(src="192.0.2.1", dst="192.0.2.2") / TCP(sport=40000, dport=102, seq=7, ack=9) / b"abc"


def read(path: Path) -> tuple[Capture, list[Segment]]:
    capture = Capture(path)
    return capture, list(capture.segments())


def test_a_segment_has_the_number_and_the_time_of_its_frame(
    write_pcap: Callable[..., Path],
) -> None:
    capture, segments = read(
        write_pcap([ETHER / ARP(hwsrc="02:00:00:00:00:01"), ETHER / IPV4], times=[5, 6])
    )
    ((frame, time, source, data),) = [
        (each.frame, each.time, each.source, each.data) for each in segments
    ]
    assert (frame, time, source, data) == (2, 6, Address("192.0.2.1", 40000), b"abc")
    assert (capture.packets, capture.segments_read) == (2, 1)


def test_a_frame_above_64_k_stays_whole(write_pcap: Callable[..., Path]) -> None:
    data = bytes(65_535 - 40)
    _, (segment,) = read(write_pcap([ETHER / IP() / TCP(dport=102) / data]))
    assert segment.data == data


def test_a_fragmented_segment_comes_with_its_last_fragment(
    write_pcap: Callable[..., Path],
) -> None:
    whole = IP(id=3) / TCP(dport=102) / bytes(200)
    parts = [ETHER / part for part in fragment(whole, fragsize=64)]
    capture, (segment,) = read(write_pcap([*parts, ETHER / ARP(hwsrc="02:00:00:00:00:01")]))
    assert (segment.frame, len(segment.data)) == (len(parts), 200)
    assert capture.unread == {"ARP": 1}


def test_what_is_passed_over_is_counted_and_named(write_pcap: Callable[..., Path]) -> None:
    lost = fragment(IP(id=3) / TCP(dport=102) / bytes(200), fragsize=64)[:2]
    packets = [
        ARP(hwsrc="02:00:00:00:00:01"),
        ARP(hwsrc="02:00:00:00:00:01"),
        IP() / UDP(),
        IP(proto=50) / bytes(30),
        *lost,
        IPV4,
    ]
    capture, segments = read(write_pcap([ETHER / each for each in packets]))
    assert len(segments) == 1
    rest = "IP fragments without the rest of their datagram"
    assert capture.unread == {"ARP": 2, "UDP": 1, "ESP": 1, rest: 2}
    assert capture.hidden == {"ESP", rest}


def test_a_file_that_ends_early_gives_what_is_whole_and_says_so(
    write_pcap: Callable[..., Path],
) -> None:
    path = write_pcap([ETHER / IPV4, ETHER / IPV4])
    path.write_bytes(path.read_bytes()[:-10])
    capture, segments = read(path)
    assert [segment.frame for segment in segments] == [1]
    assert capture.cut_short == "it ends within packet 2"


def test_what_is_no_capture_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("a text")
    with pytest.raises(NotACapture, match="text: neither pcap nor pcapng"):
        read(tmp_path / "text")


def test_a_missing_file_is_the_systems_word(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "absent")
