"""Where packets can be captured, and whether this process may."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from labkit.addresses import IPNetwork

_IPV4, _IPV6 = b"\x08\x00", b"\x86\xdd"  # Ethernet types (RFC 894, RFC 2464)


@dataclass(frozen=True)
class CapturePoint:
    """Where the kernel shows the packets of networks, and which of those it shows are meant."""

    interface: str  # its name there
    networks: tuple[str, ...]  # that pass it
    namespace: Path | None = None  # the network namespace it is in; None: this process's own
    talkers: tuple[Path | None, ...] = (None,)  # the namespaces of those who talk there
    only: tuple[IPNetwork, ...] = ()  # only packets from or to these

    def shows(self, frame: bytes) -> bool:
        """Whether an Ethernet frame that was seen there is from or to `only`."""
        return not self.only or any(
            ip_address(end) in network for end in ends_of(frame) for network in self.only
        )


def ends_of(frame: bytes) -> tuple[bytes, ...]:
    """The octets of source and destination of an Ethernet frame with an IP packet; else nothing."""
    if frame[12:14] == _IPV4:
        return frame[26:30], frame[30:34]
    return (frame[22:38], frame[38:54]) if frame[12:14] == _IPV6 else ()


def ports_of(frame: bytes) -> tuple[bytes, bytes]:
    """The octets of the ports of an Ethernet frame with a TCP segment, the source's first."""
    header = 40 if frame[12:14] == _IPV6 else (frame[14] & 0x0F) * 4
    at = 14 + header
    return frame[at : at + 2], frame[at + 2 : at + 4]


def may_capture() -> bool:
    """Whether this process may see packets (CAP_NET_RAW)."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True
