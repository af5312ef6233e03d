"""O/R addresses, X.402 clause 18: the model, how they match, and how they travel.

`addresstext.py` reads and writes them as text, `addressrules.py` says what one may be. An attribute
whose characters a PrintableString lacks travels in its teletex form, an extension attribute.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, zip_longest
from typing import Any

from mta_emu.mts import addressrules, addresstext, strings, t61
from mta_emu.mts.addresstext import KEYWORDS
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.preserved import Preserved
from mta_emu.mts.strings import is_printable, write_teletex
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.remembered import remembered

_UNITS, _DEFINED = "organizational_units", "domain_defined"
_SINGLE = tuple(name for name in KEYWORDS if name != _UNITS)  # attributes of one value
_KNOWN = 4096  # addresses or their attributes: the same few people write to each other
_PERSONAL_NAME = ("surname", "given_name", "initials", "generation_qualifier")


@dataclass(frozen=True)
class ORAddress(Preserved):
    """An O/R address; attributes that are absent are empty.

    An attribute that came in its teletex form alone is here like any other. `extension_attributes`
    holds what else came, as (type, BER of the value), and `directory_name` the BER of the directory
    name of an O/R name that has one.
    """

    country: str = ""
    administration_domain: str = ""
    private_domain: str = ""
    network_address: str = ""
    terminal_identifier: str = ""
    organization: str = ""
    numeric_user_identifier: str = ""
    common_name: str = ""
    surname: str = ""
    given_name: str = ""
    initials: str = ""
    generation_qualifier: str = ""
    organizational_units: tuple[str, ...] = ()
    domain_defined: tuple[tuple[str, str], ...] = ()
    extension_attributes: tuple[tuple[int, bytes], ...] = ()
    directory_name: bytes = b""

    @classmethod
    def parse(cls, text: str) -> "ORAddress":
        """Read `C=US;A= ;P=Contoso;O=Inside;OU1=Lab;S=Smith;G=Jo;DDA:SMTP=jo(a)lab` and its like.

        Raises ValueError that names the part which is wrong.
        """
        address = cls.read(text)
        addressrules.check(address)
        return address

    @classmethod
    def read(cls, text: str) -> "ORAddress":
        """Read a text that need not be an address by the letter, as a peer's may not be.

        Raises ValueError.
        """
        return cls(**addresstext.read(text))

    def __str__(self) -> str:
        """The text form, which `read` reads."""
        return self._text

    @cached_property
    def _text(self) -> str:
        return addresstext.write(self)

    @property
    def size(self) -> int:
        """How many octets it came in; 0: it was made here."""
        return len(self.origin.octets) if self.origin else 0

    @cached_property
    def teletex(self) -> dict[str, Any]:
        """The teletex forms of attributes that have a printable form too."""
        found: dict[str, Any] = {}
        for kind, value in self.extension_attributes:
            found |= _read_teletex(kind, value)
        return found

    @cached_property
    def given(self) -> tuple[tuple[str, str], ...]:
        """The attributes of one value that it has, with their values."""
        return tuple((name, value) for name in _SINGLE if (value := getattr(self, name)))

    @cached_property
    def keys(self) -> frozenset[tuple[str, str]]:
        """The same in all their forms, as `literal_key` has them."""
        forms = ((name, _forms(self, self.teletex, name)) for name, _ in self.given)
        return frozenset((name, _folded(form)) for name, several in forms for form in several)

    @cached_property
    def literal_key(self) -> tuple[str, str] | None:
        """Of a pattern an attribute without a wildcard, the closest; only keys with it match.

        None: it has none, and may match anybody. One that is blank matches who has none.
        """
        given = ((name, _folded(value)) for name, value in self.given if "*" not in value)
        literal = [(name, value) for name, value in given if value]
        return literal[-1] if literal else None

    @property
    def needs_1988(self) -> bool:
        """Whether it has something that 1984 has no place for.

        A printable common name has one, as a domain-defined attribute (X.419 Annex B).
        """
        others = (getattr(self, name) for name in (*_PERSONAL_NAME, "organization", "common_name"))
        names = (*others, *self.organizational_units, *chain.from_iterable(self.domain_defined))
        return bool(self.extension_attributes) or not all(map(is_printable, names))


def matches(pattern: ORAddress, address: ORAddress) -> bool:
    """Whether `address` lies in the part of the address space that `pattern` describes.

    Each attribute that the pattern has must match; a `*` in one stands for anything.
    Letters match in either case and runs of spaces count as one (X.402 18.4).
    """
    return all(
        not value or any(_value_matches(value, form) for form in forms)
        for value, forms in _compared(pattern, address)
    )


def _compared(pattern: ORAddress, address: ORAddress) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the pattern has, each with what the address has there."""
    teletex = address.teletex
    for name, value in pattern.given:
        yield value, _forms(address, teletex, name)
    wanted, found = pattern.organizational_units, address.organizational_units
    others = teletex.get(_UNITS, ())
    for unit, printable, other in zip_longest(
        wanted, found[: len(wanted)], others[: len(wanted)], fillvalue=""
    ):
        yield unit, (printable, other)
    if pattern.domain_defined:
        kinds = (*teletex.get(_DEFINED, ()), *address.domain_defined)
        defined = {kind.upper(): value for kind, value in kinds}
        for kind, value in pattern.domain_defined:
            yield value, (defined.get(kind.upper(), ""),)


def _forms(address: ORAddress, teletex: dict[str, Any], name: str) -> tuple[str, ...]:
    """The printable and the teletex form of an attribute: either stands for it."""
    value: str = getattr(address, name)
    return (value, teletex[name]) if name in teletex else (value,)


@lru_cache(maxsize=1024)
def closeness(pattern: ORAddress) -> tuple[int, ...]:
    """How closely a pattern describes addresses: the greater of two is the closer one.

    Attributes count from the country down; a value goes before a wildcard, and a wildcard before
    nothing (Q193322).
    """
    values: list[str] = []
    for attribute in KEYWORDS:
        if attribute == _UNITS:
            units = pattern.organizational_units
            values += [*units, *[""] * (addressrules.MAX_UNITS - len(units))]
        else:
            values.append(getattr(pattern, attribute))
    values += [value for _, value in pattern.domain_defined]
    return tuple(0 if not value else 1 if "*" in value else 2 for value in values)


def _value_matches(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(_folded(value)) is not None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, _folded(pattern).split("*"))))


def _fold(text: str) -> str:
    return " ".join(text.split()).casefold()


_folded = remembered(_fold, _KNOWN)


# As it travels: ORName (X.411 figure 2)


def to_asn1(address: ORAddress) -> dict[str, Any]:
    """The value of the ASN.1 type ORName."""
    standard: dict[str, Any] = {}
    if address.country:
        standard["country-name"] = country_to_asn1(address.country)
    if address.administration_domain:
        standard["administration-domain-name"] = domain_to_asn1(address.administration_domain)
    if address.private_domain:
        standard["private-domain-name"] = domain_to_asn1(address.private_domain)
    for name, attribute in _PLAIN.items():
        if value := getattr(address, attribute):
            standard[name] = value
    extensions = list(_extensions_of_names(address, standard))
    found: dict[str, Any] = {"built-in-standard-attributes": standard}
    if address.domain_defined:
        if all(map(is_printable, chain.from_iterable(address.domain_defined))):
            found["built-in-domain-defined-attributes"] = [
                {"type": kind, "value": value} for kind, value in address.domain_defined
            ]
        else:
            defined = b"".join(
                ber.tlv(_SEQUENCE, write_teletex(kind) + write_teletex(value))
                for kind, value in address.domain_defined
            )
            extensions.append((_TELETEX_DEFINED, ber.tlv(_SEQUENCE, defined)))
    if all_extensions := [*extensions, *address.extension_attributes]:
        found["extension-attributes"] = [
            {"extension-attribute-type": kind, "extension-attribute-value": value}
            for kind, value in all_extensions
        ]
    if address.directory_name:
        found["directory-name"] = address.directory_name
    return found


def _extensions_of_names(
    address: ORAddress, standard: dict[str, Any]
) -> Iterator[tuple[int, bytes]]:
    """Put the names that are printable among the standard attributes; the others are extensions."""
    if common := address.common_name:
        if is_printable(common):
            yield _COMMON_NAME, strings.write_printable(common)
        else:
            yield _TELETEX_COMMON_NAME, write_teletex(common)
    if organization := address.organization:
        if is_printable(organization):
            standard["organization-name"] = organization
        else:
            yield _TELETEX_ORGANIZATION, write_teletex(organization)
    if personal := {name: value for name in _PERSONAL_NAME if (value := getattr(address, name))}:
        if all(map(is_printable, personal.values())) and address.surname:
            standard["personal-name"] = {_PERSONAL[name]: value for name, value in personal.items()}
        else:
            members = (
                ber.tlv(bytes((0x80 | _PERSONAL_NAME.index(name),)), t61.encode(value))
                for name, value in personal.items()
            )
            yield _TELETEX_PERSONAL_NAME, ber.tlv(_SET, b"".join(members))
    if units := address.organizational_units:
        if all(map(is_printable, units)):
            standard["organizational-unit-names"] = list(units)
        else:
            yield _TELETEX_UNITS, ber.tlv(_SEQUENCE, b"".join(map(write_teletex, units)))


def from_asn1(name: dict[str, Any]) -> ORAddress:
    """The address in a value of the ASN.1 type ORName."""
    standard = name["built-in-standard-attributes"]
    values: dict[str, Any] = {
        attribute: standard[field] for field, attribute in _READ_AS_THEY_ARE if field in standard
    }
    for field, attribute in _CHOICES.items():
        if field in standard:
            values[attribute] = standard[field][1]
    personal = standard.get("personal-name", {})
    values |= {
        attribute: personal[field] for attribute, field in _PERSONAL.items() if field in personal
    }
    values[_UNITS] = tuple(standard.get("organizational-unit-names", ()))
    values[_DEFINED] = tuple(
        (attribute["type"], attribute["value"])
        for attribute in name.get("built-in-domain-defined-attributes", ())
    )
    extensions = []
    for extension in name.get("extension-attributes", ()):
        kind = extension["extension-attribute-type"]
        value = bytes(extension["extension-attribute-value"])
        forms = _read_teletex(kind, value)
        if forms and not any(map(values.get, forms)):
            values |= forms
        else:
            extensions.append((kind, value))
    return ORAddress(
        **values,
        extension_attributes=tuple(extensions),
        directory_name=bytes(name.get("directory-name", b"")),
    )


def _read_teletex(kind: int, value: bytes) -> dict[str, Any]:
    """The attributes in an extension attribute that is the other form of some, or none."""
    try:
        return _forms_in(kind, value)
    except ProtocolError:  # whatever it is, it is carried as it came
        return {}


@decoder
def _forms_in(kind: int, value: bytes) -> dict[str, Any]:
    inside = ber.elements(ber.contents(value)) if value[0] & _CONSTRUCTED else []
    match kind:
        case extension if extension in _ONE_STRING:
            return {_ONE_STRING[extension]: strings.read(value)}
        case extension if extension == _TELETEX_PERSONAL_NAME:
            members = ((each[0] & 0x1F, strings.teletex(each)) for each in inside)
            return {_PERSONAL_NAME[number]: text for number, text in members}
        case extension if extension == _TELETEX_UNITS:
            return {_UNITS: tuple(map(strings.read, inside))}
        case extension if extension == _TELETEX_DEFINED:
            pairs = (ber.elements(ber.contents(each)) for each in inside)
            return {_DEFINED: tuple((strings.read(a), strings.read(b)) for a, b in pairs)}
    return {}


#: Extension attributes that are a name in another form (X.411 figure 2).
_COMMON_NAME, _TELETEX_COMMON_NAME, _TELETEX_ORGANIZATION = 1, 2, 3
_TELETEX_PERSONAL_NAME, _TELETEX_UNITS, _TELETEX_DEFINED = 4, 5, 6
_ONE_STRING = {
    _COMMON_NAME: "common_name",
    _TELETEX_COMMON_NAME: "common_name",
    _TELETEX_ORGANIZATION: "organization",
}
_SET, _SEQUENCE, _CONSTRUCTED = b"\x31", b"\x30", 0x20
_PLAIN = {
    "network-address": "network_address",
    "terminal-identifier": "terminal_identifier",
    "numeric-user-identifier": "numeric_user_identifier",
}
_READ_AS_THEY_ARE = (*_PLAIN.items(), ("organization-name", "organization"))
_CHOICES = {
    "country-name": "country",
    "administration-domain-name": "administration_domain",
    "private-domain-name": "private_domain",
}
_PERSONAL = {
    "surname": "surname",
    "given_name": "given-name",
    "initials": "initials",
    "generation_qualifier": "generation-qualifier",
}


def country_to_asn1(country: str) -> tuple[str, str]:
    """The CHOICE of CountryName: an X.121 code or an ISO 3166 one."""
    return ("x121-dcc-code" if country.isdigit() else "iso-3166-alpha2-code", country)


def domain_to_asn1(name: str) -> tuple[str, str]:
    """The CHOICE of a domain name: of digits or printable."""
    return ("numeric" if name.isdigit() else "printable", name)


def encode(address: ORAddress) -> bytes:
    """The BER of an ORName."""
    return address.octets or _written(address)


def _write(address: ORAddress) -> bytes:
    return MTS.encode("ORName", to_asn1(address))


_written = remembered(_write, _KNOWN, lambda address: address.size)


@decoder
def decode(octets: bytes) -> ORAddress:
    """The address in the BER of an ORName. Raises ProtocolError."""
    return _read(octets)


def _decode(octets: bytes) -> ORAddress:
    return from_asn1(MTS.decode("ORName", octets)).came_as(octets)


_read = remembered(_decode, _KNOWN)
