"""The trace of MTAs in P1 of 1984, a member of its envelopes (Q177374).

MOTIS, the ISO's draft for message transfer, had it, and implementors agreed on it (OIW Stable
Implementation Agreements, part 7): [APPLICATION 30], the names of MTAs with what they supplied. The
domains of the MTAs are not in it, because it is for those of one domain.
"""

from collections.abc import Callable
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.strings import PRINTABLE
from mta_emu.mts.trace import Trace, TraceElement
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder

_TRACE = b"\x7e"


def encode(trace: Trace) -> bytes:
    """The member of the envelope: the MTAs of a trace, without their domains."""
    return ber.tlv(_TRACE, b"".join(map(_encode, trace)))


def is_trace(member: bytes) -> bool:
    """Whether a member of an envelope is such a trace."""
    return member[:1] == _TRACE


@decoder
def decode(member: bytes, domain_of: Callable[[str], GlobalDomain]) -> Trace:
    """Read the member; `domain_of` an MTA's name is the domain it is in. Raises ProtocolError."""
    return tuple(_decode(each, domain_of) for each in ber.elements(ber.contents(member)))


def printable(name: str) -> str:
    """The name of an MTA as a PrintableString can hold it."""
    return "".join(character if character in PRINTABLE else "?" for character in name)


def _encode(element: TraceElement) -> bytes:
    supplied: dict[str, Any] = {"arrival": element.arrival, "action": int(element.action)}
    if isinstance(element.attempted, str):
        supplied["previous"] = printable(element.attempted)
    fields = {"mta-name": printable(element.mta_name), "mta-supplied-info": supplied}
    return MTS.encode("MotisTraceElement", fields)


def _decode(octets: bytes, domain_of: Callable[[str], GlobalDomain]) -> TraceElement:
    fields = MTS.decode("MotisTraceElement", octets)
    name, supplied = fields["mta-name"], fields["mta-supplied-info"]
    return TraceElement(
        domain_of(name),
        supplied["arrival"],
        supplied["action"],
        name,
        supplied.get("previous"),
    )
