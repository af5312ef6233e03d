"""Every way that TCP lies in a packet leads to it, and what is not read has a name."""

import random
from collections.abc import Callable
from contextlib import suppress
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.contrib.erspan import ERSPAN_II
from scapy.contrib.geneve import GENEVE
from scapy.contrib.mpls import MPLS
from scapy.layers.inet import ICMP, IP, TCP, UDP, fragment
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    fragment6,
)
from scapy.layers.ipsec import AH, ESP
from scapy.layers.l2 import (
    ARP,
    GRE,
    GRE_PPTP,
    LLC,
    SNAP,
    CookedLinux,
    CookedLinuxV2,
    Dot1Q,
    Dot3,
    Ether,
    Loopback,
)
from scapy.layers.ppp import HDLC, PPP, PPPoE, PPPoED
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet as Scapy

from mta_emu.decode.cursor import Cursor, Unfinished, Unread
from mta_emu.decode.fragments import Fragments
from mta_emu.decode.headers import find_tcp
from mta_emu.decode.pcap import Packet

TCP_SEGMENT = TCP(sport=40000, dport=102, seq=7, ack=9, flags="PA") / b"the user data"
IPV4 = IP(src="192.0.2.1", dst="192.0.2.2") / TCP_SEGMENT
IPV6 = IPv6(src="2001:db8::1", dst="2001:db8::2") / TCP_SEGMENT
V4 = bytes((192, 0, 2, 1)), bytes((192, 0, 2, 2))
V6 = bytes.fromhex("20010db8" + "0" * 23 + "1"), bytes.fromhex("20010db8" + "0" * 23 + "2")
OUTER, OUTER_6 = IP(src="10.0.0.1", dst="10.0.0.2"), IPv6(src="fd00::1", dst="fd00::2")
ETHER = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
_NO_CHECKSUMS = {"chksum": 0}


def packet(octets: Scapy | bytes, link: int = 1, length: int | None = None) -> Packet:
    octets = bytes(octets)
    return Packet(0, link, octets, length or len(octets))


def find(octets: Scapy | bytes, link: int = 1, fragments: Fragments | None = None) -> Cursor:
    return find_tcp(packet(octets, link), fragments or Fragments())


def tcp(cursor: Cursor) -> TCP:
    return TCP(cursor.octets[cursor.at : cursor.end])


LINKS: list[tuple[Scapy | bytes, int]] = [
    (ETHER / IPV4, 1),
    (ETHER / Dot1Q(vlan=3) / IPV4, 1),
    (ETHER / Dot1Q(vlan=3) / Dot1Q(vlan=4) / IPV4, 1),
    (Dot3(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / LLC() / SNAP() / IPV4, 1),
    (Loopback(type=2) / IPV4, 0),
    (Loopback(type=2) / IPV4, 108),
    (IPV4, 12),
    (IPV4, 101),
    (IPV4, 228),
    (CookedLinux(proto=0x800) / IPV4, 113),
    (CookedLinux(proto=0x8100) / Dot1Q(vlan=9) / IPV4, 113),
    (CookedLinuxV2(proto=0x800) / IPV4, 276),
    (HDLC() / PPP() / IPV4, 9),
    (PPP() / IPV4, 9),
    (b"\x21" + bytes(IPV4), 9),  # the protocol field compressed
    (HDLC() / PPP() / IPV4, 50),
    (b"\x0f\x00\x08\x00" + bytes(IPV4), 50),
    (b"\x8f\x00\x08\x00" + bytes(IPV4), 104),
    (PPPoE() / PPP() / IPV4, 51),
]
TUNNELS: dict[str, Scapy | bytes] = {
    "PPPoE": ETHER / PPPoE() / PPP() / IPV4,
    "MPLS": ETHER / MPLS(label=3, s=0, ttl=9) / MPLS(label=4, s=1, ttl=9) / IPV4,
    "MPLS pseudowire": bytes(ETHER / MPLS(label=4, s=1)) + bytes(4) + bytes(ETHER / IPV4),
    "MPLS with Ethernet": bytes(ETHER / MPLS(label=4, s=1)) + bytes(ETHER / IPV4),
    "VXLAN": ETHER / OUTER / UDP(sport=5, dport=4789) / VXLAN() / ETHER / IPV4,
    "VXLAN at its older port": ETHER / OUTER / UDP(dport=8472) / VXLAN() / ETHER / IPV4,
    "VXLAN over IPv6": ETHER / OUTER_6 / UDP(dport=4789) / VXLAN() / ETHER / IPV4,
    "Geneve": ETHER / OUTER / UDP(dport=6081) / GENEVE(proto=0x6558) / ETHER / IPV4,
    "GRE": ETHER / OUTER / GRE() / IPV4,
    "GRE with key, checksum, number": ETHER
    / OUTER
    / GRE(key_present=1, chksum_present=1, seqnum_present=1)
    / IPV4,
    "GRE with Ethernet": ETHER / OUTER / GRE(proto=0x6558) / ETHER / IPV4,
    "PPTP": ETHER
    / OUTER
    / GRE_PPTP(seqnum_present=1, acknum_present=1, sequence_number=1, ack_number=2)
    / PPP()
    / IPV4,
    "a switch's mirror": ETHER
    / OUTER
    / GRE(proto=0x88BE, seqnum_present=1)
    / ERSPAN_II()
    / ETHER
    / IPV4,
    "IP in IP": ETHER / OUTER / IPV4,
    "IPv4 in IPv6": ETHER / OUTER_6 / IPV4,
    "Ethernet in IP": bytes(ETHER / IP(proto=97) / (b"\x30\x00" + bytes(ETHER / IPV4))),
    "AH": ETHER / IP(proto=51) / AH(nh=4, payloadlen=4, icv=b"\0" * 12) / IPV4,
    "three of them": ETHER / OUTER / GRE() / OUTER / OUTER_6 / IPV4,
}


@pytest.mark.parametrize(("octets", "link"), LINKS)
def test_every_link_leads_to_the_segment(octets: Scapy | bytes, link: int) -> None:
    found = find(octets, link)
    assert found.hosts == V4
    assert bytes(tcp(found).payload) == b"the user data"


@pytest.mark.parametrize("name", TUNNELS)
def test_every_tunnel_is_opened_and_the_inner_addresses_count(name: str) -> None:
    found = find(TUNNELS[name])
    assert found.hosts == V4
    assert bytes(tcp(found).payload) == b"the user data"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [IPv6ExtHdrDestOpt()],
        [IPv6ExtHdrHopByHop(), IPv6ExtHdrDestOpt()],
        [IPv6ExtHdrFragment(offset=0, m=0, id=5)],  # a datagram of one fragment
        [AH(nh=6, payloadlen=4, icv=b"\0" * 12)],
    ],
)
def test_ipv6_with_extension_headers(headers: list[Scapy]) -> None:
    whole = IPv6(src="2001:db8::1", dst="2001:db8::2")
    for header in headers:
        whole /= header
    found = find(ETHER / whole / TCP_SEGMENT)
    assert found.hosts == V6
    assert bytes(tcp(found).payload) == b"the user data"


def test_padding_of_the_link_is_no_data() -> None:
    assert bytes(tcp(find(bytes(ETHER / IPV4) + bytes(20))).payload) == b"the user data"
    assert bytes(tcp(find(bytes(ETHER / IPV6) + bytes(20))).payload) == b"the user data"


def test_a_length_that_offload_left_out_is_the_frames() -> None:
    found = find(ETHER / IP(src="192.0.2.1", dst="192.0.2.2", len=0) / TCP_SEGMENT)
    assert bytes(tcp(found).payload) == b"the user data"


def test_what_the_capture_cut_ends_beyond_its_octets() -> None:
    octets = bytes(ETHER / IPV4)
    found = find_tcp(packet(octets[:-5], length=len(octets)), Fragments())
    assert found.end == len(found.octets) + 5


# Fragments


def all_but_the_last_wait(parts: list[Scapy], fragments: Fragments) -> Cursor:
    *before, last = parts
    for each in before:
        with pytest.raises(Unfinished):
            find(each, fragments=fragments)
    return find(last, fragments=fragments)


@given(seed=st.integers(0, 99), size=st.sampled_from([24, 64, 200]))
def test_ipv4_fragments_in_any_order_give_the_segment(seed: int, size: int) -> None:
    data = random.Random(seed).randbytes(600)
    whole = IP(src="192.0.2.1", dst="192.0.2.2", id=7) / TCP(dport=102) / data
    parts = [ETHER / part for part in fragment(whole, fragsize=size)]
    random.Random(seed).shuffle(parts)
    found = all_but_the_last_wait(parts, Fragments())
    assert (found.hosts, bytes(tcp(found).payload)) == (V4, data)


def test_ipv6_fragments_give_the_segment() -> None:
    data = bytes(range(256)) * 8
    whole = IPv6(src="2001:db8::1", dst="2001:db8::2") / IPv6ExtHdrFragment(id=9)
    parts = [ETHER / part for part in fragment6(whole / TCP(dport=102) / data, 600)]
    assert len(parts) > 3
    found = all_but_the_last_wait(parts, Fragments())
    assert (found.hosts, bytes(tcp(found).payload)) == (V6, data)


def test_a_tunnel_in_fragments_is_opened() -> None:
    tunnel = OUTER / UDP(dport=4789) / VXLAN() / ETHER / IPV4
    parts = [ETHER / part for part in fragment(tunnel, fragsize=48)]
    found = all_but_the_last_wait(parts, Fragments())
    assert (found.hosts, bytes(tcp(found).payload)) == (V4, b"the user data")


def test_fragments_of_fragments_cost_no_more_than_some_copies() -> None:
    """Datagrams in one another, each in fragments: what is nested deeper is not opened."""
    inner = bytes(IPV4)
    for number in range(20):
        inner = bytes(IP(src="10.0.0.1", dst="10.0.0.2", id=number, proto=4) / inner)
    with pytest.raises(Unread, match="more than 8 IP headers in one another"):
        find(ETHER / IP(inner))


# What is not read


@pytest.mark.parametrize(
    ("octets", "link", "what", "hides"),
    [
        (ETHER / ARP(hwsrc="02:00:00:00:00:01"), 1, "ARP", False),
        (ETHER / IP() / ICMP(), 1, "ICMP", False),
        (ETHER / IP() / UDP(dport=53) / b"query", 1, "UDP", False),
        (ETHER / IP(proto=50) / ESP(spi=1, seq=1, data=b"\0" * 40), 1, "ESP", True),
        (ETHER / IP(proto=253) / bytes(9), 1, "IP protocol 253", True),
        (Ether(bytes(ETHER)[:12] + b"\x12\x34") / bytes(9), 1, "EtherType 0x1234", True),
        (
            Dot3(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
            / LLC(dsap=0x42, ssap=0x42)
            / b"spanning tree",
            1,
            "IEEE 802.2 without SNAP",
            False,
        ),
        (ETHER / PPPoED(), 1, "PPPoE discovery", False),
        (PPP(proto=0xC021) / b"\1\1\0\4", 9, "PPP's own control", False),
        (PPP(proto=0x003D) / bytes(9), 9, "PPP protocol 0x003d", True),
        (b"\x70" + bytes(40), 101, "IP of version 7", True),
        (IPV4, 105, "IEEE 802.11", True),
        (IPV4, 147, "link type 147", True),
        (bytes(ETHER / IPV4)[:30], 1, "a packet that is cut off within its headers", True),
        (bytes(ETHER / IPV4)[:40], 1, "a packet that is cut off within its headers", True),
        (b"", 1, "a packet that is cut off within its headers", True),
        (bytes(ETHER)[:12] + b"\x08\x00\x41" + bytes(40), 1, "an IPv4 header that is none", True),
    ],
)
def test_what_is_not_read_has_a_name(
    octets: Scapy | bytes, link: int, what: str, hides: bool
) -> None:
    with pytest.raises(Unread) as unread:
        find(octets, link)
    assert (str(unread.value), unread.value.may_hide_tcp) == (what, hides)


def test_a_fragment_that_the_capture_cut_is_named() -> None:
    part = bytes(ETHER / fragment(IP() / TCP() / bytes(100), fragsize=48)[0])
    with pytest.raises(Unread, match="an IP fragment that the capture cut"):
        find_tcp(packet(part[:-4], length=len(part)), Fragments())


@given(
    octets=st.binary(max_size=120),
    before=st.sampled_from([b"", *(bytes(each) for each in TUNNELS.values())]),
    at=st.integers(0, 120),
    link=st.sampled_from([0, 1, 9, 50, 51, 101, 104, 113, 228, 229, 276]),
)
def test_whatever_a_packet_holds_it_has_tcp_or_a_name(
    octets: bytes, before: bytes, at: int, link: int
) -> None:
    mutated = before[:at] + octets
    with suppress(Unread, Unfinished):
        found = find(mutated, link)
        assert found.at + 20 <= min(found.end, len(found.octets))


@pytest.mark.parametrize(
    "nested",
    [
        lambda depth: bytes(ETHER)[:12] + b"\x81\x00\x00\x01" * depth,
        lambda depth: bytes(ETHER)[:12] + b"\x88\x47" + bytes(4 * depth),
        lambda depth: bytes(ETHER)[:12] + b"\x88\x64" + b"\x11\0\0\0\xff\xff\x02\x81" * depth,
    ],
)
def test_headers_in_one_another_cost_linear_time(nested: Callable[[int], bytes]) -> None:
    """Counted in headers that are read: eight times the octets, eight times the headers."""

    def headers(depth: int) -> int:
        steps = count()

        class Counting(Cursor):
            def take(self, form: str) -> tuple[object, ...]:
                next(steps)
                return super().take(form)

        from mta_emu.decode import headers as module  # noqa: PLC0415

        original, module.Cursor = module.Cursor, Counting  # type: ignore[misc]
        try:
            with pytest.raises(Unread):
                find(nested(depth))
        finally:
            module.Cursor = original  # type: ignore[misc]
        return next(steps)

    assert headers(8000) <= 9 * headers(1000)
