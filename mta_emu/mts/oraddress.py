"""O/R addresses, X.402 clause 18: as people write them, as they match, as they travel."""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.mts.preserved import Preserved
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder

_MAX_UNITS = 4
_COMMON_NAME = 1  # extension attribute types (X.411 figure 2)
_PRINTABLE_STRING = b"\x13"
#: The characters of a PrintableString.
PRINTABLE = frozenset(
    " '()+,-./:=?" + "0123456789" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

#: Keyword in the text form (X.402 Annex F, and what people write), attribute, longest value.
ATTRIBUTES = (
    ("C", "country", 3),
    ("A", "administration_domain", 16),
    ("P", "private_domain", 16),
    ("X.121", "network_address", 15),
    ("T-ID", "terminal_identifier", 24),
    ("O", "organization", 64),
    ("N-ID", "numeric_user_identifier", 32),
    ("CN", "common_name", 64),
    ("S", "surname", 40),
    ("G", "given_name", 16),
    ("I", "initials", 5),
    ("Q", "generation_qualifier", 3),
)
_KEYWORDS = {keyword: (attribute, longest) for keyword, attribute, longest in ATTRIBUTES} | {
    "ADMD": ("administration_domain", 16),
    "PRMD": ("private_domain", 16),
}
_UNITS = {f"OU{number}": number for number in range(1, _MAX_UNITS + 1)} | {"OU": 1}
_LONGEST_UNIT = 32
_NEED_SURNAME = ("given_name", "initials", "generation_qualifier")
_DOMAIN_DEFINED = "DDA:"


@dataclass(frozen=True)
class ORAddress(Preserved):
    """An O/R address; attributes that are absent are empty.

    `extension_attributes` holds what else came with it, as (type, BER of the value), and
    `directory_name` the BER of the directory name of an O/R name that has one.
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
        """Read `C=US;A= ;P=Contoso;O=Inside;OU1=Lab;S=Smith;G=Jo;DDA:SMTP=jo(a)lab`.

        Raises ValueError that names the part which is wrong.
        """
        values: dict[str, Any] = {}
        units: dict[int, str] = {}
        defined: list[tuple[str, str]] = []
        for part in filter(None, (part.lstrip("\t\n ") for part in text.split(";"))):
            keyword, equals, value = part.partition("=")
            keyword = keyword.strip().upper()
            if not equals:
                raise ValueError(f"O/R address {text!r}: {part!r} is not KEYWORD=VALUE")
            if keyword.startswith(_DOMAIN_DEFINED):
                kind = part.partition("=")[0].strip()[len(_DOMAIN_DEFINED) :]
                defined.append(
                    (_checked(text, keyword, kind, 8), _checked(text, keyword, value, 128))
                )
            elif keyword in _UNITS:
                units[_UNITS[keyword]] = _checked(text, keyword, value, _LONGEST_UNIT)
            elif keyword in _KEYWORDS:
                attribute, longest = _KEYWORDS[keyword]
                values[attribute] = _checked(text, keyword, value, longest)
            else:
                known = ", ".join([*_KEYWORDS, *_UNITS, "DDA:TYPE"])
                raise ValueError(f"O/R address {text!r}: unknown keyword {keyword}; known: {known}")
        if not values.get("country"):
            raise ValueError(f"O/R address {text!r}: the country C is missing")
        if not values.get("surname") and any(values.get(name) for name in _NEED_SURNAME):
            raise ValueError(f"O/R address {text!r}: G, I and Q need a surname S")
        return cls(
            **values,
            organizational_units=tuple(units[number] for number in sorted(units)),
            domain_defined=tuple(defined),
        )

    def __str__(self) -> str:
        """The text form, which `parse` reads."""
        parts = []
        for keyword, attribute, _ in ATTRIBUTES:
            if value := getattr(self, attribute):
                parts.append(f"{keyword}={value}")
            if attribute == "organization":
                parts += [f"OU{n}={unit}" for n, unit in enumerate(self.organizational_units, 1)]
        parts += [f"{_DOMAIN_DEFINED}{kind}={value}" for kind, value in self.domain_defined]
        return ";".join(parts)


def _checked(text: str, keyword: str, value: str, longest: int) -> str:
    if len(value) > longest:
        raise ValueError(
            f"O/R address {text!r}: {keyword} has {len(value)} characters, at most {longest}"
        )
    if odd := set(value) - PRINTABLE:
        raise ValueError(f"O/R address {text!r}: {keyword} has {min(odd)!r}, not a PrintableString")
    return value


def matches(pattern: ORAddress, address: ORAddress) -> bool:
    """Whether `address` lies in the part of the address space that `pattern` describes.

    Each attribute that the pattern has must match; a `*` in one stands for anything.
    Letters match in either case and runs of spaces count as one (X.402 18.4).
    """
    defined = {kind.upper(): value for kind, value in address.domain_defined}
    pairs = [(getattr(pattern, name), getattr(address, name)) for _, name, _ in ATTRIBUTES]
    pairs += zip_longest(
        pattern.organizational_units,
        address.organizational_units[: len(pattern.organizational_units)],
        fillvalue="",
    )
    pairs += [(value, defined.get(kind.upper(), "")) for kind, value in pattern.domain_defined]
    return all(_value_matches(wanted, found) for wanted, found in pairs)


def closeness(pattern: ORAddress) -> tuple[int, ...]:
    """How closely a pattern describes addresses: the greater of two is the closer one.

    Attributes count from the country down; a value goes before a wildcard, and a wildcard before
    nothing (Q193322).
    """
    values: list[str] = []
    for _, attribute, _ in ATTRIBUTES:
        values.append(getattr(pattern, attribute))
        if attribute == "organization":
            units = pattern.organizational_units
            values += [*units, *[""] * (_MAX_UNITS - len(units))]
    values += [value for _, value in pattern.domain_defined]
    return tuple(0 if not value else 1 if "*" in value else 2 for value in values)


def _value_matches(pattern: str, value: str) -> bool:
    return not pattern or _expression(pattern).fullmatch(_folded(value)) is not None


@lru_cache(maxsize=4096)
def _expression(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, _folded(pattern).split("*"))))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


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
    if address.surname:
        personal = {name: getattr(address, attribute) for name, attribute in _PERSONAL.items()}
        standard["personal-name"] = {name: value for name, value in personal.items() if value}
    if address.organizational_units:
        standard["organizational-unit-names"] = list(address.organizational_units)
    found: dict[str, Any] = {"built-in-standard-attributes": standard}
    if address.domain_defined:
        found["built-in-domain-defined-attributes"] = [
            {"type": kind, "value": value} for kind, value in address.domain_defined
        ]
    extensions = list(address.extension_attributes)
    if address.common_name:
        octets = address.common_name.encode("ascii")
        extensions.insert(0, (_COMMON_NAME, ber.tlv(_PRINTABLE_STRING, octets)))
    if extensions:
        found["extension-attributes"] = [
            {"extension-attribute-type": kind, "extension-attribute-value": value}
            for kind, value in extensions
        ]
    if address.directory_name:
        found["directory-name"] = address.directory_name
    return found


def from_asn1(name: dict[str, Any]) -> ORAddress:
    """The address in a value of the ASN.1 type ORName."""
    standard = name["built-in-standard-attributes"]
    values: dict[str, Any] = {
        attribute: standard[field] for field, attribute in _PLAIN.items() if field in standard
    }
    for field, attribute in _CHOICES.items():
        if field in standard:
            values[attribute] = standard[field][1]
    personal = standard.get("personal-name", {})
    values |= {_PERSONAL[field]: value for field, value in personal.items()}
    extensions = []
    for extension in name.get("extension-attributes", ()):
        kind = extension["extension-attribute-type"]
        value = bytes(extension["extension-attribute-value"])
        if kind == _COMMON_NAME and value[:1] == _PRINTABLE_STRING:
            values["common_name"] = ber.contents(value).decode("ascii", "replace")
        else:
            extensions.append((kind, value))
    return ORAddress(
        **values,
        organizational_units=tuple(standard.get("organizational-unit-names", ())),
        domain_defined=tuple(
            (attribute["type"], attribute["value"])
            for attribute in name.get("built-in-domain-defined-attributes", ())
        ),
        extension_attributes=tuple(extensions),
        directory_name=bytes(name.get("directory-name", b"")),
    )


_PLAIN = {
    "network-address": "network_address",
    "terminal-identifier": "terminal_identifier",
    "organization-name": "organization",
    "numeric-user-identifier": "numeric_user_identifier",
}
_CHOICES = {
    "country-name": "country",
    "administration-domain-name": "administration_domain",
    "private-domain-name": "private_domain",
}
_PERSONAL = {
    "surname": "surname",
    "given-name": "given_name",
    "initials": "initials",
    "generation-qualifier": "generation_qualifier",
}


def country_to_asn1(country: str) -> tuple[str, str]:
    """The CHOICE of CountryName: an X.121 code or an ISO 3166 one."""
    return ("x121-dcc-code" if country.isdigit() else "iso-3166-alpha2-code", country)


def domain_to_asn1(name: str) -> tuple[str, str]:
    """The CHOICE of a domain name: of digits or printable."""
    return ("numeric" if name.isdigit() else "printable", name)


def encode(address: ORAddress) -> bytes:
    """The BER of an ORName."""
    return address.octets or MTS.encode("ORName", to_asn1(address))


@lru_cache(maxsize=4096)
@decoder
def decode(octets: bytes) -> ORAddress:
    """The address in the BER of an ORName. Raises ProtocolError.

    Cached, because the same few people write to each other.
    """
    return from_asn1(MTS.decode("ORName", octets)).came_as(octets)
