"""What the firewall asks of single sockets: listen, open from a chosen source, reset."""

import errno
import os
import socket
import struct

from firewall_proxy.failures import SourceUnusableError
from firewall_proxy.policy import OnwardSource
from labkit.addresses import End, IPAddress
from labkit.sockets import family, listening_socket

#: The option by which a socket may have an address that is not its machine's, by version of IP;
#: that of IPv6 is IPV6_TRANSPARENT of linux/in6.h. Transparent implies freebind.
_TRANSPARENT = {
    4: (socket.SOL_IP, socket.IP_TRANSPARENT),
    6: (socket.IPPROTO_IPV6, 75),
}
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # struct linger: on, 0 seconds


def service_socket(end: End, backlog: int) -> socket.socket:
    """A non-blocking socket that accepts clients. Raises OSError."""
    listener = listening_socket(end, backlog)
    # Inherited: an urgent octet may come before a client is accepted.
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    return listener


def accept(listener: socket.socket) -> tuple[socket.socket, End]:
    """A waiting client, non-blocking, and its address. Raises OSError."""
    client, peer = listener.accept()
    _prepare(client)
    return client, End.of_socket(peer)


def onward_socket(source: OnwardSource, destination: IPAddress) -> socket.socket:
    """A non-blocking socket, to be connected to `destination`, whose packets carry `source`.

    The port is left to the kernel, and left until connect: the client's own may be taken, and a
    port need only be free for this one destination. Raises OSError, SourceUnusableError.
    """
    if source.address is not None and source.address.version != destination.version:
        raise SourceUnusableError(errno.EAFNOSUPPORT, os.strerror(errno.EAFNOSUPPORT))
    onward = socket.socket(family(destination))
    try:
        _prepare(onward)
        if source.foreign:
            onward.setsockopt(*_TRANSPARENT[destination.version], 1)
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
            probe.setsockopt(*_TRANSPARENT[4], 1)
        except PermissionError:
            return False
    return True


def reset(connection: socket.socket) -> None:
    """Close with a reset (RST) instead of the end-of-data mark (FIN)."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    connection.close()


def own_end(connection: socket.socket) -> End:
    """The end of a connection that is this machine's."""
    return End.of_socket(connection.getsockname())


def _prepare(connection: socket.socket) -> None:
    connection.setblocking(False)
    # Urgent data are a part of the stream (RFC 6093 3.2), and go on in their place.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_OOBINLINE, 1)
    # Small PDUs go on as they come; a router would not wait for more of them either.
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
