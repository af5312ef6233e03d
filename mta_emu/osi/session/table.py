"""The session protocol machine's state table (X.225 Annex A), for the RTSE functional units.

(state, event) -> (predicate, action, next state). Events are the standard's: `SCONreq` and its
like come from the session user, SPDU names from the peer. The predicates and actions are methods
of `SessionConnection`; an event that is not here, or whose predicate fails, is a protocol error
of the peer or a misuse by the user.
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
    SUAbort,
    SUExceptionReport,
)


class State(Enum):
    """States of the SPM, numbered as in X.225 Annex A."""

    STA01 = "idle, no transport connection"
    STA01B = "wait for T-CONNECT confirm"
    STA01C = "idle, transport connected"
    STA02A = "wait for ACCEPT"
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
    STA19 = "wait for a recovery indication"
    STA20 = "wait for a recovery request"
    STA713 = "data transfer"


class Cell(NamedTuple):
    """A cell of the table; an empty predicate holds always."""

    predicate: str
    action: str
    next_state: State


#: What a service primitive is called in the table when the user issues it.
EVENTS: dict[type[SessionPrimitive], str] = {
    SConnect: "SCONreq",
    SConnectAccept: "SCONrsp+",
    SConnectRefuse: "SCONrsp-",
    SData: "SDTreq",
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
_CONNECTED = (
    _S.STA03, _S.STA04B, _S.STA05B, _S.STA05C, _S.STA09, _S.STA10B, _S.STA11B, _S.STA11C,
    _S.STA18, _S.STA19, _S.STA20, _S.STA713,
)  # fmt: skip
_ANY = (_S.STA02A, _S.STA08, *_CONNECTED)

TABLE: dict[tuple[State, str], Cell] = {
    # Connection (Annex A, connection phase)
    (_S.STA01, "SCONreq"): Cell("", "connect_transport", _S.STA01B),
    (_S.STA01B, "TCONcnf"): Cell("", "send_cn", _S.STA02A),
    (_S.STA01C, "CN"): Cell("", "on_cn", _S.STA08),
    (_S.STA08, "SCONrsp+"): Cell("", "send_ac", _S.STA713),
    (_S.STA08, "SCONrsp-"): Cell("", "send_rf", _S.STA16),
    (_S.STA02A, "AC"): Cell("", "on_ac", _S.STA713),
    (_S.STA02A, "RF"): Cell("", "on_rf", _S.STA16),
    # Data and tokens
    (_S.STA713, "SDTreq"): Cell("owns_data", "send_dt", _S.STA713),
    (_S.STA713, "DT"): Cell("peer_owns_data", "on_dt", _S.STA713),
    (_S.STA04B, "DT"): Cell("is_duplex", "on_dt", _S.STA04B),
    (_S.STA713, "SPTreq"): Cell("", "send_pt", _S.STA713),
    (_S.STA10B, "SPTreq"): Cell("", "send_pt", _S.STA10B),
    (_S.STA18, "SPTreq"): Cell("", "send_pt", _S.STA18),  # follows the tokens on their way
    (_S.STA713, "SGTreq"): Cell("owns_given", "send_gt", _S.STA713),
    (_S.STA713, "GT"): Cell("peer_owns_given", "on_gt", _S.STA713),
    (_S.STA713, "SCGreq"): Cell("owns_all_idle", "send_gtc", _S.STA18),
    (_S.STA18, "GTA"): Cell("", "nothing", _S.STA713),
    (_S.STA713, "GTC"): Cell("peer_owns_all_idle", "on_gtc", _S.STA713),
    # Minor synchronization
    (_S.STA713, "SSYNmreq"): Cell("may_sync_minor", "send_mip", _S.STA713),
    (_S.STA713, "MIP"): Cell("peer_may_sync_minor", "on_mip", _S.STA713),
    (_S.STA713, "SSYNmrsp"): Cell("may_confirm", "send_mia", _S.STA713),
    (_S.STA10B, "SSYNmrsp"): Cell("may_confirm", "send_mia", _S.STA10B),
    # Activity
    (_S.STA713, "SACTSreq"): Cell("owns_all_idle", "send_as", _S.STA713),
    (_S.STA713, "AS"): Cell("peer_owns_all_idle", "on_as", _S.STA713),
    (_S.STA713, "SACTRreq"): Cell("owns_all_idle", "send_ar", _S.STA713),
    (_S.STA713, "AR"): Cell("peer_owns_all_idle", "on_ar", _S.STA713),
    (_S.STA713, "SACTEreq"): Cell("owns_all_active", "send_ae", _S.STA04B),
    (_S.STA713, "AE"): Cell("peer_owns_all_active", "on_ae", _S.STA10B),
    (_S.STA10B, "SACTErsp"): Cell("", "send_aea", _S.STA713),
    (_S.STA04B, "AEA"): Cell("", "on_aea", _S.STA713),
    (_S.STA713, "SACTIreq"): Cell("owns_all_active", "send_ai", _S.STA05B),
    (_S.STA20, "SACTIreq"): Cell("owns_all_active", "send_ai", _S.STA05B),
    (_S.STA713, "SACTDreq"): Cell("owns_all_active", "send_ad", _S.STA05C),
    (_S.STA04B, "SACTDreq"): Cell("owns_all_active", "send_ad", _S.STA05C),
    (_S.STA20, "SACTDreq"): Cell("owns_all_active", "send_ad", _S.STA05C),
    (_S.STA11B, "SACTIrsp"): Cell("", "send_aia", _S.STA713),
    (_S.STA11C, "SACTDrsp"): Cell("", "send_ada", _S.STA713),
    (_S.STA05B, "AIA"): Cell("", "on_aia", _S.STA713),
    (_S.STA05C, "ADA"): Cell("", "on_ada", _S.STA713),
    # Exceptions
    (_S.STA713, "SUERreq"): Cell("may_report", "send_ed", _S.STA19),
    (_S.STA10B, "SUERreq"): Cell("may_report", "send_ed", _S.STA19),
    (_S.STA713, "ED"): Cell("owns_data_active", "on_ed", _S.STA20),
    (_S.STA04B, "ED"): Cell("owns_data_active", "on_ed", _S.STA20),
    # Release
    (_S.STA713, "SRELreq"): Cell("owns_all_idle", "send_fn", _S.STA03),
    (_S.STA713, "FN"): Cell("peer_owns_all_idle", "on_fn", _S.STA09),
    (_S.STA09, "SRELrsp+"): Cell("", "send_dn", _S.STA16),
    (_S.STA03, "DN"): Cell("", "on_dn", _S.STA16),
}
# A token may be asked for at any time, and what is under way when the peer asks to interrupt,
# discard or abort is lost.
for _state in (_S.STA713, _S.STA04B, _S.STA05B, _S.STA05C, _S.STA18, _S.STA03, _S.STA20):
    TABLE[_state, "PT"] = Cell("", "on_pt", _state)
for _state in (_S.STA713, _S.STA10B, _S.STA19):
    TABLE[_state, "AI"] = Cell("peer_owns_all_active", "on_ai", _S.STA11B)
    TABLE[_state, "AD"] = Cell("peer_owns_all_active", "on_ad", _S.STA11C)
for _state in (_S.STA713, _S.STA04B, _S.STA05B, _S.STA05C, _S.STA20):
    TABLE[_state, "MIA"] = Cell("confirms_sync", "on_mia", _state)
for _event in ("DT", "MIP", "AE", "GT"):  # overtaken by our exception report
    TABLE[_S.STA19, _event] = Cell("", "nothing", _S.STA19)
for _event in ("MIA", "ED"):  # overtaken by our discard or interrupt
    for _state in (_S.STA05B, _S.STA05C):
        TABLE[_state, _event] = Cell("", "nothing", _state)
TABLE[_S.STA05C, "AEA"] = Cell("", "nothing", _S.STA05C)
for _state in _ANY:
    TABLE[_state, "SUABreq"] = Cell("", "send_ab", _S.STA16)
    TABLE[_state, "AB"] = Cell("", "on_ab", _S.STA16)
