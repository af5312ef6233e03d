"""Who was called, as packets at each host show it.

A kernel forgets a connection that its program closes at once, with a reset where octets were not
read; the packets that made it were there all the same.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from ipaddress import ip_address
from pathlib import Path
from types import TracebackType
from typing import Self

from labkit.addresses import End
from mta_lab.lab.namespaces import entered

_ALL, _IGNORE_OUTGOING, _SOL_PACKET = 0x0003, 23, 263  # linux/if_ether.h, linux/if_packet.h
_LONGEST = 128  # octets: IPv6, and TCP with its options
_SYN, _ACK = 0x02, 0x10


class Arrivals:
    """Listens for calls to the ports of hosts, by host; needs CAP_NET_RAW."""

    def __init__(self, ports: Mapping[str, frozenset[int]], places: Mapping[str, Path]) -> None:
        """Take the ports and the namespace of each host. Raises OSError."""
        self._open = ExitStack()
        self._ports = ports
        self._sockets: dict[str, socket.socket] = {}
        for host, place in places.items():
            with entered(place):
                sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(_ALL))
            self._open.enter_context(sock)
            sock.setsockopt(_SOL_PACKET, _IGNORE_OUTGOING, 1)
            self._sockets[host] = sock

    def calls(self) -> list[tuple[str, End]]:
        """Each host that was called, and by whom: a SYN came, and the ACK that ends a handshake."""
        found = []
        for host, sock in self._sockets.items():
            begun: set[End] = set()
            for end, port, flags in _segments(sock):
                if port in self._ports[host] and flags & (_SYN | _ACK) == _SYN:
                    begun.add(end)
                elif end in begun and flags & _ACK:
                    begun.remove(end)
                    found.append((host, end))
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()


def _segments(sock: socket.socket) -> Iterator[tuple[End, int, int]]:
    """The source, destination port and flags of each TCP segment that waits in a socket."""
    while True:
        try:
            packet = sock.recv(_LONGEST, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        ipv6 = packet[:1] >= b"\x60"
        start = 40 if ipv6 else 4 * (packet[0] & 0xF)
        if packet[6 if ipv6 else 9] == socket.IPPROTO_TCP and len(packet) >= start + 14:
            source = packet[8:24] if ipv6 else packet[12:16]
            ports = packet[start : start + 4]
            end = End(ip_address(source), int.from_bytes(ports[:2], "big"))
            yield end, int.from_bytes(ports[2:], "big"), packet[start + 13]
