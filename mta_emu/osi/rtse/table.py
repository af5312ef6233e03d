"""The reliable transfer protocol machine's state table (X.228 Annex A).

(state, event) -> (predicate, action, next state). Events are the classes of the primitives that
the user issues and that the layers below indicate (lower.py: one for each APDU, and the session's
own); predicates and actions are methods of `RtseConnection`. What is not here is a misuse by the
user or, from below, a protocol error that ends in RTAB.
"""

from enum import Enum
from typing import NamedTuple

from mta_emu.osi.rtse.lower import (
    Abort,
    Associate,
    AssociateAccept,
    AssociateReject,
    Data,
    Please,
    ProviderAbort,
    Release,
    ReleaseAccept,
)
from mta_emu.osi.rtse.primitives import (
    RtCheckpointSecured,
    RtClose,
    RtCloseAccept,
    RtOpen,
    RtOpenAccept,
    RtOpenReject,
    RtRecover,
    RtRecoverAccept,
    RtTransfer,
    RtTransferAbandon,
    RtTransferRefuse,
    RtTransferSecured,
    RtTurnGive,
    RtTurnPlease,
    RtUAbort,
)
from mta_emu.osi.session.primitives import (
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SControlGive,
    SPExceptionReport,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    SUExceptionReport,
)


class State(Enum):
    """What the machine is doing."""

    IDLE = "no association"
    OPENING = "wait for RTOAC"
    OPENED = "wait for the RT-OPEN or RT-RECOVER response"
    RECOVERING = "wait for RTOAC, to go on"
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


class Cell(NamedTuple):
    """A cell of the table; an empty predicate holds always.

    An action that decides about the next state itself does so after this one is entered.
    """

    predicate: str
    action: str
    next_state: State


_S = State
#: States in which the turn is on this side.
HOLDING = frozenset((_S.TURN, _S.SENDING, _S.SENT, _S.INTERRUPTING, _S.DISCARDING))
#: States in which the association outlives the loss of its connection.
ASSOCIATED = HOLDING | {_S.NO_TURN, _S.RECEIVING, _S.RECEIVED, _S.REFUSED}

TABLE: dict[tuple[State, type], Cell] = {
    # RT-OPEN (X.228 7.1)
    (_S.IDLE, RtOpen): Cell("", "send_rtorq", _S.OPENING),
    (_S.OPENING, AssociateAccept): Cell("", "on_rtoac", _S.TURN),
    (_S.OPENING, AssociateReject): Cell("", "on_rtorj", _S.ENDED),
    (_S.IDLE, Associate): Cell("", "on_rtorq", _S.OPENED),
    (_S.OPENED, RtOpenAccept): Cell("is_opening", "send_rtoac", _S.NO_TURN),
    (_S.OPENED, RtOpenReject): Cell("", "send_rtorj", _S.ENDED),
    # Association recovery (X.228 7.8)
    (_S.IDLE, RtRecover): Cell("", "send_recovery", _S.RECOVERING),
    (_S.RECOVERING, AssociateAccept): Cell("", "on_recovered", _S.TURN),
    (_S.RECOVERING, AssociateReject): Cell("", "on_rtorj", _S.ENDED),
    (_S.OPENED, RtRecoverAccept): Cell("is_recovering", "send_recovered", _S.NO_TURN),
    # RT-TRANSFER, sending (X.228 7.3)
    (_S.TURN, RtTransfer): Cell("", "start_transfer", _S.SENDING),
    (_S.SENDING, SSyncMinorAck): Cell("", "on_checkpoint_confirmed", _S.SENDING),
    (_S.SENT, SSyncMinorAck): Cell("", "on_checkpoint_confirmed", _S.SENT),
    (_S.SENT, SActivityEndAck): Cell("", "on_transferred", _S.TURN),
    (_S.INTERRUPTING, SSyncMinorAck): Cell("", "on_checkpoint_confirmed", _S.INTERRUPTING),
    (_S.INTERRUPTING, SActivityInterruptAck): Cell("", "on_interrupted", _S.SENDING),
    (_S.DISCARDING, SSyncMinorAck): Cell("", "nothing", _S.DISCARDING),
    (_S.DISCARDING, SActivityDiscardAck): Cell("", "on_discarded", _S.TURN),
    (_S.SENDING, RtTransferAbandon): Cell("", "abandon", _S.DISCARDING),
    (_S.SENT, RtTransferAbandon): Cell("", "abandon", _S.DISCARDING),
    (_S.INTERRUPTING, RtTransferAbandon): Cell("", "note_given_up", _S.INTERRUPTING),
    (_S.DISCARDING, RtTransferAbandon): Cell("", "note_given_up", _S.DISCARDING),
    # RT-TRANSFER, receiving
    (_S.NO_TURN, SActivityStart): Cell("", "on_start", _S.RECEIVING),
    (_S.NO_TURN, SActivityResume): Cell("", "on_resume", _S.RECEIVING),
    (_S.RECEIVING, Data): Cell("", "on_rttr", _S.RECEIVING),
    (_S.RECEIVING, SSyncMinor): Cell("", "on_checkpoint", _S.RECEIVING),
    (_S.RECEIVING, RtCheckpointSecured): Cell("", "confirm_checkpoint", _S.RECEIVING),
    (_S.RECEIVED, RtCheckpointSecured): Cell("", "confirm_checkpoint", _S.RECEIVED),
    (_S.RECEIVING, SActivityEnd): Cell("", "on_end", _S.RECEIVED),
    (_S.RECEIVED, RtTransferSecured): Cell("", "confirm_transfer", _S.NO_TURN),
    (_S.RECEIVING, RtTransferRefuse): Cell("", "report_exception", _S.REFUSED),
    (_S.RECEIVED, RtTransferRefuse): Cell("", "report_exception", _S.REFUSED),
    # The turn (X.228 7.4 and 7.5)
    (_S.NO_TURN, RtTurnPlease): Cell("is_two_way", "send_rttp", _S.NO_TURN),
    (_S.RECEIVING, RtTurnPlease): Cell("is_two_way", "send_rttp", _S.RECEIVING),
    (_S.RECEIVED, RtTurnPlease): Cell("is_two_way", "send_rttp", _S.RECEIVED),
    (_S.TURN, RtTurnGive): Cell("is_two_way", "give_turn", _S.NO_TURN),
    (_S.NO_TURN, SControlGive): Cell("is_two_way", "on_turn", _S.TURN),
    (_S.NO_TURN, STokenGive): Cell("owns_all_tokens", "on_turn", _S.TURN),
    # RT-CLOSE (X.228 7.2)
    (_S.TURN, RtClose): Cell("is_initiator", "send_release", _S.RELEASING),
    (_S.RELEASING, ReleaseAccept): Cell("", "on_close_accept", _S.ENDED),
    (_S.NO_TURN, Release): Cell("is_responder", "on_release", _S.RELEASED),
    (_S.RELEASED, RtCloseAccept): Cell("", "send_release_accept", _S.ENDED),
}
for _exception in (SUExceptionReport, SPExceptionReport):
    TABLE[_S.SENDING, _exception] = Cell("", "on_exception", _S.DISCARDING)
    TABLE[_S.SENT, _exception] = Cell("", "on_exception", _S.DISCARDING)
# The peer gives its transfer up, or interrupts it, perhaps to resume it; that may cross the
# confirmation of the transfer on the way, and what is complete cannot be discarded.
for _state in (_S.RECEIVING, _S.RECEIVED, _S.REFUSED, _S.NO_TURN):
    TABLE[_state, SActivityDiscard] = Cell("", "on_discard", _S.NO_TURN)
    TABLE[_state, SActivityInterrupt] = Cell("", "on_interrupt", _S.NO_TURN)
for _state in (*HOLDING, _S.RELEASING):
    TABLE[_state, Please] = Cell("is_two_way", "on_rttp", _state)
# The request for the turn crossed the turn itself.
TABLE[_S.NO_TURN, Please] = Cell("is_two_way", "nothing", _S.NO_TURN)
TABLE[_S.TURN, RtTurnPlease] = Cell("is_two_way", "nothing", _S.TURN)
# Answers that come late: the transfer was given up, or the connection lost. What the user has
# secured it answers for all the same.
for _state in (_S.NO_TURN, _S.ENDED):
    TABLE[_state, RtCheckpointSecured] = Cell("", "nothing", _state)
    TABLE[_state, RtTransferSecured] = Cell("", "note_secured", _state)
    TABLE[_state, RtTransferRefuse] = Cell("", "note_refused", _state)
for _state in (_S.TURN, _S.NO_TURN, _S.ENDED):
    TABLE[_state, RtTransferAbandon] = Cell("", "note_given_up", _state)
# Aborts (X.228 7.6 and 7.7)
for _state in (_S.OPENING, _S.OPENED, _S.RECOVERING, *ASSOCIATED, _S.RELEASING, _S.RELEASED):
    TABLE[_state, RtUAbort] = Cell("", "send_rtab", _S.ENDED)
    TABLE[_state, Abort] = Cell("", "on_rtab", _S.ENDED)
    TABLE[_state, ProviderAbort] = Cell("", "on_p_abort", _S.ENDED)
for _state in (_S.RECOVERING, *ASSOCIATED):
    TABLE[_state, ProviderAbort] = Cell("", "on_connection_lost", _S.ENDED)
TABLE[_S.IDLE, ProviderAbort] = Cell("", "on_p_abort", _S.ENDED)
