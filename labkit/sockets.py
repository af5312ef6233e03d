"""Sockets of both versions of IP: how one listens, and which ones the kernel has."""

import socket
import struct
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from labkit.addresses import End, IPAddress, anywhere

#: States of a connection in Linux (net/tcp_states.h).
ANSWERING, TIME_WAIT, LISTENING = 0x03, 0x06, 0x0A
#: The kernel's tables of TCP sockets, in the network namespace of the thread that reads.
TABLES = ("/proc/thread-self/net/tcp", "/proc/thread-self/net/tcp6")


def family(address: IPAddress) -> socket.AddressFamily:
    """The address family of a socket that has this address, or connects to it."""
    return socket.AF_INET if address.version == 4 else socket.AF_INET6


def listening_socket(end: End, backlog: int = 128) -> socket.socket:
    """A non-blocking socket that accepts callers at `end`. Raises OSError.

    At `::` it takes callers over IPv4 too, whom it shows by their IPv4-mapped addresses.
    """
    address, port = end
    listener = socket.create_server(
        (str(address), port),
        family=family(address),
        backlog=backlog,
        dualstack_ipv6=address.version == 6 and address.is_unspecified,
    )
    listener.setblocking(False)
    return listener


class Tcp(NamedTuple):
    """A TCP socket of the kernel's; `state` is one of net/tcp_states.h."""

    local: End
    remote: End
    state: int


def tcp_sockets() -> Iterator[Tcp]:
    """Every TCP socket in the network namespace of this thread (Linux, proc_net_tcp.rst)."""
    for table in TABLES:
        with suppress(FileNotFoundError):  # a kernel without IPv6
            yield from in_table(Path(table).read_text("ascii"))


def in_table(text: str) -> Iterator[Tcp]:
    """The TCP sockets in the text of the kernel's table, or of both of them."""
    for number, local, remote, state, *_ in map(str.split, text.splitlines()):
        if number != "sl":  # the head of a table
            yield Tcp(_end(local), _end(remote), int(state, 16))


def listeners(sockets: Iterable[Tcp]) -> frozenset[End]:
    """Where those of the sockets wait that listen."""
    return frozenset(each.local for each in sockets if each.state == LISTENING)


def is_bound(end: End, listening: Collection[End]) -> bool:
    """Whether somebody listens at `end`, by its address or at every address."""
    everywhere = (anywhere(version).network_address for version in (4, 6))
    return any((address, end.port) in listening for address in (end.address, *everywhere))


def _end(text: str) -> End:
    """An end as the kernel writes it: words of an address in its own byte order, and the port."""
    words, _, port = text.partition(":")
    octets = b"".join(
        struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8)
    )
    return End.of_octets(octets, int(port, 16))
