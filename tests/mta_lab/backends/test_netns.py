"""Namespaces: what the kernel shows on each segment, and that nothing stays behind."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

EXTERNAL, INTERNAL = "203.0.113.10", "198.51.100.10"
OUTSIDE, INSIDE = "203.0.113.1", "198.51.100.1"

SYN = "tcp.flags.syn == 1 && tcp.flags.ack == 0"


def pairs(packets: Iterable[dict[str, list[str]]]) -> set[tuple[str, str]]:
    return {(packet["ip.src"][0], packet["ip.dst"][0]) for packet in packets}


@pytest.mark.parametrize(
    ("name", "source"),
    [("q196381", EXTERNAL), ("q196381-transparency-off", INSIDE), ("q196381-tunnel", EXTERNAL)],
)
def test_the_inside_segment_shows_the_address_that_the_firewall_left(
    play: Callable[..., Any], tshark: Callable[..., Any], name: str, source: str
) -> None:
    capture = play(name, "netns").capture
    where = f'frame.interface_name == "inside" && ip.dst == {INTERNAL}'
    assert pairs(tshark(capture, "ip.src", "ip.dst", where=where)) >= {(source, INTERNAL)}
    calls = tshark(capture, "ip.src", "ip.dst", where=f"{where} && {SYN}")
    assert pairs(calls) == {(source, INTERNAL)}


def test_each_segment_has_only_what_is_on_it(
    play: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """With the proxy, no packet between outside and inside addresses is on the outside."""
    capture = play("q196381", "netns").capture
    outside = tshark(capture, "ip.src", "ip.dst", where='frame.interface_name == "outside"')
    assert pairs(outside) == {(EXTERNAL, OUTSIDE), (OUTSIDE, EXTERNAL)}
    inside = tshark(capture, "ip.src", "ip.dst", where='frame.interface_name == "inside"')
    assert pairs(inside) == {
        (EXTERNAL, INTERNAL),  # the client's own address
        (INTERNAL, EXTERNAL),
        (INTERNAL, INSIDE),
        (INSIDE, INTERNAL),
    }


def test_a_tunnel_forwards_and_rewrites_nothing(
    play: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """The same packets on both segments, one hop later: the TTL is all that differs."""
    capture = play("q196381-tunnel", "netns").capture
    fields = ("ip.src", "ip.dst", "ip.id", "tcp.seq_raw", "tcp.len", "tcp.flags")
    seen = {
        segment: [
            [packet[field] for field in fields]
            for packet in tshark(capture, *fields, where=f'frame.interface_name == "{segment}"')
        ]
        for segment in ("outside", "inside")
    }
    assert sorted(seen["outside"]) == sorted(seen["inside"])
    assert len(seen["outside"]) > 20
    ttls = tshark(
        capture, "ip.ttl", where=f'frame.interface_name == "inside" && ip.src == {EXTERNAL}'
    )
    assert {packet["ip.ttl"][0] for packet in ttls} == {"63"}


def test_the_packets_are_the_kernels_own(
    play: Callable[..., Any], tshark: Callable[..., Any]
) -> None:
    """Handshakes are whole, checksums right, and no frame is longer than Ethernet's."""
    capture = play("q196381", "netns").capture
    assert tshark(capture, "frame.number", where="frame.len > 1514") == []
    flaws = "tcp.analysis.lost_segment || tcp.analysis.retransmission || tcp.analysis.out_of_order"
    assert tshark(capture, "frame.number", where=flaws) == []
    streams = {packet["tcp.stream"][0] for packet in tshark(capture, "tcp.stream")}
    answered = tshark(capture, "tcp.stream", where="tcp.flags.syn == 1 && tcp.flags.ack == 1")
    assert {packet["tcp.stream"][0] for packet in answered} == streams
    for status, found in (("Bad", False), ("Good", True)):
        where = f'tcp.checksum.status == "{status}" || ip.checksum.status == "{status}"'
        assert bool(tshark(capture, "frame.number", where=where, checksums=True)) is found
