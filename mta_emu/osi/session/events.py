"""What the state table calls the events of the session user (X.225 Annex A).

An SPDU's event has the SPDU's name. The transport's are `TCONind`, `TCONcnf` and `TDISind`.
"""

from dataclasses import dataclass

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

#: The event of the peer that no cell takes, or a TSDU that cannot be read.
INVALID = "invalid"


@dataclass(frozen=True)
class Invalid:
    """An event of the peer that the table has no place for, or a TSDU that cannot be read."""

    text: str
    tsdu: bytes
