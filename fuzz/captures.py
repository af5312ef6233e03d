"""The decoder of captures as it is fuzzed: files, packets on any link, and what two ends say."""

import json
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory
from typing import Any

from scapy.contrib.mpls import MPLS
from scapy.data import DLT_EN10MB
from scapy.layers.inet import IP, TCP, UDP, fragment
from scapy.layers.inet6 import IPv6, IPv6ExtHdrFragment, fragment6
from scapy.layers.ipsec import AH
from scapy.layers.l2 import GRE, CookedLinux, Dot1Q, Ether, Loopback
from scapy.layers.ppp import PPP, PPPoE
from scapy.layers.vxlan import VXLAN
from scapy.packet import Packet
from scapy.utils import PcapNgWriter, PcapWriter

from fuzz import conversations
from fuzz.chunks import RAW, chunk, chunks, framed
from fuzz.conversations import Conversation
from mta_emu.decode.association import Association
from mta_emu.decode.dissector import examine
from mta_emu.decode.ladder import closing_lines, closing_records, ladder, records
from mta_emu.decode.pcap import NotACapture
from mta_emu.decode.segment import Address
from mta_emu.decode.steps import LayerName, Side
from mta_emu.decode.tcp import Connection, Gap, Octets
from mta_emu.osi.rtse.primitives import Mode

_MAC = "02:00:00:00:00:01"
_ETHERNET = Ether(src=_MAC, dst=_MAC)
_PCAP_HEADER = struct.pack("<IHHiII", 0xA1B2C3D4, 2, 4, 0, 0, 1 << 16)  # without the link type


def decode_file(octets: bytes) -> None:
    """A file is a capture, with ladders and records of whatever is in it, or none."""
    with NamedTemporaryFile(prefix="fuzz-") as file:
        file.write(octets)
        file.flush()
        with suppress(NotACapture):
            found = examine(Path(file.name))
            for association in found.associations:
                _show(association)
            list(closing_lines(found))
            json.dumps(list(closing_records(found)))


def decode_packets(octets: bytes) -> None:
    """Packets on the link that the first octet chooses; of a chunk's bits, 1 cuts its last octets.

    With a file alone the fuzzer would have to keep its framing whole.
    """
    if not octets:
        return
    records = [_PCAP_HEADER + bytes((octets[0], 0, 0, 0))]
    for number, (bits, packet) in enumerate(chunks(octets[1:])):
        kept = packet[: len(packet) - 9] if bits & 1 else packet
        record = (number, 0, len(kept), len(packet))
        records.append(struct.pack("<IIII", *record) + kept)
    decode_file(b"".join(records))


def decode_conversation(octets: bytes) -> None:
    """What two ends say; of a chunk's bits, 1 is the called side, 2 loses it, 4 has no framing."""
    if not octets:
        return
    ends = Address("192.0.2.1", 1024), Address("192.0.2.2", 102)
    association = Association(Connection(*ends, complete=not octets[0] & 1, opened_with=0))
    for frame_number, (bits, said_octets) in enumerate(chunks(octets[1:]), 1):
        said = Octets(said_octets if bits & RAW else framed(said_octets))
        part = Gap(len(said_octets)) if bits & 2 else said
        association.feed(list(Side)[bits & 1], part, frame_number, frame_number)
    _show(association)


def _show(association: Association) -> None:
    ladder([1], (association,), LayerName.MTS)
    json.dumps(list(records(1, association, LayerName.MTS)))


def captures() -> list[bytes]:
    """A file of each format with an association in it, and of each link and tunnel."""
    with TemporaryDirectory(prefix="fuzz-") as directory:
        path = Path(directory) / "capture"
        found = []
        for make in (partial(PcapWriter, linktype=DLT_EN10MB), PcapNgWriter):
            with make(str(path)) as file:
                for packet in _packets(conversations.refused(Mode.NORMAL_1988)):
                    file.write(_ETHERNET / packet)
            found.append(path.read_bytes())
    return found


def links() -> list[bytes]:
    """The packets of an association on each link, in each tunnel, and in fragments."""
    heard = list(_packets(conversations.refused(Mode.NORMAL_1988)))
    return [
        bytes((link,)) + b"".join(chunk(bytes(each)) for packet in heard for each in wrap(packet))
        for link, wrap in _WRAPPINGS
    ]


def _fragments_v6(packet: Packet) -> list[Packet]:
    whole = IPv6() / IPv6ExtHdrFragment(id=7) / packet[TCP]
    return [_ETHERNET / part for part in fragment6(whole, 200)]


_OUTER = IP(src="10.0.0.1", dst="10.0.0.2")
#: Link types, each with what becomes of an IP packet there.
_WRAPPINGS: tuple[tuple[int, Callable[[Packet], list[Packet]]], ...] = (
    (DLT_EN10MB, lambda packet: [_ETHERNET / packet]),
    (DLT_EN10MB, lambda packet: [_ETHERNET / Dot1Q(vlan=7) / packet]),
    (DLT_EN10MB, lambda packet: [_ETHERNET / PPPoE() / PPP() / packet]),
    (DLT_EN10MB, lambda packet: [_ETHERNET / MPLS(label=9, s=1) / packet]),
    (DLT_EN10MB, lambda packet: [_ETHERNET / _OUTER / GRE(key_present=1) / packet]),
    (DLT_EN10MB, lambda packet: [_ETHERNET / _OUTER / packet]),
    (
        DLT_EN10MB,
        lambda packet: [_ETHERNET / _OUTER / UDP(dport=4789) / VXLAN() / _ETHERNET / packet],
    ),
    (DLT_EN10MB, lambda packet: [_ETHERNET / IP(proto=51) / AH(nh=4, payloadlen=1) / packet]),
    (DLT_EN10MB, lambda packet: [_ETHERNET / part for part in fragment(packet, fragsize=64)]),
    (DLT_EN10MB, _fragments_v6),
    (0, lambda packet: [Loopback(type=2) / packet]),
    (9, lambda packet: [PPP() / packet]),
    (101, lambda packet: [packet]),
    (113, lambda packet: [CookedLinux(proto=0x800) / packet]),
)


def _packets(heard: Conversation[Any]) -> Iterator[Packet]:
    """The IP packets that carry a conversation."""
    sequence = {True: 0, False: 0}
    for number, (by_calling, octets) in enumerate(heard.bursts):
        sport, dport = (1024, 102) if by_calling else (102, 1024)
        numbers = {"seq": sequence[by_calling], "ack": sequence[not by_calling]}
        tcp = TCP(sport=sport, dport=dport, flags="A", **numbers)
        yield IP(id=number) / tcp / octets
        sequence[by_calling] += len(octets)


def conversations_said() -> list[bytes]:
    """Each conversation in memory as one input."""
    inputs = []
    for heard in conversations.all_of_them():
        bursts = [chunk(octets, RAW | (not by_calling)) for by_calling, octets in heard.bursts]
        inputs.append(b"\0" + b"".join(bursts))
    return inputs
