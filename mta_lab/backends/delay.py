"""Delays frames on their way out of network interfaces: a process of the lab.

The kernel's netem would do it, but many kernels of virtual machines are built without. So the
kernel's traffic control redirects what is to be delayed into a TAP device, and this process sends
it on when its time has come.
"""

import fcntl
import json
import os
import selectors
import socket
import struct
import sys
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pyroute2 import IPRoute
from pyroute2.netlink.exceptions import NetlinkError

from labkit.addresses import parse_address
from labkit.output import say
from mta_lab.lab.namespaces import entered

EGRESS = 0xFFFFFFF3  # the parent of filters on the way out (TC_H_CLSACT, TC_H_MIN_EGRESS)
_EVERYTHING = "0x0/0x0+0"

_TUNSETIFF = 0x400454CA
_TAP_WITHOUT_HEADER = 0x1002  # IFF_TAP | IFF_NO_PI
_SOL_PACKET = 263
_PACKET_QDISC_BYPASS = 20  # what was delayed once does not pass traffic control again
_ALL = 3  # ETH_P_ALL
_ETHERNET_TYPES = {4: 0x0800, 6: 0x86DD}  # by version of IP: ETH_P_IP, ETH_P_IPV6
_OFFSETS = {4: (12, 16, 20), 6: (8, 24, 40)}  # likewise: of source, destination and TCP's ports
_LARGEST_FRAME = 65536
_MOST_FRAMES = 10_000  # held at once: beyond, they are lost as on a full queue


@dataclass(frozen=True)
class Line:
    """An interface in a namespace, how long its frames take, and which of them (None: all)."""

    namespace: str
    interface: str
    seconds: float
    service: tuple[str, int] | None = None  # TCP from or to this address and port


class _Delayed:
    """A line at work."""

    def __init__(self, line: Line, device: str) -> None:
        self._seconds = line.seconds
        self._held: deque[tuple[float, bytes]] = deque()
        with entered(Path(line.namespace)), IPRoute() as kernel:
            self.tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            request = struct.pack("16sH22x", device.encode(), _TAP_WITHOUT_HEADER)
            fcntl.ioctl(self.tap, _TUNSETIFF, request)
            self._out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            self._out.setsockopt(_SOL_PACKET, _PACKET_QDISC_BYPASS, 1)
            self._out.bind((line.interface, 0))
            (tap,) = kernel.link_lookup(ifname=device)
            (interface,) = kernel.link_lookup(ifname=line.interface)
            kernel.link("set", index=tap, state="up")
            with suppress(NetlinkError):  # another line on the interface has brought it
                kernel.tc("add", "clsact", interface)
            for keys in filter_keys(line.service) if line.service else [[_EVERYTHING]]:
                kernel.tc(
                    "add-filter",
                    "u32",
                    interface,
                    parent=EGRESS,
                    protocol=protocol_of(line.service) if line.service else _ALL,
                    target=0x10010,
                    keys=keys,
                    action={
                        "kind": "mirred",
                        "direction": "egress",
                        "action": "redirect",
                        "ifindex": tap,
                    },
                )

    def take(self) -> None:
        """Hold what has come."""
        while True:
            try:
                frame = os.read(self.tap, _LARGEST_FRAME)
            except BlockingIOError:
                return
            if len(self._held) < _MOST_FRAMES:
                self._held.append((time.monotonic() + self._seconds, frame))

    def give(self) -> float | None:
        """Send what is due; when the next will be."""
        while self._held and self._held[0][0] <= time.monotonic():
            self._out.send(self._held.popleft()[1])
        return self._held[0][0] if self._held else None


def filter_keys(service: tuple[str, int]) -> list[list[str]]:
    """What filters compare for packets from a service and to it, each a list for tc-u32(8).

    The offsets are into an IPv4 packet without options, or an IPv6 one without extensions.
    """
    address, port = parse_address(service[0]), service[1]
    source, destination, ports = _OFFSETS[address.version]
    words = [*enumerate(struct.unpack(f"!{len(address.packed) // 4}I", address.packed))]
    return [
        [
            *(f"{word:#010x}/0xffffffff+{at + 4 * number}" for number, word in words),
            f"{port << shift:#010x}/{0xFFFF << shift:#010x}+{ports}",
        ]
        for at, shift in ((source, 16), (destination, 0))  # from the service, to it
    ]


def protocol_of(service: tuple[str, int]) -> int:
    """The Ethernet type of the packets that `filter_keys` are for."""
    return _ETHERNET_TYPES[parse_address(service[0]).version]


def main() -> None:
    """Delay the lines that the one argument lists (JSON), and say so once they are under way."""
    lines = [
        _Delayed(Line(**line), f"delay{number}")
        for number, line in enumerate(json.loads(sys.argv[1]))
    ]
    with selectors.DefaultSelector() as ready:
        for line in lines:
            ready.register(line.tap, selectors.EVENT_READ, line)
        say("delaying")
        while True:
            due = [at for at in (line.give() for line in lines) if at is not None]
            patience = max(0.0, min(due) - time.monotonic()) if due else None
            for key, _ in ready.select(patience):
                key.data.take()


if __name__ == "__main__":
    main()
