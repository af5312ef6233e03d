"""IP addresses, networks and ends of connections, of both versions, as values and as text.

The only place that says what an address is and how "address:port" is written and read; a test
(tests/house/test_addresses.py) finds any other. An address is never a part of a text elsewhere:
whoever reads one has a value of the `ipaddress` module, and compares values.

Two forms of IPv6 are special. An IPv4-mapped address (::ffff:192.0.2.1, RFC 4291 2.5.5.2) is how a
socket of both versions shows an IPv4 peer: it is read as that IPv4 address. A zone (fe80::1%eth0,
RFC 4007) is the name of an interface of one host and means nothing on another: it is refused where
people write it, and left out where a socket shows it.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
)
from typing import Annotated, Any, NamedTuple

from pydantic import AfterValidator, BeforeValidator, IPvAnyAddress, IPvAnyNetwork

WANTED = "an IP address, as 192.0.2.1 or 2001:db8::1"
_HOST_AND_PORT = (
    "must be HOST or HOST:PORT, with an IPv6 address in brackets, as [2001:db8::1]:102; "
    "a port is 1 to 65535"
)
_ZONE = "has a zone ({}), which means something on one host only: use an address without one"


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address that is compared: IPv4 for an IPv4-mapped one. Raises ValueError for a zone."""
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id:
        raise ValueError(_ZONE.format(f"%{address.scope_id}"))
    return address.ipv4_mapped or address


def _no_number(value: object) -> object:
    """Anything but a number, which the classes of `ipaddress` take too. Raises ValueError."""
    if isinstance(value, int):
        raise ValueError("must be text; put it into quotation marks")
    return value


def _without_zone(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    _plain(network.network_address)
    return network


#: The types of fields; for type checkers they are unions of the classes of `ipaddress`.
IPAddress = Annotated[IPvAnyAddress, BeforeValidator(_no_number), AfterValidator(_plain)]
IPNetwork = Annotated[IPvAnyNetwork, BeforeValidator(_no_number), AfterValidator(_without_zone)]
IPInterface = IPv4Interface | IPv6Interface

#: For isinstance.
ADDRESSES = (IPv4Address, IPv6Address)


@lru_cache(maxsize=1024)
def parse_address(text: str) -> IPAddress:
    """Read an address. Raises ValueError, which says what is wrong, for people.

    Cached, because the same few machines call, again and again.
    """
    try:
        found = ip_address(text)
    except ValueError:
        raise ValueError(f"must be {WANTED}") from None
    return _plain(found)


def parse_interface(text: str) -> IPInterface:
    """Read an address with the length of its network's prefix. Raises ValueError."""
    found = ip_interface(text)
    _plain(found)
    return found


def is_address(text: str) -> bool:
    """Whether a text is an address, and no host name."""
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def anywhere(version: int) -> IPNetwork:
    """The network of every address of IPv4 or IPv6: what a default route leads to."""
    return IPv4Network("0.0.0.0/0") if version == 4 else IPv6Network("::/0")


def host_network(only: IPAddress) -> IPNetwork:
    """The network of one address."""
    return IPv4Network(only) if isinstance(only, IPv4Address) else IPv6Network(only)


def within(inner: IPNetwork, outer: IPNetwork) -> bool:
    """Whether a network is a part of another one, or the whole of it."""
    first, last = inner.network_address, inner.broadcast_address
    return first in outer and last in outer


def in_network(one: IPAddress, network: IPNetwork) -> IPInterface:
    """An address with the length of its network's prefix, as an interface has it."""
    if isinstance(one, IPv4Address):
        return IPv4Interface((one, network.prefixlen))
    return IPv6Interface((one, network.prefixlen))


def at(host: IPAddress | str, port: int | str) -> str:
    """An address or host name, and a port, as text: an IPv6 address stands in brackets."""
    text = str(host)
    return f"[{text}]:{port}" if ":" in text else f"{text}:{port}"


def split(text: str, default: int) -> tuple[str, int]:
    """The host and the port of "host:port", where a port that is not there is the default.

    An IPv6 address stands in brackets, or without a port. Raises ValueError, for people.
    """
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        wrong = not bracket or not is_address(host) or rest[:1] not in ("", ":")
        colon, port = rest[:1], rest[1:]
    elif text.count(":") > 1:
        host, colon, port = text, "", ""
        wrong = not is_address(text)
    else:
        host, colon, port = text.partition(":")
        wrong = not host
    if ":" in host and "%" in host:
        raise ValueError(f"{text!r}: {_ZONE.format(host[host.index('%') :])}")
    number = int(port) if port.isascii() and port.isdecimal() and len(port) < 6 else -1
    if wrong or (colon and not 0 < number < 1 << 16):
        raise ValueError(f"{text!r}: {_HOST_AND_PORT}")
    return host, number if colon else default


def host_of(text: str) -> str:
    """The host of "host:port" or of a host alone, as a record has it. Raises ValueError."""
    return split(text, 0)[0]


class End(NamedTuple):
    """One end of a connection."""

    address: IPAddress
    port: int

    def __str__(self) -> str:
        return at(self.address, self.port)

    @classmethod
    def parse(cls, text: str) -> "End":
        """Read what `str` wrote. Raises ValueError."""
        host, port = split(text, -1)
        if port < 0:
            raise ValueError(f"{text!r}: has no port; {_HOST_AND_PORT}")
        return cls(parse_address(host), port)

    @classmethod
    def of_octets(cls, octets: bytes, port: int) -> "End":
        """The end whose address is in the 4 or 16 octets of a packet."""
        return cls(_plain(ip_address(octets)), port)

    @classmethod
    def of_socket(cls, shown: Sequence[Any]) -> "End":
        """The end that getsockname(), getpeername() or accept() shows; of IPv6 it has more."""
        host, port = str(shown[0]), int(shown[1])
        return cls(parse_address(host.partition("%")[0]), port)
