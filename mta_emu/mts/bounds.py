"""The upper bounds of X.411 Annex B, as far as what comes may go beyond them.

What is longer than a bound is read all the same, so that it can be reported to its originator; of a
SET or SEQUENCE with too many elements no more are read than the bound says (sets.py). A BIT STRING
may have more bits than have names: later versions add them.
"""

from collections.abc import Iterator

from mta_emu.mts import addressrules, expansion, extension, redirection, strings
from mta_emu.mts.extension import Extensions, StandardExtension
from mta_emu.mts.fields import read_information_types
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.members import RECIPIENTS
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.probe import Probe
from mta_emu.mts.subject import Recipient, Subject
from mta_emu.mts.trace import Trace
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.remembered import remembered

BILATERAL_INFORMATION = 1024  # octets
BUILT_IN_CONTENT_TYPE = 32767
CONTENT_CORRELATOR = 512  # octets
CONTENT_IDENTIFIER = 16
CONTENT_LENGTH = 0x7FFFFFFF
COUNTRY = 3
DOMAIN_NAME = 16
EXTENSION_ATTRIBUTES = 256  # how many, and the highest type of one
INFORMATION_TYPES = 1024  # that have an object identifier
INTEGER_OPTIONS = 256
LOCAL_IDENTIFIER = 32
MTA_NAME = 32
_CONSTRUCTED = 0x20
#: Characters of each string in the attributes of a postal address, by their types.
_POSTAL = {7: 16, 9: 16, 16: 180} | dict.fromkeys((*range(10, 16), *range(17, 22)), 30)


@decoder
def violation(subject: Subject) -> str | None:
    """What of an envelope, but for its recipients, is beyond its bound; None: nothing is.

    Raises ProtocolError.
    """
    return next(_of_subject(subject), None)


@decoder
def recipient_violation(recipient: Recipient) -> str | None:
    """What of the per-recipient fields is beyond its bound; None: nothing is.

    Raises ProtocolError.
    """
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
    if isinstance(subject.content_type, int):
        yield from _not_in("built-in content type", subject.content_type, 0, BUILT_IN_CONTENT_TYPE)
    if isinstance(subject, Probe) and subject.content_length is not None:
        yield from _not_in("content length", subject.content_length, 0, CONTENT_LENGTH)
    types = read_information_types(subject.encoded_information_types).extended
    yield from _more("extended encoded information types", types, INFORMATION_TYPES)
    for element in subject.bilateral_information:
        information = b"".join(ber.elements(ber.contents(element))[-1:])
        yield from _longer("bilateral information", information, BILATERAL_INFORMATION)
    yield from _of_trace(subject.trace)
    yield from _of_trace(subject.internal_trace)
    yield from _of_correlator(subject.extensions)
    lists = expansion.history(subject.extensions)
    yield from _more("expansions of lists", lists, expansion.MAX_EXPANSIONS)
    for expanded in lists:
        yield from _one(address_violation(expanded.name))


def _of_recipient(recipient: Recipient) -> Iterator[str]:
    yield from recipient.excess
    yield from _not_in("recipient number", recipient.number, 1, RECIPIENTS)
    conversion = recipient.explicit_conversion or 0
    yield from _not_in("explicit conversion", conversion, 0, INTEGER_OPTIONS)
    before = redirection.history(recipient.extensions)
    alternate = redirection.requested_alternate(recipient)
    for address in (recipient.address, alternate, *(each.intended for each in before)):
        yield from _one(address_violation(address) if address else None)


def _of_address(address: ORAddress) -> Iterator[str]:
    for keyword, attribute, longest in addressrules.ATTRIBUTES:
        for form in (getattr(address, attribute), address.teletex.get(attribute, "")):
            yield from _longer(keyword, form, longest)
    for units in (address.organizational_units, address.teletex.get("organizational_units", ())):
        yield from _more("OU", units, addressrules.MAX_UNITS)
        for unit in units:
            yield from _longer("OU", unit, addressrules.LONGEST_UNIT)
    for defined in (address.domain_defined, address.teletex.get("domain_defined", ())):
        yield from _more("DDA", defined, addressrules.MAX_DOMAIN_DEFINED)
        for kind, value in defined:
            yield from _longer("type of a DDA", kind, addressrules.LONGEST_TYPE)
            yield from _longer("value of a DDA", value, addressrules.LONGEST_VALUE)
    yield from _more("extension attributes", address.extension_attributes, EXTENSION_ATTRIBUTES)
    for number, octets in address.extension_attributes:
        yield from _not_in("type of an extension attribute", number, 0, EXTENSION_ATTRIBUTES)
        if number in _POSTAL:
            for text in _texts(octets):
                yield from _longer(f"extension attribute {number}", text, _POSTAL[number])


def _texts(element: bytes) -> Iterator[str]:
    """The strings in an attribute, as far as they are some."""
    try:
        yield strings.read(element)
    except ProtocolError:
        if element[0] & _CONSTRUCTED:
            for each in ber.elements(ber.contents(element)):
                yield from _texts(each)


def _of_identifier(identifier: MtsIdentifier) -> Iterator[str]:
    yield from _of_domain(identifier.domain)
    yield from _longer("local identifier", identifier.local_identifier, LOCAL_IDENTIFIER)
    if not identifier.local_identifier:  # messages without one could not be told apart
        yield "local identifier of 0: at least 1"


def _of_domain(domain: GlobalDomain) -> Iterator[str]:
    yield from _longer("country name", domain.country, COUNTRY)
    yield from _longer("ADMD name", domain.administration_domain, DOMAIN_NAME)
    yield from _longer("PRMD name", domain.private_domain, DOMAIN_NAME)


def _of_trace(trace: Trace) -> Iterator[str]:
    for element in trace:
        yield from _of_domain(element.domain)
        yield from _longer("MTA name", element.mta_name, MTA_NAME)
        match element.attempted:
            case GlobalDomain() as domain:
                yield from _of_domain(domain)
            case str() as name:
                yield from _longer("MTA name", name, MTA_NAME)


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


def _not_in(what: str, number: int, least: int, most: int) -> Iterator[str]:
    if not least <= number <= most:
        yield f"{what} {number}: must be {least} to {most}"


def _more(what: str, values: tuple[object, ...], most: int) -> Iterator[str]:
    if len(values) > most:
        yield f"{len(values)} {what}: at most {most}"
