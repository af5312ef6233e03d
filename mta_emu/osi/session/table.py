"""The session protocol machine's state table (X.225 Annex A).

Theory of operation. An event comes from the user (`SCONreq` and its like), from the peer (an SPDU,
by its name) or from the transport (`TCONind`). Its row has a cell for each state in which it may
come. A cell has one or more ways, of which the first whose predicate holds is taken: its actions
are carried out in order, then its state is entered. Nothing else changes the state. Events,
predicates (predicates.py), states and specific actions (actions.py) have the Annex's codes.

An event that has no cell, or a cell none of whose ways holds, is a misuse when it is the user's. A
peer's is `invalid`, which has a row of its own: the peer is aborted, or, where nobody is connected
yet, the transport connection is ended.

The table has the kernel, half-duplex, duplex, typed data, minor synchronize, activity management
and exceptions functional units. This side never keeps a transport connection for another session
connection, and transport expedited data is never there. So the Annex's p02 is false and p16 is
true, and the cells that differ are left out.
"""

from typing import NamedTuple

from mta_emu.osi.predicate import Predicate, always
from mta_emu.osi.session.actions import (
    Action,
    a11_given,
    a11_received,
    a12,
    a14,
    a18,
    a22,
    a23,
    a24,
    a25,
    a26,
    a27,
    a29,
    a30,
    a31,
    a32,
    a50,
    confirm_connect,
    connect_transport,
    disconnect_transport,
    indicate,
    indicate_connect,
    indicate_invalid,
    indicate_lost,
    indicate_no_connect,
    indicate_overflowed_connect,
    indicate_provider_refuse,
    note_selectors,
    refuse_for_transport,
    send_accept,
    send_connect,
    send_overflow,
    send_overflow_accept,
    send_provider_abort,
    send_provider_refuse,
    send_refuse,
    send_tokens_ack,
    sends,
)  # fmt: skip
from mta_emu.osi.session.events import INVALID
from mta_emu.osi.session.machine import State
from mta_emu.osi.session.predicates import (
    p01,
    p03,
    p04,
    p05,
    p06,
    p07,
    p10,
    p11,
    p14,
    p15,
    p17,
    p18,
    p19,
    p20,
    p21,
    p34,
    p38,
    p39,
    p40,
    p44,
    p45,
    p48,
    p50,
    p51,
    p52,
    p53,
    p54,
    p55,
    p57,
    p58,
    p59,
    p60,
    p61,
    p62,
    p63,
    p65,
    p68,
    p69,
    p70,
    p71,
    p72,
    p75,
    p76,
    p202,
    p204,
    transport_disconnected,
)  # fmt: skip
from mta_emu.osi.session.spdu import Spdu
from mta_emu.osi.session.variables import Variables


class Cell(NamedTuple):
    """One way that a cell of the table may go: when, what is done, where that leads."""

    predicate: Predicate[Variables]
    actions: tuple[Action, ...]
    next_state: State


_S = State
_Way = tuple[Predicate[Variables], tuple[Action, ...], State]
_Rows = dict[str, dict[State, tuple[_Way, ...]]]

# Each row is an event; a state's entry has a (predicate, actions, next state) for each way.
_CONNECTION: _Rows = {
    "SCONreq": {_S.STA01: ((always, (connect_transport,), _S.STA01B),)},
    "TCONcnf": {
        _S.STA01B: ((~p204, (send_connect,), _S.STA02A), (p204, (send_connect,), _S.STA02B)),
    },
    "CN": {
        _S.STA01C: (
            (p76, (send_provider_refuse, indicate_provider_refuse), _S.STA16),
            (p204, (send_overflow_accept, a50), _S.STA01D),
            (~p204, (indicate_connect,), _S.STA08),
        ),
    },
    "OA": {_S.STA02B: ((always, (send_overflow,), _S.STA02A),)},
    "CDO": {
        _S.STA01D: (
            (~p202, (a50,), _S.STA01D),
            (p202, (a50, indicate_overflowed_connect), _S.STA08),
        )
    },
    "SCONrsp+": {_S.STA08: ((always, (send_accept,), _S.STA713),)},
    "SCONrsp-": {_S.STA08: ((always, (send_refuse,), _S.STA16),)},
    "AC": {_S.STA02A: ((always, (confirm_connect,), _S.STA713),)},
    "RF": dict.fromkeys(
        (_S.STA02A, _S.STA02B), ((always, (indicate, disconnect_transport), _S.STA01),)
    ),
}
_DATA_TRANSFER: _Rows = {
    "SDTreq": {
        _S.STA713: ((p03, (sends(Spdu.DT),), _S.STA713),),
        _S.STA09: ((p04, (sends(Spdu.DT),), _S.STA09),),
        _S.STA10B: ((p03, (sends(Spdu.DT),), _S.STA10B),),
        _S.STA18: ((p70, (sends(Spdu.DT),), _S.STA18),),
    },
    "DT": {
        _S.STA713: ((p05, (indicate,), _S.STA713),),
        _S.STA03: ((p05 & p10, (indicate,), _S.STA03),),
        _S.STA04B: ((p05, (indicate,), _S.STA04B),),
        _S.STA05B: ((p05, (), _S.STA05B),),
        _S.STA05C: ((p05, (), _S.STA05C),),
        _S.STA18: ((p70, (indicate,), _S.STA18),),
        _S.STA19: ((always, (), _S.STA19),),
        _S.STA20: ((p05, (), _S.STA20),),
    },
    "STDreq": {
        _S.STA713: ((p06, (sends(Spdu.TD),), _S.STA713),),
        _S.STA09: ((p07, (sends(Spdu.TD),), _S.STA09),),
        _S.STA10B: ((p06, (sends(Spdu.TD),), _S.STA10B),),
        _S.STA18: ((p06, (sends(Spdu.TD),), _S.STA18),),
    },
    "TD": {
        _S.STA713: ((p06, (indicate,), _S.STA713),),
        _S.STA03: ((p06 & p10, (indicate,), _S.STA03),),
        _S.STA04B: ((p06, (indicate,), _S.STA04B),),
        _S.STA05B: ((p06, (), _S.STA05B),),
        _S.STA05C: ((p06, (), _S.STA05C),),
        _S.STA18: ((p06, (indicate,), _S.STA18),),
        _S.STA19: ((p06, (), _S.STA19),),
        _S.STA20: ((p06, (), _S.STA20),),
    },
}
_SYNCHRONIZATION: _Rows = {
    "SSYNmreq": {_S.STA713: ((p15, (sends(Spdu.MIP), a24), _S.STA713),)},
    "MIP": {
        _S.STA713: ((p14 & p19, (indicate, a23), _S.STA713),),
        _S.STA05B: ((p14, (), _S.STA05B),),
        _S.STA05C: ((p14, (), _S.STA05C),),
        _S.STA19: ((p14 & p19, (a23,), _S.STA19),),
        _S.STA20: ((p14 & p19, (a23,), _S.STA20),),
    },
    "SSYNmrsp": {
        _S.STA713: ((p18 & p21, (sends(Spdu.MIA), a25), _S.STA713),),
        _S.STA09: ((p18 & p21, (sends(Spdu.MIA), a25), _S.STA09),),
        _S.STA10B: ((p18 & ~p20 & p21, (sends(Spdu.MIA), a25), _S.STA10B),),
    },
    "MIA": {
        _S.STA713: ((p17 & p21, (indicate, a25), _S.STA713),),
        _S.STA03: ((p17 & p21, (indicate, a25), _S.STA03),),
        _S.STA04B: ((p17 & ~p20 & p21, (indicate, a25), _S.STA04B),),
        _S.STA05B: ((p17, (), _S.STA05B),),
        _S.STA05C: ((p17, (), _S.STA05C),),
        _S.STA19: ((p17 & p21, (a25,), _S.STA19),),
        _S.STA20: ((p17 & p21, (), _S.STA20),),
    },
}
_INTERRUPTIBLE = (_S.STA713, _S.STA10B, _S.STA19, _S.STA20)
_ACTIVITIES: _Rows = {
    "SACTSreq": {_S.STA713: ((p45, (sends(Spdu.AS), a12, a26), _S.STA713),)},
    "AS": {_S.STA713: ((p44, (indicate, a12, a26), _S.STA713),)},
    "SACTRreq": {_S.STA713: ((p45, (sends(Spdu.AR), a12, a27), _S.STA713),)},
    "AR": {_S.STA713: ((p44, (indicate, a12, a27), _S.STA713),)},
    "SACTEreq": {_S.STA713: ((p71, (sends(Spdu.AE), a24), _S.STA04B),)},
    "AE": {
        _S.STA713: ((p72 & p19, (indicate, a31), _S.STA10B),),
        _S.STA19: ((p72 & p19, (a31,), _S.STA19),),
        _S.STA20: ((p72 & p19, (a31,), _S.STA20),),
    },
    "SACTErsp": {_S.STA10B: ((always, (sends(Spdu.AEA), a14, a22), _S.STA713),)},
    "AEA": {
        _S.STA04B: ((p20, (indicate, a14, a22), _S.STA713),),
        _S.STA05B: ((always, (), _S.STA05B),),
        _S.STA05C: ((always, (), _S.STA05C),),
        _S.STA20: ((p20, (), _S.STA20),),
    },
    "SACTIreq": {
        _S.STA713: ((p34 & p39, (sends(Spdu.AI),), _S.STA05B),),
        _S.STA04B: ((p39, (sends(Spdu.AI),), _S.STA05B),),
        _S.STA20: ((p34 & p11, (sends(Spdu.AI),), _S.STA05B),),
    },
    "AI": dict.fromkeys(_INTERRUPTIBLE, ((p38 & p40, (indicate,), _S.STA11B),)),
    "SACTIrsp": {_S.STA11B: ((always, (sends(Spdu.AIA), a30), _S.STA713),)},
    "AIA": {_S.STA05B: ((p38, (indicate, a29), _S.STA713),)},
    "SACTDreq": {
        _S.STA713: ((p34 & p39, (sends(Spdu.AD),), _S.STA05C),),
        _S.STA04B: ((p39, (sends(Spdu.AD),), _S.STA05C),),
        _S.STA20: ((p34 & p11, (sends(Spdu.AD),), _S.STA05C),),
    },
    "AD": dict.fromkeys(_INTERRUPTIBLE, ((p38 & p40, (indicate,), _S.STA11C),)),
    "SACTDrsp": {_S.STA11C: ((always, (sends(Spdu.ADA), a30), _S.STA713),)},
    "ADA": {_S.STA05C: ((p38, (indicate, a29), _S.STA713),)},
}
_TOKENS: _Rows = {
    "SGTreq": {
        _S.STA713: ((p54, (sends(Spdu.GT), a11_given), _S.STA713),),
        _S.STA04B: ((p54, (sends(Spdu.GT), a11_given), _S.STA04B),),
        _S.STA10B: ((p54, (sends(Spdu.GT), a11_given), _S.STA10B),),
        _S.STA20: (
            (p57, (sends(Spdu.GT), a11_given), _S.STA20),
            (p58, (sends(Spdu.GT), a11_given), _S.STA713),
        ),
    },
    "GT": {
        _S.STA713: ((p59, (indicate, a11_received), _S.STA713),),
        _S.STA04B: ((p59, (indicate, a11_received), _S.STA04B),),
        _S.STA05B: ((p59, (), _S.STA05B),),
        _S.STA05C: ((p59, (), _S.STA05C),),
        _S.STA10B: ((p59, (indicate, a11_received), _S.STA10B),),
        _S.STA19: (
            (p60, (indicate, a11_received), _S.STA19),
            (p61, (indicate, a11_received), _S.STA713),
        ),
        _S.STA20: (
            (p60, (indicate, a11_received), _S.STA20),
            (p61, (indicate, a11_received), _S.STA713),
        ),
    },
    "SCGreq": {_S.STA713: ((p55, (sends(Spdu.GTC), a11_given), _S.STA18),)},
    "GTC": {_S.STA713: ((p62, (indicate, send_tokens_ack, a11_received), _S.STA713),)},
    "GTA": {_S.STA18: ((always, (), _S.STA713),)},
    # In STA18 the standard has none; what the user may ask for is a local matter there (Annex A),
    # and a request for the tokens that follows them on their way is in order at the peer.
    "SPTreq": {
        state: ((p53, (sends(Spdu.PT),), state),)
        for state in (_S.STA713, _S.STA09, _S.STA10B, _S.STA18)
    },
    "PT": {
        _S.STA713: ((p53, (indicate,), _S.STA713),),
        _S.STA03: ((p53, (indicate,), _S.STA03),),
        _S.STA04B: ((p53, (indicate,), _S.STA04B),),
        _S.STA05B: ((p53, (), _S.STA05B),),
        _S.STA05C: ((p53, (), _S.STA05C),),
        _S.STA18: ((p53, (indicate,), _S.STA18),),
        _S.STA19: ((p53, (), _S.STA19),),
        _S.STA20: ((p53, (), _S.STA20),),
    },
}
_EXCEPTIONS: _Rows = {
    "SUERreq": dict.fromkeys(
        (_S.STA713, _S.STA09, _S.STA10B), ((p50, (sends(Spdu.ED),), _S.STA19),)
    ),
    **{
        spdu: {
            _S.STA713: ((p50, (indicate,), _S.STA713), (p51, (indicate,), _S.STA20)),
            _S.STA03: ((p52, (indicate,), _S.STA20),),
            _S.STA04B: (
                (p48 & p03, (indicate,), _S.STA20),
                (p48 & ~p03, (indicate,), _S.STA713),
            ),
            _S.STA05B: ((p48, (), _S.STA05B),),
            _S.STA05C: ((p48, (), _S.STA05C),),
            _S.STA19: ((p50, (indicate,), _S.STA19),),
        }
        for spdu in ("ED", "ER")
    },
}
_RELEASE: _Rows = {
    "SRELreq": {
        _S.STA713: ((p63, (sends(Spdu.FN),), _S.STA03),),
        _S.STA09: ((~p65 & p10, (sends(Spdu.FN), a18), _S.STA09),),  # once
    },
    "FN": {
        _S.STA713: ((p68, (indicate,), _S.STA09),),
        _S.STA03: ((~p65, (indicate, a18), _S.STA09),),
        _S.STA19: ((p68, (), _S.STA19),),
        _S.STA20: ((p68, (), _S.STA20),),
    },
    "SRELrsp+": {
        _S.STA09: ((p75, (sends(Spdu.DN),), _S.STA16), (p69 & p01, (sends(Spdu.DN),), _S.STA03)),
    },
    "DN": {
        _S.STA03: ((always, (indicate, disconnect_transport), _S.STA01),),
        _S.STA09: ((p69 & ~p01, (indicate, a32), _S.STA09),),
    },
}
_CONNECTED = (
    _S.STA02A, _S.STA02B, _S.STA03, _S.STA04B, _S.STA05B, _S.STA05C, _S.STA08, _S.STA09,
    _S.STA10B, _S.STA11B, _S.STA11C, _S.STA18, _S.STA19, _S.STA20, _S.STA713,
)  # fmt: skip
_ABORT: _Rows = {
    "SUABreq": {
        _S.STA01B: ((always, (disconnect_transport,), _S.STA01),),
        **dict.fromkeys(_CONNECTED, ((always, (sends(Spdu.AB),), _S.STA16),)),
    },
    "AB": dict.fromkeys(_CONNECTED, ((always, (indicate, disconnect_transport), _S.STA01),)),
}
_TRANSPORT: _Rows = {
    "TCONind": {_S.STA01: ((always, (note_selectors,), _S.STA01C),)},
    "TDISind": {
        _S.STA01: (
            (transport_disconnected, (), _S.STA01),  # it crossed ours
            (~transport_disconnected, (indicate_lost,), _S.STA01),
        ),
        _S.STA01B: ((always, (refuse_for_transport,), _S.STA01),),
        _S.STA16: ((always, (), _S.STA01),),
        **dict.fromkeys(
            (_S.STA01C, _S.STA01D, *_CONNECTED), ((always, (indicate_lost,), _S.STA01),)
        ),
    },
}
# Where nobody is connected the transport connection is ended; near the end nothing is said.
_INVALID: _Rows = {
    INVALID: {
        **dict.fromkeys((_S.STA01, _S.STA16), ((always, (disconnect_transport,), _S.STA01),)),
        **dict.fromkeys(
            (_S.STA01B, _S.STA01C),
            ((always, (indicate_invalid, disconnect_transport), _S.STA01),),
        ),
        **dict.fromkeys(
            (_S.STA01D, *_CONNECTED),
            ((always, (send_provider_abort, indicate_invalid), _S.STA16),),
        ),
    }
}
# Where nobody is connected yet an SPDU ends the transport connection, without an ABORT.
_NO_CONNECT = ((always, (indicate_no_connect, disconnect_transport), _S.STA01),)
_BEFORE: _Rows = {spdu.name: {_S.STA01C: _NO_CONNECT} for spdu in Spdu if spdu is not Spdu.CN}
_OVERFLOWING: _Rows = {
    spdu.name: {_S.STA01D: _NO_CONNECT}
    for spdu in Spdu
    if spdu not in {Spdu.CN, Spdu.AC, Spdu.RF, Spdu.OA, Spdu.CDO}
}
# Where the end is near everything is ignored that does not bring it about.
_AFTER: _Rows = {
    spdu.name: {
        _S.STA16: (
            (always, (disconnect_transport,), _S.STA01)
            if spdu in {Spdu.CN, Spdu.AA, Spdu.AB}
            else (always, (), _S.STA16),
        )
    }
    for spdu in Spdu
}

TABLE: dict[tuple[State, str], tuple[Cell, ...]] = {
    (state, event): tuple(Cell(*way) for way in ways)
    for rows in (
        _CONNECTION, _DATA_TRANSFER, _SYNCHRONIZATION, _ACTIVITIES, _TOKENS, _EXCEPTIONS,
        _RELEASE, _ABORT, _TRANSPORT, _INVALID, _BEFORE, _OVERFLOWING, _AFTER,
    )
    for event, row in rows.items()
    for state, ways in row.items()
}  # fmt: skip
