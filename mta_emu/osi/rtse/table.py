"""The reliable transfer protocol machine's state table (X.228 clause 7 and Annex A).

Theory of operation. An event comes from the user (a request or response, by X.228's name:
`RT-OPENreq`), from the peer (an APDU: `RTORQ`), from the session service (`S-ACTIVITY-STARTind`) or
from inside: `writable` while a transfer may go on, `unreadable` when what the peer transfers is no
APDU, `invalid` when it broke the protocol. Its row has a cell for each state in which it may come,
with one or more ways, of which the first whose predicate holds is taken: its actions are carried
out in order, then its state is entered. Nothing else changes the state.

An event without a cell, or in a cell none of whose ways holds, is a misuse when it is the user's,
and `invalid` when it is the peer's: RTAB ends the association.

The turn is where the session's tokens are. The initiator of the association opens, recovers and
closes it; whoever has the turn sends. A sender's way: TURN - SENDING - SENT - TURN, with
INTERRUPTING or DISCARDING in between when the peer could not take it; a receiver's: NO_TURN -
RECEIVING - RECEIVED - NO_TURN. When the connection is lost in any of these, what RtAssociation
keeps is taken to another connection, and RECOVERING or ASKED_TO_RECOVER lead back.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from mta_emu.osi.predicate import Predicate, always
from mta_emu.osi.rtse import ending, lower, opening, receiving, sending
from mta_emu.osi.rtse import predicates as when
from mta_emu.osi.rtse.machine import (
    ASSOCIATED,
    HOLDING,
    Indicated,
    Invalid,
    Rtpm,
    State,
    Unreadable,
    Writable,
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

Event = TypeVar("Event")
Action = Callable[[Rtpm, Event], Indicated]


class Cell(NamedTuple):
    """One way that a cell of the table may go: when, what is done, where that leads."""

    predicate: Predicate[Rtpm]
    actions: tuple[Action[Any], ...]
    next_state: State


#: What X.228 calls an event: a request or response, an APDU, an indication or a confirm.
EVENTS: dict[type, str] = {}
TABLE: dict[tuple[State, type], tuple[Cell, ...]] = {}

_Ways = tuple[tuple[Predicate[Rtpm], tuple[Action[Event], ...], State], ...]


def _row(code: str, event: type[Event], cells: Mapping[State, _Ways[Event]]) -> None:
    """Put the row of an event into the table: (predicate, actions, next state) for each way."""
    EVENTS[event] = code
    for state, ways in cells.items():
        TABLE[state, event] = tuple(Cell(*way) for way in ways)


_S = State

# RT-OPEN (X.228 7.1)
_row("RT-OPENreq", RtOpen, {_S.IDLE: ((always, (opening.send_rtorq,), _S.OPENING),)})
_row(
    "RTORQ",
    lower.Associate,
    {
        _S.IDLE: (
            (when.asks_to_recover, (opening.indicate_recovery,), _S.ASKED_TO_RECOVER),
            (~when.asks_to_recover, (opening.indicate_open,), _S.ASKED_TO_OPEN),
        )
    },
)
_row(
    "RT-OPENrsp+",
    RtOpenAccept,
    {
        _S.ASKED_TO_OPEN: (
            (when.begins, (opening.send_rtoac,), _S.TURN),
            (~when.begins, (opening.send_rtoac,), _S.NO_TURN),
        )
    },
)
_row(
    "RT-OPENrsp-",
    RtOpenReject,
    {
        _S.ASKED_TO_OPEN: ((always, (opening.refuse_open,), _S.ENDED),),
        _S.ASKED_TO_RECOVER: ((always, (opening.refuse_recovery,), _S.ENDED),),
    },
)
_row(
    "RTOAC",
    lower.AssociateAccept,
    {
        _S.OPENING: (
            (when.begins, (opening.confirm_open,), _S.TURN),
            (~when.begins, (opening.confirm_open,), _S.NO_TURN),
        ),
        _S.RECOVERING: (
            (~when.begins, (opening.confirm_recovered,), _S.NO_TURN),
            (~when.is_sending, (opening.confirm_recovered,), _S.TURN),
            (when.can_resume, (opening.confirm_recovered, sending.resume), _S.SENDING),
            (always, (opening.confirm_recovered, sending.resume, sending.discard), _S.DISCARDING),
        ),
    },
)
_row(
    "RTORJ",
    lower.AssociateReject,
    dict.fromkeys((_S.OPENING, _S.RECOVERING), ((always, (opening.confirm_refused,), _S.ENDED),)),
)

# Association recovery (X.228 7.8). A transfer that cannot be resumed is resumed all the same, to be
# discarded, and begins again.
_row("RT-RECOVERreq", RtRecover, {_S.IDLE: ((always, (opening.send_recovery,), _S.RECOVERING),)})
_row(
    "RT-RECOVERrsp+",
    RtRecoverAccept,
    {
        _S.ASKED_TO_RECOVER: (
            (~when.begins, (opening.send_recovered,), _S.NO_TURN),
            (~when.is_sending, (opening.send_recovered,), _S.TURN),
            (when.can_resume, (opening.send_recovered, sending.resume), _S.SENDING),
            (always, (opening.send_recovered, sending.resume, sending.discard), _S.DISCARDING),
        )
    },
)

# RT-TRANSFER, sending (X.228 7.3)
_row("RT-TRANSFERreq", RtTransfer, {_S.TURN: ((always, (sending.start_transfer,), _S.SENDING),)})
_row(
    "writable",
    Writable,
    {
        _S.SENDING: (
            (~when.window_is_open, (), _S.SENDING),
            (when.ends_apdu, (sending.send_piece, sending.end_transfer), _S.SENT),
            (when.sets_checkpoint, (sending.send_piece, sending.set_checkpoint), _S.SENDING),
            (always, (sending.send_piece,), _S.SENDING),
        )
    },
)
_row(
    "S-SYNC-MINORcnf",
    SSyncMinorAck,
    {
        **{
            state: ((always, (sending.note_confirmed,), state),)
            for state in (_S.SENDING, _S.SENT, _S.INTERRUPTING)
        },
        _S.DISCARDING: ((always, (), _S.DISCARDING),),
    },
)
_row(
    "S-ACTIVITY-ENDcnf",
    SActivityEndAck,
    {_S.SENT: ((always, (sending.confirm_transferred,), _S.TURN),)},
)
_EXCEPTION: Mapping[State, _Ways[SUExceptionReport | SPExceptionReport]] = dict.fromkeys(
    (_S.SENDING, _S.SENT),
    (
        (when.can_go_on, (sending.note_exception, sending.interrupt), _S.INTERRUPTING),
        (~when.can_go_on, (sending.note_exception, sending.discard), _S.DISCARDING),
    ),
)
_row("S-U-EXCEPTION-REPORTind", SUExceptionReport, _EXCEPTION)
_row("S-P-EXCEPTION-REPORTind", SPExceptionReport, _EXCEPTION)
_row(
    "S-ACTIVITY-INTERRUPTcnf",
    SActivityInterruptAck,
    {
        _S.INTERRUPTING: (
            (when.is_given_up, (sending.resume, sending.discard), _S.DISCARDING),
            (~when.is_given_up, (sending.resume,), _S.SENDING),
        )
    },
)
_row(
    "S-ACTIVITY-DISCARDcnf",
    SActivityDiscardAck,
    {
        _S.DISCARDING: (
            (when.is_given_up, (sending.confirm_given_up,), _S.TURN),
            (~when.is_given_up, (sending.start_again,), _S.SENDING),
        )
    },
)
# The time of a transfer is over; it may have ended meanwhile, or its connection.
_row(
    "transfer time-out",
    RtTransferAbandon,
    {
        **dict.fromkeys(
            (_S.SENDING, _S.SENT),
            ((always, (sending.note_given_up, sending.discard), _S.DISCARDING),),
        ),
        **{
            state: ((always, (sending.note_given_up,), state),)
            for state in (_S.INTERRUPTING, _S.DISCARDING, _S.TURN, _S.NO_TURN, _S.ENDED)
        },
    },
)

# RT-TRANSFER, receiving
_row(
    "S-ACTIVITY-STARTind",
    SActivityStart,
    {_S.NO_TURN: ((always, (receiving.indicate_start,), _S.RECEIVING),)},
)
_row(
    "S-ACTIVITY-RESUMEind",
    SActivityResume,
    {
        _S.NO_TURN: (
            (when.knows_activity & when.is_complete, (ending.abort_completed,), _S.ENDED),
            (when.knows_activity & when.has_checkpoint, (receiving.indicate_resume,), _S.RECEIVING),
            (~when.knows_activity & when.from_start, (receiving.indicate_start,), _S.RECEIVING),
            (always, (ending.abort_unrecognized,), _S.ENDED),
        )
    },
)
_row("RTTR", lower.Data, {_S.RECEIVING: ((always, (receiving.indicate_data,), _S.RECEIVING),)})
_row("unreadable", Unreadable, {_S.RECEIVING: ((always, (receiving.refuse,), _S.REFUSED),)})
_row(
    "S-SYNC-MINORind",
    SSyncMinor,
    {_S.RECEIVING: ((always, (receiving.indicate_checkpoint,), _S.RECEIVING),)},
)
# What the user answers may come late: the transfer was given up or refused as unreadable, or the
# connection lost. What the user has secured it answers for all the same.
_LATE = (_S.NO_TURN, _S.ENDED)
_row(
    "S-SYNC-MINORrsp",
    RtCheckpointSecured,
    {
        **{
            state: ((always, (receiving.confirm_checkpoint,), state),)
            for state in (_S.RECEIVING, _S.RECEIVED)
        },
        **{state: ((always, (), state),) for state in (_S.REFUSED, *_LATE)},
    },
)
_row(
    "S-ACTIVITY-ENDind",
    SActivityEnd,
    {_S.RECEIVING: ((always, (receiving.indicate_end,), _S.RECEIVED),)},
)
_row(
    "S-ACTIVITY-ENDrsp",
    RtTransferSecured,
    {
        _S.RECEIVED: ((always, (receiving.confirm_transfer,), _S.NO_TURN),),
        **{state: ((always, (receiving.note_secured,), state),) for state in _LATE},
    },
)
_row(
    "S-U-EXCEPTION-REPORTreq",
    RtTransferRefuse,
    {
        **dict.fromkeys(
            (_S.RECEIVING, _S.RECEIVED), ((always, (receiving.report_exception,), _S.REFUSED),)
        ),
        _S.REFUSED: ((always, (), _S.REFUSED),),
        **{state: ((always, (receiving.note_refused,), state),) for state in _LATE},
    },
)
# A discard may cross the confirmation of the transfer, and what is complete cannot be discarded.
_IN_TRANSFER = (_S.RECEIVING, _S.RECEIVED, _S.REFUSED)
_row(
    "S-ACTIVITY-DISCARDind",
    SActivityDiscard,
    {
        **dict.fromkeys(_IN_TRANSFER, ((always, (receiving.acknowledge_discard,), _S.NO_TURN),)),
        _S.NO_TURN: (
            (when.is_complete, (ending.abort_completed,), _S.ENDED),
            (~when.is_complete, (receiving.acknowledge_discard,), _S.NO_TURN),
        ),
    },
)
_row(
    "S-ACTIVITY-INTERRUPTind",
    SActivityInterrupt,
    dict.fromkeys(
        (*_IN_TRANSFER, _S.NO_TURN), ((always, (receiving.acknowledge_interrupt,), _S.NO_TURN),)
    ),
)

# The turn (X.228 7.4 and 7.5). A request for it may cross it, or the release, on the way.
_row(
    "RT-TURN-PLEASEreq",
    RtTurnPlease,
    {
        **{
            state: ((when.is_two_way, (ending.send_rttp,), state),)
            for state in (_S.NO_TURN, _S.RECEIVING, _S.RECEIVED)
        },
        _S.REFUSED: ((when.is_two_way, (receiving.note_please,), _S.REFUSED),),
        **{state: ((when.is_two_way, (), state),) for state in (_S.TURN, _S.RELEASED)},
    },
)
_row(
    "RTTP",
    lower.Please,
    {
        **{
            state: ((when.is_two_way, (ending.indicate_please,), state),)
            for state in (*HOLDING, _S.RELEASING)
        },
        _S.NO_TURN: ((when.is_two_way, (), _S.NO_TURN),),
    },
)
_row(
    "RT-TURN-GIVEreq", RtTurnGive, {_S.TURN: ((when.is_two_way, (ending.give_turn,), _S.NO_TURN),)}
)
_row(
    "S-CONTROL-GIVEind",
    SControlGive,
    {_S.NO_TURN: ((when.is_two_way, (ending.indicate_turn,), _S.TURN),)},
)
_row(
    "S-TOKEN-GIVEind",
    STokenGive,
    {_S.NO_TURN: ((when.is_two_way & when.owns_all_tokens, (ending.indicate_turn,), _S.TURN),)},
)

# RT-CLOSE (X.228 7.2)
_row(
    "RT-CLOSEreq", RtClose, {_S.TURN: ((when.is_initiator, (ending.send_release,), _S.RELEASING),)}
)
_row(
    "A-RELEASEcnf",
    lower.ReleaseAccept,
    {_S.RELEASING: ((always, (ending.confirm_close,), _S.ENDED),)},
)
_row(
    "A-RELEASEind",
    lower.Release,
    {_S.NO_TURN: ((~when.is_initiator, (ending.indicate_close,), _S.RELEASED),)},
)
_row("RT-CLOSErsp", RtCloseAccept, {_S.RELEASED: ((always, (ending.accept_release,), _S.ENDED),)})

# Aborts (X.228 7.6 and 7.7)
_LIVING = tuple(state for state in State if state not in (_S.IDLE, _S.ENDED))
_row("RT-U-ABORTreq", RtUAbort, dict.fromkeys(_LIVING, ((always, (ending.send_rtab,), _S.ENDED),)))
_row("RTAB", lower.Abort, dict.fromkeys(_LIVING, ((always, (ending.indicate_abort,), _S.ENDED),)))
_row(
    "A-P-ABORTind",
    lower.ProviderAbort,
    {
        **dict.fromkeys(
            (_S.IDLE, *_LIVING), ((always, (ending.indicate_provider_abort,), _S.ENDED),)
        ),
        **dict.fromkeys(
            (_S.RECOVERING, *ASSOCIATED), ((always, (ending.indicate_lost,), _S.ENDED),)
        ),
    },
)
_row(
    "invalid",
    Invalid,
    dict.fromkeys((_S.IDLE, *_LIVING), ((always, (ending.abort_invalid,), _S.ENDED),)),
)
