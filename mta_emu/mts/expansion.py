"""The expansion of distribution lists: what of it travels (X.411 8.3.1.1.1.7, 14.3 and 14.4).

A message says through which lists it came, a report through which of them it goes back: to the last
one first, where the list's policy says how it goes on.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from mta_emu.mts import bilateral, extension, oraddress, trace
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.extension import Extension, Extensions, StandardExtension
from mta_emu.mts.fields import Indicators
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.preserved import Preserved
from mta_emu.mts.report import Report
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder

MAX_EXPANSIONS = 512  # ub-dl-expansions

_SEQUENCE = b"\x30"
_HISTORY = StandardExtension.DL_EXPANSION_HISTORY
_WAY_BACK = StandardExtension.ORIGINATOR_AND_DL_EXPANSION_HISTORY
_REPORTING_LIST = StandardExtension.REPORTING_DL_NAME


@dataclass(frozen=True)
class Expansion(Preserved):
    """A list that was expanded, and when; first of a way back, the originator."""

    name: ORAddress
    time: datetime


@decoder
def history(extensions: Extensions) -> tuple[Expansion, ...]:
    """The lists that a message came through, the first one first. Raises ProtocolError.

    Of too many one more is read than there may be, so that it shows.
    """
    return _read(extensions, _HISTORY)


@decoder
def way_back(subject: Subject) -> tuple[ORAddress, Extensions]:
    """Where a report on a message goes, and the history that its envelope has.

    That is the originator, or the last of the distribution lists that it came through, which goes
    on with the report from there (X.411 14.4). Raises ProtocolError.
    """
    lists = history(subject.extensions)
    if not lists:
        return subject.originator, ()
    origin = Expansion(subject.originator, subject.trace[0].arrival)
    return lists[-1].name, (Extension(_WAY_BACK, _encode((origin, *lists))),)


S = TypeVar("S", bound=Subject)


@decoder
def expanded(
    subject: S,
    recipient: Recipient,
    members: tuple[ORAddress, ...],
    indicators: Indicators,
    time: datetime,
) -> S:
    """The message for the members of a list, which is the recipient; others have copies elsewhere.

    It has the trace of this MTA, and may pass again what it passed before. Raises ProtocolError.
    """
    lists = (*history(subject.extensions), Expansion(recipient.address, time))
    was = extension.find(subject.extensions, _HISTORY) or Extension(_HISTORY)
    extensions = extension.with_extension(subject.extensions, replace(was, value=_encode(lists)))
    domains, extensions = trace.mark_expanded(subject.trace, extensions)
    domain = domains[-1].domain
    return replace(
        subject,
        recipients=tuple(
            Recipient(each, recipient.number, indicators.with_responsibility(responsible=True))
            for each in members
        ),
        trace=domains,
        extensions=extensions,
        bilateral_information=bilateral.without_sites(subject.bilateral_information, domain),
    )


@decoder
def previous(report: Report) -> tuple[ORAddress, Extensions] | None:
    """The address that a report for a list goes to next, and its extensions then; None: unknown.

    That is the list before, or the originator, in the way back. Raises ProtocolError.
    """
    extensions = report.envelope.extensions
    *before, _ = _read(extensions, _WAY_BACK) or (None,)
    if not before:
        return None
    others = tuple(each for each in extensions if each.kind != _WAY_BACK)
    if len(before) > 1:
        others = (*others, Extension(_WAY_BACK, _encode(tuple(before))))
    return before[-1].name, others


def forwarded(report: Report, to: ORAddress, extensions: Extensions) -> Report:
    """A report as the list that it came to sends it on; it may pass again what it passed before."""
    name = Extension(_REPORTING_LIST, oraddress.encode(report.envelope.destination))
    if not extension.find(extensions, _REPORTING_LIST):
        extensions = (*extensions, name)
    domains, extensions = trace.mark_expanded(report.envelope.trace, extensions)
    envelope = replace(report.envelope, destination=to, trace=domains, extensions=extensions)
    return replace(report, envelope=envelope)


def _read(extensions: Extensions, kind: StandardExtension) -> tuple[Expansion, ...]:
    found = extension.find(extensions, kind)
    if found is None:
        return ()
    return tuple(
        _decode(each) for each in ber.elements(ber.contents(found.value), MAX_EXPANSIONS + 1)
    )


def _decode(octets: bytes) -> Expansion:
    fields = MTS.decode("OriginatorAndDLExpansion", octets)
    name = oraddress.from_asn1(fields["originator-or-dl-name"])
    return Expansion(name, fields["origination-or-expansion-time"]).came_as(octets)


def _encode(expansions: tuple[Expansion, ...]) -> bytes:
    return ber.tlv(_SEQUENCE, b"".join(map(_encode_one, expansions)))


def _encode_one(expansion: Expansion) -> bytes:
    if expansion.octets is not None:
        return expansion.octets
    fields = {
        "originator-or-dl-name": oraddress.to_asn1(expansion.name),
        "origination-or-expansion-time": expansion.time,
    }
    return MTS.encode("OriginatorAndDLExpansion", fields)
