"""Reliable transfer service primitives (X.218 clause 9), one frozen dataclass each.

As in the session, a request and its indication share a class, and so do a response and its
confirm. Transfer is streamed: the sender's octets are pulled from a source as the window allows,
the receiver gets them as they come.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Protocol

from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ConnectionIdentifier, ExceptionReason


class Mode(Enum):
    """The conformance of a connector: which P1, and what it lies on (X.419 clause 13).

    The first two lie on the session itself (X.410-1984 mode); they differ in P1.
    """

    X410_1984 = "1984"
    X410_1988 = "1988-x410"
    NORMAL_1988 = "1988-normal"


class DialogueMode(IntEnum):
    """Who may transfer (X.218 9.1.1.3)."""

    MONOLOGUE = 0
    TWO_WAY_ALTERNATE = 1


@dataclass(frozen=True)
class RtPrimitive:
    """Any primitive of the reliable transfer service."""


@dataclass(frozen=True)
class RtOpen(RtPrimitive):
    """RT-OPEN request and indication; `user_data` is the BER of the bind.

    `checkpoint_size` is in units of 1024 octets, 0 for no checkpoints; `window_size` is how many
    checkpoints may wait for their confirmation.
    """

    called: Selectors
    calling: Selectors
    user_data: bytes
    dialogue_mode: DialogueMode = DialogueMode.MONOLOGUE
    checkpoint_size: int = 0
    window_size: int = 3
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    mode: Mode = Mode.NORMAL_1988


@dataclass(frozen=True)
class RtOpenAccept(RtPrimitive):
    """RT-OPEN response and confirm, accepted.

    In the response the sizes are what this side allows at most; the confirm has what holds.
    """

    user_data: bytes
    checkpoint_size: int = 0
    window_size: int = 3


@dataclass(frozen=True)
class RtOpenReject(RtPrimitive):
    """RT-OPEN response and confirm, rejected.

    `layer` is "user" when the called user refused; else "rtse", "acse", "presentation", "session"
    or "transport" with that layer's own `reason`. The user's refusal is `user_data` (its bind
    error) in normal mode, and in the X.410 modes the refuse reason that `reason` is. `text` is
    for people. `permanent`, in the confirm: the peer says that the same request will not be
    accepted later, either.
    """

    user_data: bytes = b""
    layer: str = "user"
    reason: int = 0
    text: str = ""
    permanent: bool = False


@dataclass(frozen=True)
class RtRecover(RtPrimitive):
    """Recover an association whose session connection was lost, on this one (X.228 7.8).

    `old_identifier` is the lost session connection's, `identifier` the new one's. Before the
    request and before the response the connection must `adopt` what is left of the association.
    """

    called: Selectors
    calling: Selectors
    old_identifier: ConnectionIdentifier
    identifier: ConnectionIdentifier
    mode: Mode = Mode.NORMAL_1988


@dataclass(frozen=True)
class RtRecoverAccept(RtPrimitive):
    """Response and confirm: the association lives on; a transfer in hand goes on by itself."""


@dataclass(frozen=True)
class RtClose(RtPrimitive):
    """RT-CLOSE request and indication."""


@dataclass(frozen=True)
class RtCloseAccept(RtPrimitive):
    """RT-CLOSE response and confirm."""


class SourceError(Exception):
    """The octets of an APDU cannot be had; the transfer is given up, and the text says why."""


class ApduSource(Protocol):
    """Where the octets of an APDU to be transferred come from."""

    @property
    def length(self) -> int:
        """How many octets there are in all."""

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets from `offset`; fewer only at the end. Raises SourceError."""


@dataclass(frozen=True)
class Octets:
    """An APDU that lies in memory."""

    octets: bytes

    @property
    def length(self) -> int:
        """How many octets there are in all."""
        return len(self.octets)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets from `offset`."""
        return self.octets[offset : offset + size]


@dataclass(frozen=True)
class RtTransfer(RtPrimitive):
    """RT-TRANSFER request: the BER of one APDU."""

    source: ApduSource


@dataclass(frozen=True)
class RtTransferConfirm(RtPrimitive):
    """RT-TRANSFER confirm: the receiver has secured the APDU, or has not (`reason` says why)."""

    accepted: bool
    reason: str = ""


@dataclass(frozen=True)
class RtTransferAbandon(RtPrimitive):
    """Request: give up the transfer in hand, its time is over; RtTransferConfirm follows."""

    reason: str


@dataclass(frozen=True)
class RtTransferStart(RtPrimitive):
    """The peer began to transfer an APDU; of an earlier one that did not end, nothing counts."""


@dataclass(frozen=True)
class RtTransferResume(RtPrimitive):
    """The peer goes on with the APDU: the next octets follow those that have come.

    `serial` is the checkpoint after which it does, `octets` how many octets have come.
    """

    serial: int
    octets: int


@dataclass(frozen=True)
class RtTransferData(RtPrimitive):
    """Octets of the APDU that the peer transfers."""

    octets: bytes


@dataclass(frozen=True)
class RtCheckpoint(RtPrimitive):
    """The peer asks to have secured what came so far; answer with RtCheckpointSecured."""

    serial: int


@dataclass(frozen=True)
class RtTransferEnd(RtPrimitive):
    """The APDU is complete; answer with RtTransferSecured or RtTransferRefuse."""


@dataclass(frozen=True)
class RtTransferDiscard(RtPrimitive):
    """The peer gave the transfer up: forget what has come of it."""


@dataclass(frozen=True)
class RtTransferUnreadable(RtPrimitive):
    """Indication: what the peer transfers is no APDU, and an exception report said so.

    Forget what has come of it; the peer's discard follows. `reason` is for people.
    """

    reason: str


@dataclass(frozen=True)
class RtCheckpointSecured(RtPrimitive):
    """Response: everything up to the checkpoint is safe."""

    serial: int


@dataclass(frozen=True)
class RtTransferSecured(RtPrimitive):
    """Response: the APDU is safe and this side answers for it from now on."""


@dataclass(frozen=True)
class RtTransferRefuse(RtPrimitive):
    """Response: this side cannot take the APDU; the peer keeps it.

    `exception` is the reason of the exception report (X.225 8.3.25.3): this side is short of
    something, or the APDU breaks a protocol. After one of the other reasons the peer may go on
    where it was (RtTransferResume), or begin again.
    """

    exception: ExceptionReason = ExceptionReason.TEMPORARILY_UNABLE


@dataclass(frozen=True)
class RtTurnPlease(RtPrimitive):
    """RT-TURN-PLEASE request and indication; 0 is the highest priority."""

    priority: int = 0


@dataclass(frozen=True)
class RtTurnGive(RtPrimitive):
    """RT-TURN-GIVE request and indication."""


@dataclass(frozen=True)
class RtUAbort(RtPrimitive):
    """RT-U-ABORT request and indication; `user_data` is the BER of a value, or empty."""

    user_data: bytes = b""


@dataclass(frozen=True)
class RtPAbort(RtPrimitive):
    """RT-P-ABORT indication; `reason` is for people.

    Where it was not the peer, `layer` gave up because of what it received. `recoverable` when only
    the connection was lost: the association can be recovered on another.
    """

    reason: str
    by_peer: bool
    recoverable: bool = False
    layer: str = "rtse"

    def __str__(self) -> str:
        return self.reason if self.by_peer else f"{self.layer}: {self.reason}"
