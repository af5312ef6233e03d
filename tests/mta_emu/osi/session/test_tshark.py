"""What session machines put on the wire, as Wireshark reads it.

Typed data are left out: their first octet makes Wireshark take them for T.125.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from scapy.layers.inet import IP, TCP
from scapy.layers.l2 import Ether
from scapy.utils import wrpcap

from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SConnect,
    SConnectAccept,
    SConnectRefuse,
    SControlGive,
    SData,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    SUAbort,
    SUExceptionReport,
    Token,
)

IDENTIFIER = ConnectionIdentifier(b"\x14\x03ABC", b"\x17\x0b2601010000Z")
CALLING, CALLED = True, False
GIVE_BACK = STokenGive(Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY)


class Conversation:
    """Two machines, and each of their TSDUs in a packet of its own."""

    def __init__(self, max_tsdu_size: int = 0) -> None:
        self.sides = {
            side: SessionConnection(side, max_tsdu_size=max_tsdu_size) for side in (CALLING, CALLED)
        }
        self.packets: list[Any] = []
        self._next = {CALLING: 1, CALLED: 1}

    def say(self, side: bool, *primitives: Any) -> "Conversation":
        for primitive in primitives:
            self.sides[side].request(primitive)
            self._run()
        return self

    def _run(self) -> None:
        moved = True
        while moved:
            moved = False
            for side, session in self.sides.items():
                octets = session.data_to_send()
                moved = moved or bool(octets)
                while octets:
                    length = int.from_bytes(octets[2:4], "big")
                    tpkt, octets = octets[:length], octets[length:]
                    self._packet(side, tpkt)
                    self.sides[not side].receive_data(tpkt)

    def _packet(self, side: bool, tpkt: bytes) -> None:
        ends = [("203.0.113.10", 40000), ("198.51.100.10", 102)]
        (source, sport), (destination, dport) = ends if side else ends[::-1]
        tcp = TCP(sport=sport, dport=dport, flags="PA", seq=self._next[side])
        tcp.ack = self._next[not side]
        self._next[side] += len(tpkt)
        self.packets.append(Ether() / IP(src=source, dst=destination) / tcp / tpkt)


def accepted(max_tsdu_size: int = 0, data: bytes = b"") -> Conversation:
    connect = SConnect(identifier=IDENTIFIER, user_data=data)
    accept = SConnectAccept(identifier=IDENTIFIER, user_data=data)
    return Conversation(max_tsdu_size).say(CALLING, connect).say(CALLED, accept)


def everything() -> Conversation:
    start, resume = SActivityStart(b"\x01"), SActivityResume(b"\x02", b"\x01", 1, IDENTIFIER, b"r")
    talk = accepted()
    talk.say(CALLING, start, SData(b"x"), SSyncMinor()).say(CALLED, SSyncMinorAck(1))
    talk.say(CALLED, STokenPlease(Token.DATA))
    talk.say(CALLING, SActivityInterrupt(1)).say(CALLED, SActivityInterruptAck())
    talk.say(CALLING, resume, SData(b"y")).say(CALLED, SUExceptionReport(5))
    talk.say(CALLING, SActivityDiscard(0)).say(CALLED, SActivityDiscardAck())
    talk.say(CALLING, start, SActivityEnd()).say(CALLED, SActivityEndAck())
    talk.say(CALLING, SControlGive()).say(CALLED, STokenGive(Token.DATA), GIVE_BACK)
    return talk.say(CALLING, SRelease()).say(CALLED, SReleaseAccept())


CONVERSATIONS: dict[str, tuple[Callable[[], Conversation], list[int]]] = {
    # SI values in order; a category 2 SPDU follows a GT (1) or PT (2) in its TSDU
    "everything": (
        everything,
        [13, 14, 45, 1, 49, 50, 2, 25, 26, 29, 1, 48, 57, 58, 45, 41, 42, 21, 22, 1, 1, 9, 10],
    ),
    "overflow": (lambda: accepted(0, bytes(20_000)), [13, 16, 15, 14]),
    "refusal": (
        lambda: Conversation().say(CALLING, SConnect()).say(CALLED, SConnectRefuse(2, b"no")),
        [13, 12],
    ),
    "abort": (lambda: accepted().say(CALLED, SUAbort(b"enough")), [13, 14, 25]),
    "segments": (
        lambda: accepted(128, bytes(300)).say(
            CALLING, SActivityStart(b"\x01", bytes(200)), SData(bytes(250))
        ),
        [13, 14, 14, 14, 45, 45, 1, 1, 1],
    ),
}


def test_every_spdu_is_dissected(
    tmp_path: Path, tshark: Callable[..., list[dict[str, list[str]]]]
) -> None:
    packets = []
    for port, (make, _) in enumerate(CONVERSATIONS.values(), start=40000):
        for packet in make().packets:
            tcp = packet[TCP]
            tcp.sport, tcp.dport = (port, 102) if tcp.dport == 102 else (102, port)
            packets.append(packet)
    capture = tmp_path / "session.pcap"
    wrpcap(str(capture), packets)
    # the user data here are none of the presentation's
    wrong = "ses.bad_length || ses.bad_parameter_length || (_ws.malformed && !pres)"
    assert tshark(capture, "frame.number", where=wrong) == []
    found: dict[int, list[int]] = {}
    for packet in tshark(capture, "tcp.stream", "ses.type", where="ses"):
        if "ses.type" in packet:
            stream = found.setdefault(int(packet["tcp.stream"][0]), [])
            stream.append(int(packet["ses.type"][-1], 0))
    assert list(found.values()) == [expected for _, expected in CONVERSATIONS.values()]
