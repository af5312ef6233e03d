"""ICMP "fragmentation needed", worked out by hand."""

import pytest
from scapy.layers.inet6 import ICMPv6PacketTooBig, IPv6

from mta_lab.backends.too_large import SizeLimit, answer

HERE, THERE = bytes.fromhex("0200cb007101"), bytes.fromhex("0200cb00710a")
#: TCP from 203.0.113.10:40000 to 203.0.113.1:102: an IP packet of 60 octets that is not to be
#: fragmented; length and flags are at 16 and 20 of the frame.
FRAME = (
    HERE
    + THERE
    + bytes.fromhex("0800")
    + bytes.fromhex("4500003c0000400040060000cb00710acb007101")
    + bytes.fromhex("9c400066000000010000000050180400000000000000")
    + bytes(18)
)
ALL = SizeLimit("", "outside", 59)


def test_the_answer_octet_by_octet() -> None:
    assert answer(FRAME, ALL) == (
        THERE
        + HERE
        + bytes.fromhex("0800")
        # version 4, 20 octets; 56 octets in all; TTL 64, ICMP; 203.0.113.1 to 203.0.113.10
        + bytes.fromhex("45000038 00000000 4001 02b9 cb007101 cb00710a")
        # type 3, code 4, its checksum; the size 59; the header and 8 octets of the packet
        + bytes.fromhex("0304 22c9 0000003b")
        + bytes.fromhex("4500003c0000400040060000cb00710acb007101 9c40006600000001")
    )


#: TCP from [2001:db8::a]:40000 to [2001:db8::1]:102: an IPv6 packet of 1300 octets.
SIX = (
    HERE
    + THERE
    + bytes.fromhex("86dd")
    + bytes.fromhex("60000000 04ec 06 40")
    + bytes.fromhex("20010db800000000000000000000000a 20010db8000000000000000000000001")
    + bytes.fromhex("9c400066000000010000000050180400000000000000")
    + bytes(1238)
)


@pytest.mark.parametrize("service", [None, ("2001:db8::1", 102), ("2001:db8::a", 40000)])
def test_the_answer_of_ipv6(service: tuple[str, int] | None) -> None:
    said = answer(SIX, SizeLimit("", "outside", 1280, service))
    assert said
    assert said[:14] == THERE + HERE + bytes.fromhex("86dd")
    # version 6; 1240 octets follow, ICMPv6, 64 hops; 2001:db8::1 to 2001:db8::a
    assert said[14:22] == bytes.fromhex("60000000 04d8 3a 40")
    assert said[22:54] == SIX[38:54] + SIX[22:38]
    # type 2, code 0, its checksum; the size 1280; of the packet what fits into 1280 octets
    assert said[54:56] + said[58:62] == bytes.fromhex("0200 00000500")
    assert said[62:] == SIX[14:1246]
    assert len(said) == 14 + 1280
    checked = IPv6(said[14:])
    del checked[ICMPv6PacketTooBig].cksum
    assert bytes(checked) == said[14:]  # scapy computes the same checksum


@pytest.mark.parametrize(
    "service", [("203.0.113.1", 102), ("203.0.113.10", 40000)], ids=["to it", "from it"]
)
def test_a_service_is_either_end(service: tuple[str, int]) -> None:
    assert answer(FRAME, SizeLimit("", "outside", 59, service)) == answer(FRAME, ALL)


@pytest.mark.parametrize(
    ("frame", "place"),
    [
        (FRAME, SizeLimit("", "outside", 60)),
        (FRAME, SizeLimit("", "outside", 59, ("203.0.113.1", 103))),
        (FRAME, SizeLimit("", "outside", 59, ("203.0.113.10", 102))),
        (FRAME[:20] + bytes(2) + FRAME[22:], ALL),  # may be fragmented
        (FRAME[:12] + bytes.fromhex("86dd") + FRAME[14:], ALL),
        (SIX[:12] + bytes.fromhex("0800") + SIX[14:], ALL),
        (SIX, SizeLimit("", "outside", 1300)),
        (SIX, SizeLimit("", "outside", 1280, ("2001:db8::1", 103))),
        (SIX[:40], ALL),
        (FRAME[:30], ALL),
        (b"", ALL),
    ],
)
def test_others_get_none(frame: bytes, place: SizeLimit) -> None:
    assert answer(frame, place) is None
