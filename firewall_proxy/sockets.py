"""What the firewall asks of single sockets: listen, open from a chosen source, reset."""

import socket
import struct
from ipaddress import IPv4Address

from firewall_proxy.failures import SourceUnusableError
from firewall_proxy.policy import OnwardSource

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


def listening_socket(address: IPv4Address, port: int, backlog: int) -> socket.socket:
    """A non-blocking socket that accepts clients. Raises OSError."""
    listener = socket.create_server((str(address), port), backlog=backlog)
    listener.setblocking(False)
    # Inherited: an urgent octet may come before a client is accepted.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    return listener


def accept(listener: socket.socket) -> tuple[socket.socket, tuple[str, int]]:
    """A waiting client, non-blocking, and its address. Raises OSError."""
    client, peer = listener.accept()
    _prepare(client)
    return client, peer


def onward_socket(source: OnwardSource) -> socket.socket:
    """A non-blocking socket, not yet connected, whose packets will carry `source`.

    The port is left to the kernel, and left until connect: the client's own may be taken, and a
    port need only be free for this one destination. Raises OSError, SourceUnusableError.
    """
    onward = socket.socket()
    try:
        _prepare(onward)
        if source.foreign:
            onward.setsockopt(socket.SOL_IP, socket.IP_TRANSPARENT, 1)
        if source.address is not None:
            onward.setsockopt(socket.SOL_IP, socket.IP_BIND_ADDRESS_NO_PORT, 1)
            onward.bind((str(source.address), 0))
    except OSError as error:
        onward.close()
        raise SourceUnusableError(error.errno, error.strerror) from error
    return onward


def may_be_transparent() -> bool:
    """Whether this process may use addresses that are not its machine's (CAP_NET_ADMIN)."""
    with socket.socket() as probe:
        try:
            probe.setsockopt(socket.SOL_IP, socket.IP_TRANSPARENT, 1)
        except PermissionError:
            return False
    return True


def reset(connection: socket.socket) -> None:
    """Close with a reset (RST) instead of the end-of-data mark (FIN)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    connection.close()


def endpoint(address: tuple[str, int]) -> str:
    """A socket address as log lines have it."""
    return f"{address[0]}:{address[1]}"


def _prepare(connection: socket.socket) -> None:
    connection.setblocking(False)
    # Urgent data are a part of the stream (RFC 6093 3.2), and go on in their place.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    # Small PDUs go on as they come; a router would not wait for more of them either.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
