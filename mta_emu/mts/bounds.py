"""The upper bounds of X.411 Annex B, as far as what comes may go beyond them.

What is longer than a bound is read all the same, so that it can be reported to its originator; of a
SET or SEQUENCE with too many elements no more are read than the bound says (sets.py).
"""

from collections.abc import Iterator

from mta_emu.mts import addressrules, extension
from mta_emu.mts.extension import Extensions, StandardExtension
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.members import RECIPIENTS
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.remembered import remembered
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.mts.trace import Trace
from mta_emu.osi import ber

CONTENT_CORRELATOR = 512  # octets
CONTENT_IDENTIFIER = 16
CONTENT_LENGTH = 0x7FFFFFFF
COUNTRY = 3
DOMAIN_NAME = 16
EXTENSION_ATTRIBUTES = 256
INTEGER_OPTIONS = 256
LOCAL_IDENTIFIER = 32
MTA_NAME = 32


def violation(subject: Subject) -> str | None:
    """What of an envelope, but for its recipients, is beyond its bound; None: nothing is."""
    return next(_of_subject(subject), None)


def recipient_violation(recipient: Recipient) -> str | None:
    """What of the per-recipient fields is beyond its bound; None: nothing is."""
    return next(_of_recipient(recipient), None)


def address_violation(address: ORAddress) -> str | None:
    """What of an address is beyond its bound; None: nothing is."""
    return _known_violation(address)


def _violation(address: ORAddress) -> str | None:
    return next(_of_address(address), None)


_known_violation = remembered(_violation, 4096, lambda address: address.size)


def _of_subject(subject: Subject) -> Iterator[str]:
    yield from subject.excess
    yield from _of_identifier(subject.identifier)
    yield from _one(address_violation(subject.originator))
    yield from _longer("content identifier", subject.content_identifier, CONTENT_IDENTIFIER)
    yield from _of_trace(subject.trace)
    yield from _of_trace(subject.internal_trace)
    yield from _of_correlator(subject.extensions)


def _of_recipient(recipient: Recipient) -> Iterator[str]:
    yield from recipient.excess
    yield from _one(address_violation(recipient.address))
    if not 1 <= recipient.number <= RECIPIENTS:
        yield f"recipient number {recipient.number}: must be 1 to {RECIPIENTS}"
    if not 0 <= (recipient.explicit_conversion or 0) <= INTEGER_OPTIONS:
        yield f"explicit conversion {recipient.explicit_conversion}: at most {INTEGER_OPTIONS}"


def _of_address(address: ORAddress) -> Iterator[str]:
    for keyword, attribute, longest in addressrules.ATTRIBUTES:
        yield from _longer(keyword, getattr(address, attribute), longest)
    yield from _more("OU", address.organizational_units, addressrules.MAX_UNITS)
    for unit in address.organizational_units:
        yield from _longer("OU", unit, addressrules.LONGEST_UNIT)
    yield from _more("DDA", address.domain_defined, addressrules.MAX_DOMAIN_DEFINED)
    for kind, value in address.domain_defined:
        yield from _longer("type of a DDA", kind, addressrules.LONGEST_TYPE)
        yield from _longer("value of a DDA", value, addressrules.LONGEST_VALUE)
    yield from _more("extension attributes", address.extension_attributes, EXTENSION_ATTRIBUTES)


def _of_identifier(identifier: MtsIdentifier) -> Iterator[str]:
    yield from _of_domain(identifier.domain)
    yield from _longer("local identifier", identifier.local_identifier, LOCAL_IDENTIFIER)


def _of_domain(domain: GlobalDomain) -> Iterator[str]:
    yield from _longer("country name", domain.country, COUNTRY)
    yield from _longer("ADMD name", domain.administration_domain, DOMAIN_NAME)
    yield from _longer("PRMD name", domain.private_domain, DOMAIN_NAME)


def _of_trace(trace: Trace) -> Iterator[str]:
    for element in trace:
        yield from _of_domain(element.domain)
        yield from _longer("MTA name", element.mta_name, MTA_NAME)


def _of_correlator(extensions: Extensions) -> Iterator[str]:
    found = extension.find(extensions, StandardExtension.CONTENT_CORRELATOR)
    if found:
        yield from _longer("content correlator", ber.contents(found.value), CONTENT_CORRELATOR)


def _one(found: str | None) -> Iterator[str]:
    if found:
        yield found


def _longer(what: str, value: str | bytes, longest: int) -> Iterator[str]:
    if len(value) > longest:
        yield f"{what} of {len(value)}: at most {longest}"


def _more(what: str, values: tuple[object, ...], most: int) -> Iterator[str]:
    if len(values) > most:
        yield f"{len(values)} {what}: at most {most}"
