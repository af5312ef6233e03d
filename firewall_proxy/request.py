"""The connection request that a client of RFC 1006 sends first, and the called T-selector in it.

A TPKT with a CR TPDU (RFC 1006 6, X.224 13.3). Its header is all that is read, at most 259 octets;
the answers to one that nobody takes are those of the transport stack.
"""

from dataclasses import dataclass

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.tpkt import HEADER_LENGTH, TpktReader, frame
from mta_emu.osi.transport.connection import TransportConnection
from mta_emu.osi.transport.options import TransportOptions
from mta_emu.osi.transport.tpdu import CALLED, CR, DisconnectReason, decode

_INDICATED = HEADER_LENGTH + 1  # octets: the TPKT header, and the TPDU's length indicator
#: Octets of the longest header of a TPDU in a TPKT (X.224 13.2.1: the indicator is at most 254).
LONGEST = _INDICATED + 254


@dataclass(frozen=True)
class Request:
    """A connection request. `called` is its called T-selector; None when that is left out."""

    called: bytes | None


@dataclass(frozen=True)
class NoRequest:
    """What a client sent first is no connection request; the text says why, for people."""

    text: str


@dataclass(frozen=True)
class Unfinished:
    """So many octets must be there before more can be said."""

    octets: int


def read(octets: bytes) -> Request | NoRequest | Unfinished:
    """What the first octets of a client are."""
    try:
        for _ in TpktReader().feed(octets[:_INDICATED]):  # judges the TPKT header
            pass
        if len(octets) < _INDICATED:
            return Unfinished(_INDICATED)
        length = int.from_bytes(octets[2:HEADER_LENGTH], "big")
        end = _INDICATED + octets[HEADER_LENGTH]
        if end > min(length, LONGEST):
            return NoRequest(f"the TPDU's header of {octets[HEADER_LENGTH]} octets is not all here")
        if len(octets) < end:
            return Unfinished(end)
        tpdu = decode(octets[HEADER_LENGTH:end])
    except ProtocolError as error:
        return NoRequest(str(error))
    if tpdu.code != CR:
        return NoRequest(f"TPDU 0x{tpdu.code:02x} is no connection request")
    return Request(tpdu.parameter(CALLED))


def refusal(octets: bytes) -> bytes:
    """The answer to first octets that nobody takes: DR, ER, or none to what is no TPKT.

    A request gets DR with the reason that the address is unknown (X.224 13.5.3), another TPDU ER.
    """
    end = _INDICATED + octets[HEADER_LENGTH] if len(octets) > HEADER_LENGTH else 0
    nobody = TransportOptions(refusal=DisconnectReason.ADDRESS_UNKNOWN)
    transport = TransportConnection(initiator=False, options=nobody)
    if _INDICATED < end <= min(len(octets), LONGEST):
        octets = _framed(octets[:end])
    transport.receive_data(octets)
    return transport.data_to_send()


def _framed(octets: bytes) -> bytes:
    """The header of a TPDU as a TPKT of its own, where the TPKT before it is one."""
    try:
        for _ in TpktReader().feed(octets[:HEADER_LENGTH]):
            pass
        return frame(octets[HEADER_LENGTH:])
    except (ProtocolError, ValueError):
        return octets
