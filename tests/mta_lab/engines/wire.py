"""A real box between two networks in namespaces of its own, and real SYNs through it.

Outside and inside are namespaces with the addresses of many hosts. A SYN is a packet of ours with a
sequence number of its own, by which it is known again wherever it arrives, and by which its answer
is known: a SYN-ACK, a reset, or an ICMP error with the first octets of what it is about.
"""

import itertools
import os
import select
import socket
import struct
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from mta_lab.engines.decision import Icmp, Syn
from mta_lab.lab.namespaces import entered
from tests.mta_lab.engines.boxes import INSIDE, OUTSIDE
from tests.patience import PATIENCE

CLIENTS = ("203.0.113.50", "203.0.113.51", "198.51.100.7")
SERVERS = ("192.0.2.2", "192.0.2.3")
#: What a box may translate sources to: the hosts inside send to these by the box.
SOURCES = ("192.0.2.9", "192.0.2.10", "192.0.2.11")
PORTS = (102, 103, 10102)
#: The networks behind hosts, by the interface that leads there.
FURTHER: Mapping[str, str] = {"198.51.100.0/24": "outside"}

_QUIET = 0.03  # seconds in which nothing more comes
_SYN, _RST, _ACK = 0x02, 0x04, 0x10
_numbers = itertools.count(1)


@dataclass
class Seen:
    """What became of a SYN: what arrived behind the box, and what the client heard."""

    arrived: Syn | None = None
    heard: str | Icmp = "silence"


@dataclass
class Wire:
    """The three namespaces, and the sockets that hear in the outer two."""

    box: Path
    sockets: Mapping[str, tuple[socket.socket, socket.socket]]
    outside: Path
    listening: Sequence[socket.socket]
    seen: dict[int, Seen] = field(default_factory=dict)

    def takes(self, text: str) -> bool:
        """Give the box this nftables ruleset and no other, if nft takes it."""
        done = subprocess.run(
            ["nsenter", f"--net={self.box}", "nft", "-f", "-"],
            input=f"flush ruleset\n{text}",
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode == 0

    def send(self, syns: Sequence[Syn], wanted: Sequence[Seen | None]) -> list[Seen]:
        """Send SYNs from outside. Waits until all that is wanted has come, and a little longer."""
        numbers = [next(_numbers) * 1000 for _ in syns]
        self.seen = {number: Seen() for number in numbers}
        sender = self.sockets["outside"][0]
        for number, syn in zip(numbers, syns, strict=True):
            sender.sendto(_packet(syn, number), (str(syn.destination), 0))
        deadline = time.monotonic() + PATIENCE
        awaited = [(number, want) for number, want in zip(numbers, wanted, strict=True) if want]
        while any(_waits(self.seen[number], want) for number, want in awaited):
            if not self._hear(deadline - time.monotonic()):
                break
        while self._hear(_QUIET):
            pass
        return [self.seen[each] for each in numbers]

    def _hear(self, patience: float) -> bool:
        """Read what has come to any socket; whether anything has."""
        where = {each: name for name, both in self.sockets.items() for each in both}
        ready, _, _ = select.select(where, [], [], max(0, patience))
        for each in ready:
            self._note(where[each], each.recv(65535))
        return bool(ready)

    def _note(self, where: str, packet: bytes) -> None:
        body = packet[(packet[0] & 15) * 4 :]
        if packet[9] == socket.IPPROTO_ICMP:
            about = body[8:]
            sequence = about[(about[0] & 15) * 4 + 4 :][:4]
            if body[0] == 3 and (seen := self.seen.get(int.from_bytes(sequence))):
                seen.heard = Icmp(body[0], body[1])
            return
        source_port, port, sequence, acknowledged, _, flags = struct.unpack("!HHIIBB", body[:14])
        if flags & (_SYN | _ACK) == _SYN and sequence in self.seen:
            source, destination = IPv4Address(packet[12:16]), IPv4Address(packet[16:20])
            self.seen[sequence].arrived = Syn(where, source, source_port, destination, port)
        elif flags & _ACK and where == "outside" and acknowledged - 1 in self.seen:
            self.seen[acknowledged - 1].heard = "reset" if flags & _RST else "connected"


@contextmanager
def wire() -> Iterator[Wire]:
    """Make the namespaces; remove them in the end."""
    name = f"wire-{os.getpid()}"
    box, outside, inside = (f"{name}-{each}" for each in ("box", "out", "in"))
    with ExitStack() as stack:
        for each in (box, outside, inside):
            _ip("netns", "add", each)
            stack.callback(_ip, "netns", "delete", each)
        for network, host, near, hosts in (
            ("outside", outside, OUTSIDE, CLIENTS),
            ("inside", inside, INSIDE, SERVERS),
        ):
            _ip("-n", box, "link", "add", network, "type", "veth", "peer", "eth0", "netns", host)
            _ip("-n", box, "address", "add", f"{near}/24", "dev", network)
            _ip("-n", box, "link", "set", network, "up")
            for link in ("lo", "eth0"):
                _ip("-n", host, "link", "set", link, "up")
            for address in hosts:
                length = 24 if address.rpartition(".")[0] == near.rpartition(".")[0] else 32
                _ip("-n", host, "address", "add", f"{address}/{length}", "dev", "eth0")
            _ip("-n", host, "route", "add", "default", "via", near)
        for source in SOURCES:
            _ip("-n", inside, "route", "add", source, "via", INSIDE)
        for further, by in FURTHER.items():
            _ip("-n", box, "route", "add", further, "via", CLIENTS[0], "dev", by)
        places = {each: Path("/run/netns") / each for each in (box, outside, inside)}
        for place in places.values():
            with entered(place):
                _set("ip_forward", "1" if place == places[box] else "0")
                for which in ("all", "default", "outside", "inside", "eth0"):
                    _set(f"conf/{which}/rp_filter", "0", missing=True)
                _set("icmp_ratelimit", "0", missing=True)
                _set("icmp_msgs_per_sec", "100000", missing=True)
                _set("icmp_msgs_burst", "100000", missing=True)
        sockets = {}
        for where, host in (("outside", outside), ("inside", inside)):
            with entered(places[host]):
                sockets[where] = (
                    stack.enter_context(_raw(socket.IPPROTO_TCP)),
                    stack.enter_context(_raw(socket.IPPROTO_ICMP)),
                )
                if where == "inside":
                    listening = [
                        stack.enter_context(socket.create_server(("", port), backlog=4096))
                        for port in PORTS
                    ]
        yield Wire(places[box], sockets, places[outside], listening)


def _waits(seen: Seen, wanted: Seen) -> bool:
    """Whether something is still to come."""
    arrives = wanted.arrived is not None and seen.arrived is None
    return arrives or (wanted.heard != "silence" and seen.heard == "silence")


def _raw(protocol: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
    return made


def _packet(syn: Syn, number: int) -> bytes:
    source, destination = syn.source.packed, syn.destination.packed
    tcp = struct.pack(
        "!HHIIBBHHH", syn.source_port, syn.destination_port, number, 0, 5 << 4, _SYN, 65535, 0, 0
    )
    pseudo = source + destination + struct.pack("!BBH", 0, socket.IPPROTO_TCP, len(tcp))
    total = sum(struct.unpack(f"!{len(pseudo + tcp) // 2}H", pseudo + tcp))
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    tcp = tcp[:16] + struct.pack("!H", total ^ 0xFFFF) + tcp[18:]
    # the kernel fills in the length, the checksum and an identification
    return struct.pack("!BBHHHBBH", 0x45, 0, 0, 0, 0, 64, 6, 0) + source + destination + tcp


def _set(setting: str, text: str, *, missing: bool = False) -> None:
    path = Path("/proc/sys/net/ipv4", setting)
    if path.exists() or not missing:
        path.write_text(text, "ascii")


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
