"""Legal conversations: two stacks talk in memory, and their states and octets are kept."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache

from mta_emu.mts import bind, ipm
from mta_emu.mts import envelope as envelopes
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.bind import BindError, Credentials
from mta_emu.mts.bodyparts import IA5Text
from mta_emu.mts.envelope import Envelope, GlobalDomain, MtsIdentifier, Recipient
from mta_emu.mts.ipm import InterpersonalMessage
from mta_emu.mts.oraddress import ORAddress
from mta_emu.osi.rtse.connection import RtseConnection
from mta_emu.osi.rtse.primitives import (
    DialogueMode,
    Mode,
    Octets,
    RtCheckpoint,
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtPrimitive,
    RtTransfer,
    RtTransferEnd,
    RtTransferSecured,
    RtTurnGive,
    RtTurnPlease,
)
from mta_emu.osi.selectors import Selectors

JONES = ORAddress.parse("C=US;A= ;P=Contoso;O=Outside;OU1=Lab;S=Jones;G=Jo")
SMITH = ORAddress.parse("C=US;A= ;P=Contoso;O=Inside;S=Smith;DDA:SMTP=smith(a)lab")

ACCEPT = RtOpenAccept(bind.encode_result(Credentials("B", b"secret")), 1, 3)
REJECT = RtOpenReject(bind.encode_error(BindError.AUTHENTICATION_ERROR))
OPEN = RtOpen(
    called=Selectors(b"", b"", b"T"),
    calling=Selectors(),
    user_data=bind.encode_argument(Credentials("A", b"secret")),
    dialogue_mode=DialogueMode.TWO_WAY_ALTERNATE,
    checkpoint_size=1,
    window_size=3,
)


@cache
def content() -> bytes:
    """An interpersonal message."""
    return ipm.encode(
        InterpersonalMessage("1", JONES, (SMITH,), "Subject", (IA5Text("Text\n" * 300),))
    )


@cache
def envelope() -> bytes:
    """Its envelope."""
    identifier = MtsIdentifier(GlobalDomain("US", " ", "Contoso"), "EXTERNAL-1")
    return envelopes.encode(Envelope(identifier, JONES, (Recipient(SMITH),)))


@cache
def apdu() -> bytes:
    """The MTS-APDU of both."""
    return message_prefix(envelope(), len(content())) + content()


def answer(
    side: RtseConnection, indications: Iterable[RtPrimitive], to_open: RtPrimitive = ACCEPT
) -> None:
    """Say to indications what an MTA without mail of its own says."""
    for indication in indications:
        match indication:
            case RtOpen():
                side.request(to_open)
            case RtCheckpoint(serial):
                side.request(RtCheckpointSecured(serial))
            case RtTransferEnd():
                side.request(RtTransferSecured())
            case RtTurnPlease() if side.has_turn:
                side.request(RtTurnGive())
            case RtClose():
                side.request(RtCloseAccept())


@dataclass
class Conversation:
    """An association in memory: both stacks, and what they have sent so far."""

    calling: RtseConnection = field(default_factory=lambda: RtseConnection(initiator=True))
    called: RtseConnection = field(default_factory=lambda: RtseConnection(initiator=False))
    to_open: RtPrimitive = ACCEPT
    bursts: list[bytes] = field(default_factory=list)
    snapshots: list[tuple[RtseConnection, RtseConnection]] = field(default_factory=list)

    def run(self) -> None:
        """Carry octets until nobody has any, keeping the state before each burst arrives."""
        while True:
            onward, back = self.calling.data_to_send(), self.called.data_to_send()
            if not onward and not back:
                return
            self.snapshots.append(copy.deepcopy((self.calling, self.called)))
            for side, octets in ((self.called, onward), (self.calling, back)):
                if octets:
                    self.bursts.append(octets)
                    answer(side, side.receive_data(octets), self.to_open)


@cache
def accepted(mode: Mode) -> Conversation:
    """An association that carries a message each way and is released."""
    heard = Conversation()
    for side, request in (
        (heard.calling, replace(OPEN, mode=mode)),
        (heard.calling, RtTransfer(Octets(apdu()))),
        (heard.called, RtTurnPlease()),
        (heard.called, RtTransfer(Octets(apdu()))),
        (heard.calling, RtTurnPlease()),
        (heard.calling, RtClose()),
    ):
        side.request(request)
        heard.run()
    return heard


@cache
def refused(mode: Mode) -> Conversation:
    """A bind that is refused."""
    heard = Conversation(to_open=REJECT)
    heard.calling.request(replace(OPEN, mode=mode))
    heard.run()
    return heard


@cache
def all_of_them() -> list[Conversation]:
    """Each kind of conversation in each mode."""
    return [converse(mode) for mode in Mode for converse in (accepted, refused)]


@cache
def snapshots() -> list[RtseConnection]:
    """Every state that a stack passes through in them."""
    sides = [side for heard in all_of_them() for pair in heard.snapshots for side in pair]
    return [RtseConnection(initiator=False), *sides]


@cache
def bursts() -> list[bytes]:
    """Everything that was sent in them."""
    return [octets for heard in all_of_them() for octets in heard.bursts]
