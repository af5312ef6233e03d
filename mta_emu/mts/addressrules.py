"""What an O/R address may be: one validator, for what people write and for configurations.

Types and bounds are those of X.411 Annex A, what must be there that of X.402 18.5. Addresses that
peers send are not judged by it: they are carried as they came.
"""

from collections.abc import Iterator
from enum import Enum, auto
from typing import Any

from mta_emu.mts import strings
from mta_emu.mts.addresstext import KEYWORDS
from mta_emu.mts.countries import is_country
from mta_emu.mts.strings import PRINTABLE

MAX_UNITS = MAX_DOMAIN_DEFINED = 4
_NUMERIC = frozenset("0123456789 ")
_WILDCARD = "*"


class _Characters(Enum):
    """What an attribute is made of; the names are those of ASN.1's strings."""

    NUMERIC = auto()
    PRINTABLE = auto()
    PRINTABLE_OR_TELETEX = auto()


#: The longest value of each attribute, and its characters.
_BOUNDS = {
    "country": (3, _Characters.PRINTABLE),
    "administration_domain": (16, _Characters.PRINTABLE),
    "private_domain": (16, _Characters.PRINTABLE),
    "network_address": (15, _Characters.NUMERIC),
    "terminal_identifier": (24, _Characters.PRINTABLE),
    "organization": (64, _Characters.PRINTABLE_OR_TELETEX),
    "numeric_user_identifier": (32, _Characters.NUMERIC),
    "common_name": (64, _Characters.PRINTABLE_OR_TELETEX),
    "surname": (40, _Characters.PRINTABLE_OR_TELETEX),
    "given_name": (16, _Characters.PRINTABLE_OR_TELETEX),
    "initials": (5, _Characters.PRINTABLE_OR_TELETEX),
    "generation_qualifier": (3, _Characters.PRINTABLE_OR_TELETEX),
}
#: The attributes that hold one value each: keyword, name, longest value.
ATTRIBUTES = tuple((KEYWORDS[name], name, longest) for name, (longest, _) in _BOUNDS.items())
LONGEST_UNIT = 32
LONGEST_TYPE, LONGEST_VALUE = 8, 128  # of a domain-defined attribute
_NEED_SURNAME = ("given_name", "initials", "generation_qualifier")


def check(address: Any) -> None:
    """Raise ValueError that names what is wrong with an address, if something is."""
    for fault in faults(address):
        raise ValueError(f"O/R address {str(address)!r}: {fault}")


def check_pattern(pattern: Any) -> None:
    """The same for a part of the address space: `*` stands for anything, and much may be absent."""
    for fault in _faults_of_values(pattern, wildcard=_WILDCARD):
        raise ValueError(f"O/R address {str(pattern)!r}: {fault}")


def faults(address: Any) -> Iterator[str]:
    """What is wrong with an address."""
    yield from _faults_of_values(address)
    if not address.network_address:  # which is an address without a country, of a terminal
        if not address.country:
            yield "the country C is missing"
        if not address.administration_domain:
            yield "the administration domain A is missing; a single space stands for any: A= "
    if not address.surname and any(getattr(address, name) for name in _NEED_SURNAME):
        yield "G, I and Q need a surname S"


def _faults_of_values(address: Any, wildcard: str = "") -> Iterator[str]:
    for attribute, (longest, characters) in _BOUNDS.items():
        value = getattr(address, attribute)
        yield from _faults_of(KEYWORDS[attribute], value, longest, characters, wildcard)
    country = address.country
    if country and not (wildcard and wildcard in country) and not is_country(country):
        yield f"C={country} is no country: two letters of ISO 3166, or three digits of X.121"
    if len(address.organizational_units) > MAX_UNITS:
        yield f"{len(address.organizational_units)} organizational units OU: at most {MAX_UNITS}"
    either = _Characters.PRINTABLE_OR_TELETEX
    for number, unit in enumerate(address.organizational_units, 1):
        yield from _faults_of(f"OU{number}", unit, LONGEST_UNIT, either, wildcard)
        if not unit:
            yield f"OU{number} is empty"
    if len(address.domain_defined) > MAX_DOMAIN_DEFINED:
        yield f"{len(address.domain_defined)} attributes DDA: at most {MAX_DOMAIN_DEFINED}"
    for kind, value in address.domain_defined:
        yield from _faults_of("a type of DDA", kind, LONGEST_TYPE, either, "")
        yield from _faults_of(f"DDA:{kind}", value, LONGEST_VALUE, either, wildcard)


def _faults_of(
    name: str, value: str, longest: int, characters: _Characters, wildcard: str
) -> Iterator[str]:
    """What is wrong with one value."""
    if len(value) > longest:
        yield f"{name} has {len(value)} characters, at most {longest}"
    found = set(value) - set(wildcard)
    match characters:
        case _Characters.NUMERIC if odd := found - _NUMERIC:
            yield f"{name} has {min(odd)!r}, and is a NumericString: digits and spaces"
        case _Characters.PRINTABLE if odd := found - PRINTABLE:
            yield f"{name} has {min(odd)!r}, not a PrintableString"
        case _Characters.PRINTABLE_OR_TELETEX if odd := _in_neither(found):
            teletex = "" if min(odd).isascii() else ", nor in T.61"
            yield f"{name} has {min(odd)!r}, not a PrintableString{teletex}"


def _in_neither(characters: set[str]) -> set[str]:
    """What is in no PrintableString, and is no letter of T.61 either.

    T.61 has most of ASCII as well, but who writes an @ has mistaken an address for another.
    """
    others = characters - PRINTABLE
    odd = {each for each in others if each.isascii() or not each.isprintable()}
    return odd | set(strings.teletex_lacks("".join(others)))
