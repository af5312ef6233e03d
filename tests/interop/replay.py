"""Recorded associations played again: one side's octets as they were, the other side our stack.

`conversations` cuts a capture into TPKTs in the order in which they came. `play` gives the octets
of one side to a stack of ours, whose user does what a user does: takes what comes, sends what it
has, passes the turn, releases at the end.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from scapy.layers.inet import IP, TCP
from scapy.utils import rdpcap

from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.machine import State
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtPrimitive,
    RtRecover,
    RtTransfer,
    RtTransferConfirm,
    RtTransferData,
    RtTransferEnd,
    RtTransferRefuse,
    RtTransferSecured,
    RtTransferStart,
    RtTurnGive,
    RtTurnPlease,
)
from mta_emu.osi.session.primitives import ExceptionReason
from mta_emu.osi.session.spdu import Spdu, decode_tsdu
from mta_emu.osi.tpkt import TpktReader, frame
from mta_emu.osi.transport.tpdu import DT, EOT, decode
from tests.shared import shared

PEER = shared("captures/peer")


@dataclass(frozen=True)
class Step:
    """A TPDU, and which side sent it."""

    by_caller: bool
    tpdu: bytes


def conversations(name: str) -> list[list[Step]]:
    """The TPDUs of each connection in a capture, in order."""
    found: list[list[Step]] = []
    open_now: dict[frozenset[Address], _Connection] = {}
    for packet in rdpcap(str(PEER / name)):
        if TCP not in packet:
            continue
        source = packet[IP].src, packet[TCP].sport
        ends = frozenset((source, (packet[IP].dst, packet[TCP].dport)))
        if packet[TCP].flags == "S":
            open_now[ends] = connection = _Connection(source)
            found.append(connection.steps)
        elif ends in open_now:
            open_now[ends].hear(source, packet[TCP].seq, bytes(packet[TCP].payload))
    return [steps for steps in found if steps]


Address = tuple[str, int]


class _Connection:
    """A TCP connection whose segments came in order; what was sent twice is taken once."""

    def __init__(self, caller: Address) -> None:
        self.steps: list[Step] = []
        self._caller = caller
        self._readers = {True: TpktReader(), False: TpktReader()}
        self._seen: set[tuple[bool, int]] = set()

    def hear(self, source: Address, sequence: int, payload: bytes) -> None:
        by_caller = source == self._caller
        if payload and (by_caller, sequence) not in self._seen:
            self._seen.add((by_caller, sequence))
            self.steps += [Step(by_caller, each) for each in self._readers[by_caller].feed(payload)]


def spdus(tpdus: Iterable[bytes]) -> list[Spdu]:
    """The SPDUs in TPDUs of one side."""
    found: list[Spdu] = []
    tsdu = b""
    for tpdu in map(decode, tpdus):
        if tpdu.code == DT:
            tsdu += tpdu.user_data
            if tpdu.option & EOT:
                found += [unit.spdu for unit in decode_tsdu(tsdu)]
                tsdu = b""
    return found


def of(steps: Iterable[Step], *, by_caller: bool) -> list[bytes]:
    """The TPDUs of one side."""
    return [step.tpdu for step in steps if step.by_caller is by_caller]


@dataclass
class User:
    """Who uses a stack of ours.

    - `answer`: what a proposed association gets.
    - `outbox`: the APDUs to transfer. `inbox`: those that have come.
    - `awaits`: how many APDUs must have come before the association is released.
    - `takes`: how many APDUs are taken, before one is `refused`; None: all.
    - `gives`: whether the turn is given to a peer that asks for it.
    """

    answer: RtPrimitive | None = None
    outbox: Iterable[bytes] = ()
    awaits: int = 0
    takes: int | None = None
    gives: bool = True
    heard: list[RtPrimitive] = field(default_factory=list)
    inbox: list[bytes] = field(default_factory=list)
    refused: list[bytes] = field(default_factory=list)
    _partial: bytes = b""
    _wanted: bool = False
    _busy: bool = False
    _asked: bool = False

    def __post_init__(self) -> None:
        self.outbox = deque(self.outbox)

    @property
    def first(self) -> RtPrimitive | None:
        """What was heard first."""
        return next(iter(self.heard), None)

    def hear(self, stack: RtseConnection, indication: RtPrimitive) -> None:
        """React to an indication or confirm."""
        self.heard.append(indication)
        match indication:
            case RtOpen() | RtRecover() if self.answer:
                stack.request(self.answer)
            case RtTransferStart():
                self._partial = b""
            case RtTransferData(octets):
                self._partial += octets
            case RtCheckpoint(serial):
                stack.request(RtCheckpointSecured(serial))
            case RtTransferEnd():
                self._take(stack)
            case RtTransferConfirm():
                self._busy = False
            case RtTurnPlease():
                self._wanted = True
            case RtTurnGive():
                self._asked = False
            case RtClose():
                stack.request(RtCloseAccept())

    def _take(self, stack: RtseConnection) -> None:
        if len(self.inbox) == self.takes:
            self.refused.append(self._partial)
            stack.request(RtTransferRefuse(ExceptionReason.PROCEDURAL_ERROR))
        else:
            self.inbox.append(self._partial)
            stack.request(RtTransferSecured())

    def act(self, stack: RtseConnection) -> None:
        """Do what is to be done of one's own accord."""
        assert isinstance(self.outbox, deque)
        two_way = stack.association.dialogue_mode is DialogueMode.TWO_WAY_ALTERNATE
        if stack.may_transfer and not self._busy:
            if self.outbox:
                self._busy = True
                stack.request(RtTransfer(Octets(self.outbox.popleft())))
            elif self._wanted and two_way and self.gives:
                self._wanted = False
                stack.request(RtTurnGive())
            elif stack.initiator and len(self.inbox) >= self.awaits:
                stack.request(RtClose())
        elif stack.state is State.NO_TURN and two_way and self.outbox and not self._asked:
            self._asked = True
            stack.request(RtTurnPlease(0))


def play(steps: Iterable[Step], stack: RtseConnection, user: User) -> list[bytes]:
    """Give the octets of the other side to `stack`; the TPDUs that it sends."""
    sent: list[bytes] = []
    reader = TpktReader()

    def collect() -> None:
        user.act(stack)
        while octets := stack.data_to_send():
            sent.extend(reader.feed(octets))
            user.act(stack)

    collect()
    for tpdu in of(steps, by_caller=not stack.initiator):
        for indication in stack.receive_data(frame(tpdu)):
            user.hear(stack, indication)
            user.act(stack)
        collect()
    return sent
