"""Trace information: the domains and the MTAs that something passed (X.411 8.2.1.1.1.3, 14.3).

The trace of domains is a member of every envelope; that of MTAs, the internal trace, an extension.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from typing import Any

from labkit.frozen import replace
from mta_emu.mts import extension
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Extension, Extensions, StandardExtension
from mta_emu.mts.identifiers import GlobalDomain
from mta_emu.mts.preserved import Preserved
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder
from mta_emu.osi.remembered import remembered

MAX_ELEMENTS = 512  # ub-transfers

_SEQUENCE, _SET = b"\x30", b"\x31"
_TRACE_INFORMATION = b"\x69"
_INTERNAL_TRACE = StandardExtension.INTERNAL_TRACE_INFORMATION
_MEMBERS_OF_INTERNAL = 3
#: Arrival time, routing action, attempted MTA and attempted domain.
_SUPPLIED = (b"\x80", b"\x82", b"\x16", b"\x63")
_CONVERTED, _DEFERRED_TIME, _OTHER_ACTIONS = b"\x65", b"\x81", b"\x83"
_REDIRECTED, _DL_OPERATION, _UNUSED_BITS = 0x80, 0x40, 6


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
        return bool(self.other_actions & _REDIRECTED)

    @property
    def expanded(self) -> bool:
        """Whether it was for a distribution list that was expanded there."""
        return bool(self.other_actions & _DL_OPERATION)

    @property
    def converted(self) -> bytes:
        """The BER of the encoded information types that it was converted to; empty: it was not."""
        return next((each for each in self.others if each[:1] == _CONVERTED), b"")

    @property
    def other_actions(self) -> int:
        """The octet of the bits, the first bit highest; none are set where it is absent."""
        found = next((each for each in self.others if each[:1] == _OTHER_ACTIONS), b"")
        return next(iter(ber.contents(found)[1:]), 0) if found else 0


Trace = tuple[TraceElement, ...]


def passed(trace: Trace, extensions: Extensions, here: TraceElement) -> tuple[Trace, Extensions]:
    """The trace and the extensions with this MTA's, and its domain's if it comes from another."""
    if not trace or trace[-1].domain != here.domain:
        trace = (*trace, replace(here, mta_name=""))
    return trace, with_internal_trace(extensions, (*internal_trace(extensions), here))


def deferred_until(time: datetime) -> bytes:
    """The deferred time that an MTA supplies, one of the `others` of its element."""
    return ber.retagged(_DEFERRED_TIME, MTS.encode("Time", time))


def mark_redirected(trace: Trace, extensions: Extensions) -> tuple[Trace, Extensions]:
    """The trace and the extensions of what the MTA that it passed last has redirected."""
    return _mark(trace, extensions, lambda element: _with_action(element, _REDIRECTED))


def mark_expanded(trace: Trace, extensions: Extensions) -> tuple[Trace, Extensions]:
    """The same of what was for a distribution list that it expanded."""
    return _mark(trace, extensions, lambda element: _with_action(element, _DL_OPERATION))


def mark_converted(trace: Trace, extensions: Extensions, types: bytes) -> tuple[Trace, Extensions]:
    """The same of what it converted to encoded information types, BER."""
    return _mark(trace, extensions, lambda element: _with(element, types))


def since_readdressed(trace: Trace) -> Trace:
    """The trace from where it was last redirected, or for a list that was expanded.

    Its recipients are others since: it may pass again what it passed before.
    """
    marks = _REDIRECTED | _DL_OPERATION
    places = [place for place, element in enumerate(trace) if element.other_actions & marks]
    return trace[places[-1] :] if places else trace


def converted_types(trace: Trace) -> bytes:
    """The BER of the encoded information types that it was converted to last; empty: never."""
    return next((each.converted for each in reversed(trace) if each.converted), b"")


def _mark(
    trace: Trace, extensions: Extensions, change: Callable[[TraceElement], TraceElement]
) -> tuple[Trace, Extensions]:
    """Change the element that this MTA has added, and its domain's."""
    internal = internal_trace(extensions)
    if internal:
        extensions = with_internal_trace(extensions, (*internal[:-1], change(internal[-1])))
    return (*trace[:-1], *map(change, trace[-1:])), extensions


def _with_action(element: TraceElement, action: int) -> TraceElement:
    actions = bytes((_UNUSED_BITS, element.other_actions | action))
    return _with(element, ber.tlv(_OTHER_ACTIONS, actions))


def _with(element: TraceElement, member: bytes) -> TraceElement:
    """The element with one of its `others` new, or changed."""
    others = tuple(each for each in element.others if each[:1] != member[:1])
    return replace(element, others=(*others, member))


def with_internal_trace(extensions: Extensions, internal: Trace) -> Extensions:
    """The extensions with this internal trace information."""
    value = ber.tlv(_SEQUENCE, b"".join(map(encode_element, internal)))
    was = extension.find(extensions, _INTERNAL_TRACE) or Extension(_INTERNAL_TRACE)
    return extension.with_extension(extensions, replace(was, value=value))


@decoder
def internal_trace(extensions: Extensions) -> Trace:
    """The MTAs in the internal trace information. Raises ProtocolError."""
    found = extension.find(extensions, _INTERNAL_TRACE)
    return decode(found.value) if found else ()


def encode(trace: Trace) -> bytes:
    """The BER of trace information."""
    return ber.tlv(_TRACE_INFORMATION, b"".join(map(encode_element, trace)))


@decoder
def decode(octets: bytes) -> Trace:
    """Read a SEQUENCE OF trace elements, of domains or of MTAs. Raises ProtocolError.

    Of too many one more is read than there may be, so that it shows.
    """
    elements = ber.elements(ber.contents(octets), MAX_ELEMENTS + 1)
    return tuple(_decode_element(each) for each in elements)


def encode_element(element: TraceElement) -> bytes:
    """The BER of one trace element."""
    if element.octets is not None:
        return element.octets
    if element.others:
        return _encode_element(element)
    second = element.arrival.replace(microsecond=0)
    return _encode_our_own(
        element.domain, second, element.action, element.mta_name, element.attempted
    )


def _encode_element(element: TraceElement) -> bytes:
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


#: An element that has nothing of others is one that this MTA makes, for each message of a second.
@lru_cache(maxsize=64)
def _encode_our_own(
    domain: GlobalDomain,
    arrival: datetime,
    action: int,
    mta_name: str,
    attempted: GlobalDomain | str | None,
) -> bytes:
    return _encode_element(TraceElement(domain, arrival, action, mta_name, attempted))


@remembered
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
