"""Where packets can be captured, and whether this process may."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from labkit.addresses import IPNetwork


@dataclass(frozen=True)
class CapturePoint:
    """Where the kernel shows the packets of networks, and which of those it shows are meant."""

    interface: str  # its name there
    networks: tuple[str, ...]  # that pass it
    namespace: Path | None = None  # the network namespace it is in; None: this process's own
    talkers: tuple[Path | None, ...] = (None,)  # the namespaces of those who talk there
    only: tuple[IPNetwork, ...] = ()  # only IPv4 from or to these

    def shows(self, frame: bytes) -> bool:
        """Whether an Ethernet frame that was seen there is from or to `only`."""
        ends = frame[26:30], frame[30:34]  # after the Ethernet header, IPv4's source, destination
        return not self.only or any(
            ip_address(end) in network for end in ends for network in self.only
        )


def may_capture() -> bool:
    """Whether this process may see packets (CAP_NET_RAW)."""
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        return False
    return True
