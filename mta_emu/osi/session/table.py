"""The session protocol machine's state table (X.225 Annex A).

It holds the kernel, half-duplex, duplex, typed data, minor synchronize, activity management and
exceptions functional units. (state, event) -> cells, of which the first whose predicate holds
says what is done and where that leads. Events are the standard's: `SCONreq` and its like come from
the session user, SPDU names from the peer. What is done is the standard's too: SPDUs that are
sent, primitives that the user hears, T-CONNECT and T-DISCONNECT requests, and specific actions by
their number, which variables.py has together with the predicates.

This side never keeps a transport connection for another session connection and transport
expedited data is never there, so p02 is false, p16 is true, and the cells that differ are left
out. An event that is not here, or none of whose predicates holds, is a protocol error of the peer
or a misuse by the user.
"""

from enum import Enum
from typing import NamedTuple

from mta_emu.osi.session.primitives import (
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
    SessionPrimitive,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    STypedData,
    SUAbort,
    SUExceptionReport,
)
from mta_emu.osi.session.spdu import Spdu


class State(Enum):
    """States of the SPM, numbered as in X.225 Annex A."""

    STA01 = "idle, no transport connection"
    STA01B = "wait for T-CONNECT confirm"
    STA01C = "idle, transport connected"
    STA01D = "wait for CONNECT DATA OVERFLOW"
    STA02A = "wait for ACCEPT"
    STA02B = "wait for OVERFLOW ACCEPT"
    STA03 = "wait for DISCONNECT"
    STA04B = "wait for ACTIVITY END ACK"
    STA05B = "wait for ACTIVITY INTERRUPT ACK"
    STA05C = "wait for ACTIVITY DISCARD ACK"
    STA08 = "wait for S-CONNECT response"
    STA09 = "wait for S-RELEASE response"
    STA10B = "wait for S-ACTIVITY-END response"
    STA11B = "wait for S-ACTIVITY-INTERRUPT response"
    STA11C = "wait for S-ACTIVITY-DISCARD response"
    STA16 = "wait for T-DISCONNECT"
    STA18 = "wait for GIVE TOKENS ACK"
    STA19 = "wait for a recovery request or SPDU, as who reported the exception"
    STA20 = "wait for a recovery SPDU or request"
    STA713 = "data transfer"


class Cell(NamedTuple):
    """One way that a cell of the table may go; an empty predicate holds always."""

    predicate: str
    does: str
    next_state: State


#: What a service primitive is called in the table when the user issues it.
EVENTS: dict[type[SessionPrimitive], str] = {
    SConnect: "SCONreq",
    SConnectAccept: "SCONrsp+",
    SConnectRefuse: "SCONrsp-",
    SData: "SDTreq",
    STypedData: "STDreq",
    STokenPlease: "SPTreq",
    STokenGive: "SGTreq",
    SControlGive: "SCGreq",
    SSyncMinor: "SSYNmreq",
    SSyncMinorAck: "SSYNmrsp",
    SUExceptionReport: "SUERreq",
    SActivityStart: "SACTSreq",
    SActivityResume: "SACTRreq",
    SActivityInterrupt: "SACTIreq",
    SActivityInterruptAck: "SACTIrsp",
    SActivityDiscard: "SACTDreq",
    SActivityDiscardAck: "SACTDrsp",
    SActivityEnd: "SACTEreq",
    SActivityEndAck: "SACTErsp",
    SRelease: "SRELreq",
    SReleaseAccept: "SRELrsp+",
    SUAbort: "SUABreq",
}

_S = State
_Rows = dict[str, dict[State, tuple[tuple[str, str, State], ...]]]

# Each row is an event; a state's entry is (predicate, what is done, next state), and more of them
# where the standard's cell has more.
_CONNECTION: _Rows = {
    "SCONreq": {_S.STA01: (("", "TCONreq", _S.STA01B),)},
    "TCONcnf": {
        _S.STA01B: (("not p204", "CN", _S.STA02A), ("p204", "CN", _S.STA02B)),
    },
    "CN": {
        _S.STA01C: (
            ("p76", "RF SPABind", _S.STA16),
            ("p204", "OA [50]", _S.STA01D),
            ("not p204", "SCONind", _S.STA08),
        ),
    },
    "OA": {_S.STA02B: (("", "CDO", _S.STA02A),)},
    "CDO": {_S.STA01D: (("not p202", "[50]", _S.STA01D), ("p202", "[50] SCONind", _S.STA08))},
    "SCONrsp+": {_S.STA08: (("", "AC", _S.STA713),)},
    "SCONrsp-": {_S.STA08: (("", "RF", _S.STA16),)},
    "AC": {_S.STA02A: (("", "SCONcnf+", _S.STA713),)},
    "RF": {
        _S.STA02A: (("", "SCONcnf- TDISreq", _S.STA01),),
        _S.STA02B: (("", "SCONcnf- TDISreq", _S.STA01),),
    },
}
_DATA_TRANSFER: _Rows = {
    "SDTreq": {
        _S.STA713: (("p03", "DT", _S.STA713),),
        _S.STA09: (("p04", "DT", _S.STA09),),
        _S.STA10B: (("p03", "DT", _S.STA10B),),
        _S.STA18: (("p70", "DT", _S.STA18),),
    },
    "DT": {
        _S.STA713: (("p05", "SDTind", _S.STA713),),
        _S.STA03: (("p05 & p10", "SDTind", _S.STA03),),
        _S.STA04B: (("p05", "SDTind", _S.STA04B),),
        _S.STA05B: (("p05", "", _S.STA05B),),
        _S.STA05C: (("p05", "", _S.STA05C),),
        _S.STA18: (("p70", "SDTind", _S.STA18),),
        _S.STA19: (("", "", _S.STA19),),
        _S.STA20: (("p05", "", _S.STA20),),
    },
    "STDreq": {
        _S.STA713: (("p06", "TD", _S.STA713),),
        _S.STA09: (("p07", "TD", _S.STA09),),
        _S.STA10B: (("p06", "TD", _S.STA10B),),
        _S.STA18: (("p06", "TD", _S.STA18),),
    },
    "TD": {
        _S.STA713: (("p06", "STDind", _S.STA713),),
        _S.STA03: (("p06 & p10", "STDind", _S.STA03),),
        _S.STA04B: (("p06", "STDind", _S.STA04B),),
        _S.STA05B: (("p06", "", _S.STA05B),),
        _S.STA05C: (("p06", "", _S.STA05C),),
        _S.STA18: (("p06", "STDind", _S.STA18),),
        _S.STA19: (("p06", "", _S.STA19),),
        _S.STA20: (("p06", "", _S.STA20),),
    },
}
_SYNCHRONIZATION: _Rows = {
    "SSYNmreq": {_S.STA713: (("p15", "MIP [24]", _S.STA713),)},
    "MIP": {
        _S.STA713: (("p14 & p19", "SSYNmind [23]", _S.STA713),),
        _S.STA05B: (("p14", "", _S.STA05B),),
        _S.STA05C: (("p14", "", _S.STA05C),),
        _S.STA19: (("p14 & p19", "[23]", _S.STA19),),
        _S.STA20: (("p14 & p19", "[23]", _S.STA20),),
    },
    "SSYNmrsp": {
        _S.STA713: (("p18 & p21", "MIA [25]", _S.STA713),),
        _S.STA09: (("p18 & p21", "MIA [25]", _S.STA09),),
        _S.STA10B: (("p18 & not p20 & p21", "MIA [25]", _S.STA10B),),
    },
    "MIA": {
        _S.STA713: (("p17 & p21", "SSYNmcnf [25]", _S.STA713),),
        _S.STA03: (("p17 & p21", "SSYNmcnf [25]", _S.STA03),),
        _S.STA04B: (("p17 & not p20 & p21", "SSYNmcnf [25]", _S.STA04B),),
        _S.STA05B: (("p17", "", _S.STA05B),),
        _S.STA05C: (("p17", "", _S.STA05C),),
        _S.STA19: (("p17 & p21", "[25]", _S.STA19),),
        _S.STA20: (("p17 & p21", "", _S.STA20),),
    },
}
_INTERRUPTIBLE = (_S.STA713, _S.STA10B, _S.STA19, _S.STA20)
_ACTIVITIES: _Rows = {
    "SACTSreq": {_S.STA713: (("p45", "AS [12] [26]", _S.STA713),)},
    "AS": {_S.STA713: (("p44", "SACTSind [12] [26]", _S.STA713),)},
    "SACTRreq": {_S.STA713: (("p45", "AR [12] [27]", _S.STA713),)},
    "AR": {_S.STA713: (("p44", "SACTRind [12] [27]", _S.STA713),)},
    "SACTEreq": {_S.STA713: (("p71", "AE [24]", _S.STA04B),)},
    "AE": {
        _S.STA713: (("p72 & p19", "SACTEind [31]", _S.STA10B),),
        _S.STA19: (("p72 & p19", "[31]", _S.STA19),),
        _S.STA20: (("p72 & p19", "[31]", _S.STA20),),
    },
    "SACTErsp": {_S.STA10B: (("", "AEA [14] [22]", _S.STA713),)},
    "AEA": {
        _S.STA04B: (("p20", "SACTEcnf [14] [22]", _S.STA713),),
        _S.STA05B: (("", "", _S.STA05B),),
        _S.STA05C: (("", "", _S.STA05C),),
        _S.STA20: (("p20", "", _S.STA20),),
    },
    "SACTIreq": {
        _S.STA713: (("p34 & p39", "AI", _S.STA05B),),
        _S.STA04B: (("p39", "AI", _S.STA05B),),
        _S.STA20: (("p34 & p11", "AI", _S.STA05B),),
    },
    "AI": dict.fromkeys(_INTERRUPTIBLE, (("p38 & p40", "SACTIind", _S.STA11B),)),
    "SACTIrsp": {_S.STA11B: (("", "AIA [30]", _S.STA713),)},
    "AIA": {_S.STA05B: (("p38", "SACTIcnf [29]", _S.STA713),)},
    "SACTDreq": {
        _S.STA713: (("p34 & p39", "AD", _S.STA05C),),
        _S.STA04B: (("p39", "AD", _S.STA05C),),
        _S.STA20: (("p34 & p11", "AD", _S.STA05C),),
    },
    "AD": dict.fromkeys(_INTERRUPTIBLE, (("p38 & p40", "SACTDind", _S.STA11C),)),
    "SACTDrsp": {_S.STA11C: (("", "ADA [30]", _S.STA713),)},
    "ADA": {_S.STA05C: (("p38", "SACTDcnf [29]", _S.STA713),)},
}
_TOKENS: _Rows = {
    "SGTreq": {
        _S.STA713: (("p54", "GT [11]", _S.STA713),),
        _S.STA04B: (("p54", "GT [11]", _S.STA04B),),
        _S.STA10B: (("p54", "GT [11]", _S.STA10B),),
        _S.STA20: (("p57", "GT [11]", _S.STA20), ("p58", "GT [11]", _S.STA713)),
    },
    "GT": {
        _S.STA713: (("p59", "SGTind [11]", _S.STA713),),
        _S.STA04B: (("p59", "SGTind [11]", _S.STA04B),),
        _S.STA05B: (("p59", "", _S.STA05B),),
        _S.STA05C: (("p59", "", _S.STA05C),),
        _S.STA10B: (("p59", "SGTind [11]", _S.STA10B),),
        _S.STA19: (("p60", "SGTind [11]", _S.STA19), ("p61", "SGTind [11]", _S.STA713)),
        _S.STA20: (("p60", "SGTind [11]", _S.STA20), ("p61", "SGTind [11]", _S.STA713)),
    },
    "SCGreq": {_S.STA713: (("p55", "GTC [11]", _S.STA18),)},
    "GTC": {_S.STA713: (("p62", "SCGind GTA [11]", _S.STA713),)},
    "GTA": {_S.STA18: (("", "", _S.STA713),)},
    # In STA18 the standard has none; what the user may ask for is a local matter there (Annex A),
    # and a request for the tokens that follows them on their way is in order at the peer.
    "SPTreq": {
        state: (("p53", "PT", state),) for state in (_S.STA713, _S.STA09, _S.STA10B, _S.STA18)
    },
    "PT": {
        _S.STA713: (("p53", "SPTind", _S.STA713),),
        _S.STA03: (("p53", "SPTind", _S.STA03),),
        _S.STA04B: (("p53", "SPTind", _S.STA04B),),
        _S.STA05B: (("p53", "", _S.STA05B),),
        _S.STA05C: (("p53", "", _S.STA05C),),
        _S.STA18: (("p53", "SPTind", _S.STA18),),
        _S.STA19: (("p53", "", _S.STA19),),
        _S.STA20: (("p53", "", _S.STA20),),
    },
}
_EXCEPTIONS: _Rows = {
    "SUERreq": dict.fromkeys((_S.STA713, _S.STA09, _S.STA10B), (("p50", "ED", _S.STA19),)),
    **{
        spdu: {
            _S.STA713: (("p50", indication, _S.STA713), ("p51", indication, _S.STA20)),
            _S.STA03: (("p52", indication, _S.STA20),),
            _S.STA04B: (
                ("p48 & p03", indication, _S.STA20),
                ("p48 & not p03", indication, _S.STA713),
            ),
            _S.STA05B: (("p48", "", _S.STA05B),),
            _S.STA05C: (("p48", "", _S.STA05C),),
            _S.STA19: (("p50", indication, _S.STA19),),
        }
        for spdu, indication in (("ED", "SUERind"), ("ER", "SPERind"))
    },
}
_RELEASE: _Rows = {
    "SRELreq": {
        _S.STA713: (("p63", "FN", _S.STA03),),
        _S.STA09: (("not p65 & p10", "FN [18]", _S.STA09),),  # once
    },
    "FN": {
        _S.STA713: (("p68", "SRELind", _S.STA09),),
        _S.STA03: (("not p65", "SRELind [18]", _S.STA09),),
        _S.STA19: (("p68", "", _S.STA19),),
        _S.STA20: (("p68", "", _S.STA20),),
    },
    "SRELrsp+": {
        _S.STA09: (("p75", "DN", _S.STA16), ("p69 & p01", "DN", _S.STA03)),
    },
    "DN": {
        _S.STA03: (("", "SRELcnf+ TDISreq", _S.STA01),),
        _S.STA09: (("p69 & not p01", "SRELcnf+ [32]", _S.STA09),),
    },
}
_CONNECTED = (
    _S.STA02A, _S.STA02B, _S.STA03, _S.STA04B, _S.STA05B, _S.STA05C, _S.STA08, _S.STA09,
    _S.STA10B, _S.STA11B, _S.STA11C, _S.STA18, _S.STA19, _S.STA20, _S.STA713,
)  # fmt: skip
_ABORT: _Rows = {
    "SUABreq": {
        _S.STA01B: (("", "TDISreq", _S.STA01),),
        **dict.fromkeys(_CONNECTED, (("", "AB", _S.STA16),)),
    },
    "AB": dict.fromkeys(_CONNECTED, (("", "SxABind TDISreq", _S.STA01),)),
}
# Where nobody is connected yet an SPDU ends the transport connection, without an ABORT. The
# indication tells this side's log why.
_BEFORE: _Rows = {
    spdu.name: {
        **({} if spdu is Spdu.CN else {_S.STA01C: (("", "SPABind TDISreq", _S.STA01),)}),
        **(
            {}
            if spdu in {Spdu.CN, Spdu.AC, Spdu.RF, Spdu.OA, Spdu.CDO}
            else {_S.STA01D: (("", "SPABind TDISreq", _S.STA01),)}
        ),
    }
    for spdu in Spdu
}
# Where the end is near everything is ignored that does not bring it about.
_AFTER: _Rows = {
    spdu.name: {
        _S.STA16: (
            ("", "TDISreq", _S.STA01)
            if spdu in {Spdu.CN, Spdu.AA, Spdu.AB}
            else ("", "", _S.STA16),
        )
    }
    for spdu in Spdu
}

TABLE: dict[tuple[State, str], tuple[Cell, ...]] = {
    (state, event): tuple(Cell(*way) for way in ways)
    for rows in (
        _CONNECTION, _DATA_TRANSFER, _SYNCHRONIZATION, _ACTIVITIES, _TOKENS, _EXCEPTIONS,
        _RELEASE, _ABORT, _BEFORE, _AFTER,
    )
    for event, row in rows.items()
    for state, ways in row.items()
}  # fmt: skip
