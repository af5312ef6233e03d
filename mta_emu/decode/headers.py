"""What lies around a TCP segment in a packet: the link, tunnels, and IP itself.

Each kind of header is a function that reads it, moves the `Cursor` behind it, and returns the
function for what follows, found in a table: of link types, EtherTypes, IP protocols, ports of UDP.
Where a table has none, `Unread` says what it is, so that nobody takes a capture for empty that
only has what is not read here. Addresses are the innermost ones.
"""

from collections.abc import Callable
from typing import Union

from mta_emu.decode.cursor import Cursor, Unfinished, Unread
from mta_emu.decode.fragments import Fragments, Name
from mta_emu.decode.pcap import Packet

_MAX_IP_HEADERS = 8  # in a packet: what is put together from fragments is copied for each


Header = Callable[[Cursor], Union["Header", None]]


def find_tcp(packet: Packet, fragments: Fragments) -> Cursor:
    """Where the TCP segment of a packet lies.

    Fragments of IP datagrams are left with `fragments`. Raises Unread where there is no segment,
    and Unfinished where more fragments must come.
    """
    cursor = Cursor(packet.octets, 0, packet.length, packet.time, fragments)
    if packet.link not in _LINKS:
        raise Unread(_OTHER_LINKS.get(packet.link, f"link type {packet.link}"))
    header: Header | None = _LINKS[packet.link]
    while header is not None:
        header = header(cursor)
    return cursor


# Links


def _ethernet(cursor: Cursor) -> Header:
    *_, kind = cursor.take("6s6sH")
    if kind <= _LONGEST_IEEE_802_3:
        cursor.until(kind)
        return _llc(cursor)
    return _by_ethertype(kind)


def _llc(cursor: Cursor) -> Header:
    """IEEE 802.2; IP lies in it under SNAP (RFC 1042)."""
    access_points, _ = cursor.take("HB")
    if access_points != _SNAP:
        raise Unread("IEEE 802.2 without SNAP", may_hide_tcp=False)
    _, _, kind = cursor.take("BHH")
    return _by_ethertype(kind)


def _by_ethertype(kind: int) -> Header:
    if kind in _ETHERTYPES:
        return _ETHERTYPES[kind]
    name = _OTHER_ETHERTYPES.get(kind)
    raise Unread(name or f"EtherType 0x{kind:04x}", may_hide_tcp=name is None)


def _vlan(cursor: Cursor) -> Header:
    _, kind = cursor.take("HH")
    return _by_ethertype(kind)


def _loopback(cursor: Cursor) -> Header:
    cursor.skip(4)  # the address family, whose numbers differ from system to system
    return _ip


def _cooked(cursor: Cursor) -> Header:
    *_, kind = cursor.take("HHH8sH")
    return _by_ethertype(kind)


def _cooked_2(cursor: Cursor) -> Header:
    kind, *_ = cursor.take("HHIHBB8s")
    return _by_ethertype(kind)


def _cisco_hdlc(cursor: Cursor) -> Header:
    _, kind = cursor.take("HH")
    return _by_ethertype(kind)


def _ppp_or_cisco(cursor: Cursor) -> Header:
    """PPP in HDLC-like frames, or Cisco's HDLC (link type 50)."""
    return _cisco_hdlc if cursor.peek() in _CISCO_ADDRESSES else _ppp


def _pppoe(cursor: Cursor) -> Header:
    """RFC 2516 4."""
    _, code, _, length = cursor.take("BBHH")
    if code:
        raise Unread("PPPoE discovery", may_hide_tcp=False)
    cursor.until(length)
    return _ppp


def _ppp(cursor: Cursor) -> Header:
    """RFC 1661 2, and the address and control of RFC 1662 where they are there."""
    if cursor.peek() == _PPP_ALL_STATIONS:
        cursor.skip(2)
    if cursor.peek() & 1:  # a protocol field of one octet
        (protocol,) = cursor.take("B")
    else:
        (protocol,) = cursor.take("H")
    if protocol in _PPP_PROTOCOLS:
        return _PPP_PROTOCOLS[protocol]
    is_control = protocol >= _PPP_CONTROL
    name = "PPP's own control" if is_control else f"PPP protocol 0x{protocol:04x}"
    raise Unread(name, may_hide_tcp=not is_control)


def _mpls(cursor: Cursor) -> Header:
    """A label (RFC 3032); what it leads to shows in the octet after the last one."""
    (entry,) = cursor.take("I")
    if not entry & _BOTTOM_OF_STACK:
        return _mpls
    following = cursor.peek() >> 4
    if following in (4, 6):
        return _ip
    at = cursor.at
    if (
        following == 0
        and int.from_bytes(cursor.octets[at + 12 : at + 14], "big") not in _ETHERTYPES
    ):
        cursor.skip(4)  # a pseudowire's control word (RFC 4385), and no MAC address
    return _ethernet


# IP


def _ip(cursor: Cursor) -> Header:
    version = cursor.peek() >> 4
    if version == 4:
        return _ipv4
    if version == 6:
        return _ipv6
    raise Unread(f"IP of version {version}")


def _count_ip(cursor: Cursor) -> None:
    cursor.ip_headers += 1
    if cursor.ip_headers > _MAX_IP_HEADERS:
        raise Unread(f"more than {_MAX_IP_HEADERS} IP headers in one another")


def _ipv4(cursor: Cursor) -> Header | None:
    """RFC 791 3.1."""
    _count_ip(cursor)
    start = cursor.at
    first, _, total, identification, fragment, _, protocol, _, source, destination = cursor.take(
        "BBHHHBBH4s4s"
    )
    if first >> 4 != 4 or first & 0x0F < 5:
        raise Unread("an IPv4 header that is none")
    cursor.at = start + (first & 0x0F) * 4
    if total:  # else segmentation offload left it out, and the packet ends with the frame
        cursor.end = min(cursor.end, start + total)
    cursor.hosts = source, destination
    if fragment & _MORE_OR_OFFSET_V4:
        offset, more = (fragment & _OFFSET_V4) * 8, bool(fragment & _MORE_V4)
        _fragment(cursor, protocol, identification, offset, last=not more)
    return _by_protocol(protocol)


def _ipv6(cursor: Cursor) -> Header | None:
    """RFC 8200 3."""
    _count_ip(cursor)
    first, length, following, _, source, destination = cursor.take("IHBB16s16s")
    if first >> 28 != 6:
        raise Unread("an IPv6 header that is none")
    if length:
        cursor.until(length)
    cursor.hosts = source, destination
    return _by_protocol(following)


def _fragment_header(cursor: Cursor) -> Header | None:
    """RFC 8200 4.5; a datagram of one fragment is whole."""
    following, _, fragment, identification = cursor.take("BBHI")
    offset, more = fragment & _OFFSET_V6, bool(fragment & 1)
    if offset or more:
        _fragment(cursor, following, identification, offset, last=not more)
    return _by_protocol(following)


def _fragment(
    cursor: Cursor, protocol: int, identification: int, offset: int, *, last: bool
) -> None:
    """Leave a fragment with the others; go on in the whole datagram when it makes one."""
    piece = cursor.octets[cursor.at : cursor.end]
    if cursor.at + len(piece) < cursor.end:
        raise Unread("an IP fragment that the capture cut")
    name = Name(*cursor.hosts, protocol, identification)
    whole = cursor.fragments.add(name, cursor.time, offset, piece, last=last)
    if whole is None:
        raise Unfinished
    cursor.octets, cursor.at, cursor.end = whole, 0, len(whole)


def _extension(cursor: Cursor) -> Header | None:
    """An extension header of IPv6 that only leads to the next."""
    following, length = cursor.take("BB")
    cursor.skip(6 + length * 8)
    return _by_protocol(following)


def _authentication(cursor: Cursor) -> Header | None:
    """AH (RFC 4302 2), whose length counts in units of four octets."""
    following, length = cursor.take("BB")
    cursor.skip(length * 4 + 6)
    return _by_protocol(following)


def _by_protocol(protocol: int) -> Header | None:
    if protocol in _PROTOCOLS:
        return _PROTOCOLS[protocol]
    name = _OTHER_PROTOCOLS.get(protocol)
    raise Unread(name or f"IP protocol {protocol}", may_hide_tcp=name in (None, "ESP"))


# Tunnels


def _gre(cursor: Cursor) -> Header:
    """GRE (RFC 2784, RFC 2890), and its version 1, which carries PPP (RFC 2637)."""
    flags, kind = cursor.take("HH")
    words = bin(flags & (_GRE_CHECKSUM | _GRE_KEY | _GRE_SEQUENCE)).count("1")
    words += flags & 7 == 1 and bool(flags & _GRE_ACKNOWLEDGEMENT)
    cursor.skip(4 * words)
    if kind in (_ERSPAN, _ERSPAN_3):
        sequenced = bool(flags & _GRE_SEQUENCE)  # without: a mirror's first form, with no header
        cursor.skip(12 if kind == _ERSPAN_3 else 8 * sequenced)
        return _ethernet
    return _by_ethertype(kind)


def _ether_ip(cursor: Cursor) -> Header:
    """RFC 3378."""
    cursor.skip(2)
    return _ethernet


def _udp(cursor: Cursor) -> Header:
    source, destination, length, _ = cursor.take("HHHH")
    if length:
        cursor.until(length - 8)
    for port in (destination, source):
        if port in _UDP_PORTS:
            return _UDP_PORTS[port]
    raise Unread("UDP", may_hide_tcp=False)


def _vxlan(cursor: Cursor) -> Header:
    """RFC 7348 5."""
    cursor.take("II")
    return _ethernet


def _geneve(cursor: Cursor) -> Header:
    """RFC 8926 3.4."""
    first, _, kind, _ = cursor.take("BBHI")
    cursor.skip((first & 0x3F) * 4)
    return _by_ethertype(kind)


def _tcp(cursor: Cursor) -> None:
    """Arrived, when the header is there (RFC 9293 3.1)."""
    cursor.take("20s")
    cursor.skip(-20)


_LONGEST_IEEE_802_3 = 1500
_SNAP = 0xAAAA
_CISCO_ADDRESSES = (0x0F, 0x8F)
_PPP_ALL_STATIONS, _PPP_CONTROL = 0xFF, 0x8000
_BOTTOM_OF_STACK = 0x100
_MORE_OR_OFFSET_V4, _OFFSET_V4, _MORE_V4 = 0x3FFF, 0x1FFF, 0x2000
_OFFSET_V6 = 0xFFF8
_GRE_CHECKSUM, _GRE_KEY, _GRE_SEQUENCE, _GRE_ACKNOWLEDGEMENT = 0x8000, 0x2000, 0x1000, 0x80
_ERSPAN, _ERSPAN_3 = 0x88BE, 0x22EB

#: www.tcpdump.org/linktypes.html
_LINKS: dict[int, Header] = {
    0: _loopback,
    1: _ethernet,
    9: _ppp,
    12: _ip,  # raw IP, as some systems number it
    14: _ip,
    50: _ppp_or_cisco,
    51: _pppoe,
    101: _ip,
    104: _cisco_hdlc,
    108: _loopback,
    113: _cooked,
    228: _ipv4,
    229: _ipv6,
    276: _cooked_2,
}
_OTHER_LINKS = {105: "IEEE 802.11", 127: "IEEE 802.11 with radiotap", 239: "netfilter's log"}

_ETHERTYPES: dict[int, Header] = {
    0x0800: _ipv4,
    0x86DD: _ipv6,
    0x8100: _vlan,
    0x88A8: _vlan,
    0x9100: _vlan,
    0x6558: _ethernet,  # in GRE
    0x8847: _mpls,
    0x8848: _mpls,
    0x8863: _pppoe,
    0x8864: _pppoe,
    0x880B: _ppp,
}
_OTHER_ETHERTYPES = {0x0806: "ARP", 0x88CC: "LLDP", 0x88E1: "HomePlug", 0x9000: "loopback test"}

_PPP_PROTOCOLS: dict[int, Header] = {0x0021: _ipv4, 0x0057: _ipv6, 0x0281: _mpls, 0x0283: _mpls}

#: www.iana.org/assignments/protocol-numbers
_PROTOCOLS: dict[int, Header] = {
    0: _extension,  # hop-by-hop options
    4: _ipv4,
    6: _tcp,
    17: _udp,
    41: _ipv6,
    43: _extension,  # routing
    44: _fragment_header,
    47: _gre,
    51: _authentication,
    60: _extension,  # destination options
    94: _ipv4,
    97: _ether_ip,
    135: _extension,  # mobility
    137: _mpls,
}
_OTHER_PROTOCOLS = {
    1: "ICMP",
    2: "IGMP",
    50: "ESP",
    58: "ICMPv6",
    59: "IPv6 without contents",
    89: "OSPF",
    112: "VRRP",
    132: "SCTP",
}

#: The ports that tunnels over UDP go to; Linux had VXLAN at 8472 before it had a number.
_UDP_PORTS: dict[int, Header] = {4789: _vxlan, 8472: _vxlan, 6081: _geneve, 6635: _mpls}
