"""Trace information: the domains and the MTAs that something passed (X.411 8.2.1.1.1.3, 14.3).

The trace of domains is a member of every envelope; that of MTAs, the internal trace, an extension.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from typing import Any

from mta_emu.mts import extension
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Extension, Extensions, StandardExtension
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.preserved import Preserved
from mta_emu.osi import ber

_SEQUENCE, _SET = b"\x30", b"\x31"
_TRACE_INFORMATION = b"\x69"
_INTERNAL_TRACE = StandardExtension.INTERNAL_TRACE_INFORMATION
_MEMBERS_OF_INTERNAL = 3
#: Arrival time, routing action, attempted MTA and attempted domain.
_SUPPLIED = (b"\x80", b"\x82", b"\x16", b"\x63")
_DEFERRED_TIME, _OTHER_ACTIONS = b"\x81", b"\x83"
_REDIRECTED, _UNUSED_BITS = 0x80, 6  # of the two bits, redirected and dl-operation


class RoutingAction(IntEnum):
    """What a domain or an MTA did with what it got."""

    RELAYED = 0
    REROUTED = 1


@dataclass(frozen=True)
class TraceElement(Preserved):
    """A management domain that the message passed; with `mta_name`, an MTA inside it.

    `attempted` is where it was tried in vain before it was rerouted from there; `others` are the
    other members of what the domain or MTA supplied, as BER.
    """

    domain: GlobalDomain
    arrival: datetime
    action: int = RoutingAction.RELAYED
    mta_name: str = ""
    attempted: GlobalDomain | str | None = None
    others: tuple[bytes, ...] = ()

    @property
    def redirected(self) -> bool:
        """Whether it was redirected there to an alternate recipient."""
        return bool(_other_actions(self) & _REDIRECTED)


Trace = tuple[TraceElement, ...]


def passed(trace: Trace, extensions: Extensions, here: TraceElement) -> tuple[Trace, Extensions]:
    """The trace and the extensions with this MTA's: its domain's once, its own each time."""
    if not any(element.domain == here.domain for element in since_redirected(trace)):
        trace = (*trace, replace(here, mta_name=""))
    return trace, _with_internal_trace(extensions, (*internal_trace(extensions), here))


def deferred_until(time: datetime) -> bytes:
    """The deferred time that an MTA supplies, one of the `others` of its element."""
    return ber.retagged(_DEFERRED_TIME, MTS.encode("Time", time))


def mark_redirected(
    trace: Trace, extensions: Extensions, domain: GlobalDomain
) -> tuple[Trace, Extensions]:
    """The trace and the extensions of what was redirected by the MTA of a domain it passed last."""
    internal = internal_trace(extensions)
    if internal:
        extensions = _with_internal_trace(extensions, (*internal[:-1], _redirected(internal[-1])))
    place = max(place for place, element in enumerate(trace) if element.domain == domain)
    return (*trace[:place], _redirected(trace[place]), *trace[place + 1 :]), extensions


def since_redirected(trace: Trace) -> Trace:
    """The trace from where it was redirected last: it may pass again what it passed before."""
    places = [place for place, element in enumerate(trace) if element.redirected]
    return trace[places[-1] :] if places else trace


def _redirected(element: TraceElement) -> TraceElement:
    actions = ber.tlv(_OTHER_ACTIONS, bytes((_UNUSED_BITS, _other_actions(element) | _REDIRECTED)))
    others = tuple(each for each in element.others if each[:1] != _OTHER_ACTIONS)
    return replace(element, others=(*others, actions))


def _other_actions(element: TraceElement) -> int:
    """The octet of the bits, the first bit highest; none are set where it is absent."""
    found = next((each for each in element.others if each[:1] == _OTHER_ACTIONS), b"")
    return next(iter(ber.contents(found)[1:]), 0) if found else 0


def _with_internal_trace(extensions: Extensions, internal: Trace) -> Extensions:
    value = ber.tlv(_SEQUENCE, b"".join(map(encode_element, internal)))
    was = extension.find(extensions, _INTERNAL_TRACE) or Extension(_INTERNAL_TRACE)
    return extension.with_extension(extensions, replace(was, value=value))


def internal_trace(extensions: Extensions) -> Trace:
    """The MTAs in the internal trace information. Raises ProtocolError."""
    found = extension.find(extensions, _INTERNAL_TRACE)
    return decode(found.value) if found else ()


def encode(trace: Trace) -> bytes:
    """The BER of trace information."""
    return ber.tlv(_TRACE_INFORMATION, b"".join(map(encode_element, trace)))


def decode(octets: bytes) -> Trace:
    """Read a SEQUENCE OF trace elements, of domains or of MTAs. Raises ProtocolError."""
    return tuple(_decode_element(each) for each in ber.elements(ber.contents(octets)))


def encode_element(element: TraceElement) -> bytes:
    """The BER of one trace element."""
    if element.octets is not None:
        return element.octets
    supplied: dict[str, Any] = {
        "arrival-time": element.arrival,
        "routing-action": int(element.action),
    }
    if isinstance(element.attempted, GlobalDomain):
        supplied["attempted-domain"] = element.attempted.to_asn1()
    elif element.attempted:
        supplied["attempted-mta"] = element.attempted
    fields: dict[str, Any] = {"global-domain-identifier": element.domain.to_asn1()}
    if element.mta_name:
        fields |= {"mta-name": element.mta_name, "mta-supplied-information": supplied}
        octets = MTS.encode("InternalTraceInformationElement", fields)
    else:
        fields["domain-supplied-information"] = supplied
        octets = MTS.encode("TraceInformationElement", fields)
    *names, information = ber.elements(ber.contents(octets))
    information = ber.tlv(_SET, ber.contents(information) + b"".join(element.others))
    return ber.tlv(_SEQUENCE, b"".join([*names, information]))


def _decode_element(octets: bytes) -> TraceElement:
    members = ber.elements(ber.contents(octets))
    internal = len(members) == _MEMBERS_OF_INTERNAL
    fields = MTS.decode(
        "InternalTraceInformationElement" if internal else "TraceInformationElement", octets
    )
    supplied = fields["mta-supplied-information" if internal else "domain-supplied-information"]
    domain = supplied.get("attempted-domain")
    return TraceElement(
        GlobalDomain.from_asn1(fields["global-domain-identifier"]),
        supplied["arrival-time"],
        supplied["routing-action"],
        fields.get("mta-name", ""),
        GlobalDomain.from_asn1(domain) if domain else supplied.get("attempted-mta"),
        tuple(
            each for each in ber.elements(ber.contents(members[-1])) if each[:1] not in _SUPPLIED
        ),
    ).came_as(octets)
