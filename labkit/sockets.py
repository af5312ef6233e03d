"""Sockets of both versions of IP: how one listens, and which ones the kernel has."""

import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from labkit.addresses import End, IPAddress

#: States of a connection in Linux (net/tcp_states.h).
TIME_WAIT, LISTENING = 0x06, 0x0A


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
    for table in ("tcp", "tcp6"):
        with suppress(FileNotFoundError):  # a kernel without IPv6
            text = Path("/proc/thread-self/net", table).read_text("ascii")
            for _, local, remote, state, *_ in map(str.split, text.splitlines()[1:]):
                yield Tcp(_end(local), _end(remote), int(state, 16))


def _end(text: str) -> End:
    """An end as the kernel writes it: words of an address in its own byte order, and the port."""
    words, _, port = text.partition(":")
    octets = b"".join(
        struct.pack("=I", int(words[at : at + 8], 16)) for at in range(0, len(words), 8)
    )
    return End.of_octets(octets, int(port, 16))
