"""The reliable transfer protocol machine (RTPM) as the state table's cells see it: its state, and
what it keeps of an association that is opened, open or recovered (X.228 clause 7).

What happens when is in table.py. What the cells do is in opening.py, sending.py, receiving.py and
ending.py.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.rtse.apdus import AbortReason
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.lower import Lower, Please
from mta_emu.osi.rtse.normal_mode import NormalMode
from mta_emu.osi.rtse.primitives import Mode, RtOpen, RtPrimitive, RtRecover
from mta_emu.osi.rtse.x410_mode import X410Mode
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.connection import SessionConnection
from mta_emu.osi.session.primitives import RTSE_FUNCTIONAL_UNITS
from mta_emu.osi.transport.options import TransportOptions

#: What an event indicates to the user.
Indicated = RtPrimitive | tuple[RtPrimitive, ...] | None


class State(Enum):
    """What the machine is doing."""

    IDLE = "no association"
    OPENING = "wait for RTOAC"
    ASKED_TO_OPEN = "wait for the RT-OPEN response"
    RECOVERING = "wait for RTOAC, to go on"
    ASKED_TO_RECOVER = "wait for the RT-RECOVER response"
    TURN = "associated, the turn is ours"
    NO_TURN = "associated, the turn is the peer's"
    SENDING = "in a transfer of ours"
    SENT = "wait for the S-ACTIVITY-END confirm"
    INTERRUPTING = "wait for the S-ACTIVITY-INTERRUPT confirm"
    DISCARDING = "wait for the S-ACTIVITY-DISCARD confirm"
    RECEIVING = "in a transfer of the peer's"
    RECEIVED = "wait for the user to secure the APDU"
    REFUSED = "wait for the peer to discard what the user refused"
    RELEASING = "wait for the release confirm"
    RELEASED = "wait for the RT-CLOSE response"
    ENDED = "no association any more"

    __hash__ = object.__hash__  # as good as Enum's, and not a call: every look-up has one


#: States in which the turn is on this side.
HOLDING = frozenset((State.TURN, State.SENDING, State.SENT, State.INTERRUPTING, State.DISCARDING))
#: States in which the association outlives the loss of its connection.
ASSOCIATED = HOLDING | {State.NO_TURN, State.RECEIVING, State.RECEIVED, State.REFUSED}


@dataclass(frozen=True)
class Writable:
    """Internal event: the connection takes more octets of a transfer."""


@dataclass(frozen=True)
class Invalid:
    """The peer broke the protocol: `text` is for people, `reason` goes into RTAB."""

    text: str
    reason: AbortReason = AbortReason.PROTOCOL_ERROR


@dataclass(frozen=True)
class Unreadable:
    """Internal event: what the peer transfers is no APDU; `text` is for people."""

    text: str


class UnreadableError(ProtocolError):
    """Octets of a transfer that cannot be those of an APDU."""


class Rtpm:
    """What a reliable transfer protocol machine keeps."""

    def __init__(
        self,
        initiator: bool,
        *,
        local: Selectors,
        modes: Collection[Mode],
        transport: TransportOptions,
        session_versions: int,
    ) -> None:
        self.initiator = initiator
        self.state = State.IDLE
        self.association = RtAssociation()
        self.session = SessionConnection(
            initiator,
            local_t_selector=local.transport,
            local_s_selector=local.session,
            transport=transport,
            required=RTSE_FUNCTIONAL_UNITS,
            versions=session_versions,
        )
        self._modes = modes
        self._p_selector = local.presentation
        #: until the mode is known: what may come before is the same in each
        self.lower: Lower = X410Mode(self.session, modes)
        self.proposed = RtOpen(Selectors(), Selectors(), b"")
        self.recovering: RtRecover | None = None
        self.called_side_begins = False  # with the turn
        self.please: Please | None = None  # to be sent once the peer has discarded

    def choose_mode(self, *, x410: bool) -> None:
        """Put between this machine and the session what the mode has there."""
        if x410:
            self.lower = X410Mode(self.session, self._modes)
        else:
            self.lower = NormalMode(self.session, self._modes, self._p_selector)
