"""O/R addresses as Internet mail addresses and back, RFC 2156 (MIXER) clause 4.

An O/R address becomes the local part of an address at the gateway: `/C=US/ADMD= /O=Lab/S=Smith/`.
An Internet address becomes the domain-defined attribute RFC-822 of an address in the gateway's own
management domain.
"""

import re

from mta_emu.mts import strings, t61
from mta_emu.mts.addresstext import pairs
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.strings import PRINTABLE, is_printable

RFC_822 = "RFC-822"

#: Keywords of RFC 2156 4.1 that differ from those of X.402 Annex F.
_KEYWORDS = {"A": "ADMD", "P": "PRMD", "X.121": "X121", "N-ID": "UA-ID", "Q": "GQ"}
_DEFINED, _DEFINED_THERE = "DDA:", "DD."

_SPECIAL = re.compile(r"[/=$]")  # $ before one of them makes it a part of the value (std-pair)

#: RFC 2156 3.3.2: characters of RFC 822 that a PrintableString lacks, or that begin an escape.
_ESCAPES = {"@": "a", "%": "p", "!": "b", '"': "q", "_": "u", "(": "l", ")": "r"}
_UNESCAPES = {letter: character for character, letter in _ESCAPES.items()}
#: What RFC 5321 4.5.3.1 and 4.1.2 allow on the two sides of an @; a peer's value may be anything.
_LOCAL = re.compile(r"[ -~]{1,64}")
_DOMAIN = re.compile(r"(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_ESCAPED = re.compile(r"\(([apbqulr]|[0-9]{3})\)")


def to_text(address: ORAddress) -> str:
    """An O/R address as RFC 2156 4.1 writes it, in printable ASCII."""
    attributes = (f"{_renamed(keyword)}={_quoted(value)}" for keyword, value in pairs(address))
    return f"/{'/'.join(attributes)}/"


def from_text(text: str) -> ORAddress:
    """Read what RFC 2156 4.1 writes. Raises ValueError."""
    if not (text.startswith("/") and text.endswith("/")) or text.endswith("$/"):
        raise ValueError(f"{text!r}: an O/R address begins and ends with /")
    return ORAddress.parse(text)


def _renamed(keyword: str) -> str:
    if keyword.startswith(_DEFINED):
        return _DEFINED_THERE + keyword.removeprefix(_DEFINED)
    return _KEYWORDS.get(keyword, keyword)


def _quoted(value: str) -> str:
    """A value; one that is no PrintableString as its teletex form, octets of T.61 in braces."""
    if is_printable(value):
        return _SPECIAL.sub(lambda found: f"${found[0]}", value)
    return "*" + "".join(_teletex(character) for character in value)


def _teletex(character: str) -> str:
    if character in PRINTABLE:
        return _SPECIAL.sub(lambda found: f"${found[0]}", character)
    octets = t61.encode("?" if strings.teletex_lacks(character) else character)
    return f"{{{''.join(f'{octet:03}' for octet in octets)}}}"


def to_printable(text: str) -> str:
    """RFC 822 characters in a PrintableString (RFC 2156 3.3.2). Raises ValueError above 255."""

    def escaped(character: str) -> str:
        if letter := _ESCAPES.get(character):
            return f"({letter})"
        if character in PRINTABLE:
            return character
        if ord(character) > 0xFF:
            raise ValueError(f"{text!r}: {character!r} has no place in a PrintableString")
        return f"({ord(character):03})"

    return "".join(map(escaped, text))


def from_printable(text: str) -> str:
    """Read what `to_printable` writes."""
    return _ESCAPED.sub(lambda found: _UNESCAPES.get(found[1]) or chr(int(found[1])), text)


def to_mailbox(address: ORAddress, gateway: str) -> tuple[str, str]:
    """The Internet address of an O/R address: (local part, domain), neither of them quoted.

    The attribute RFC-822 is the Internet address itself; anything else is one at the gateway.
    """
    for kind, value in address.domain_defined:
        if kind.upper() == RFC_822:
            local, _, domain = from_printable(value).rpartition("@")
            if _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain):
                return local, domain
    return to_text(address), gateway


def from_mailbox(local: str, domain: str, gateway: str, home: ORAddress) -> ORAddress:
    """The O/R address of an Internet address, given unquoted.

    `home` has the attributes of the gateway's management domain. Raises ValueError for an address
    at the gateway that is no O/R address, and for one that does not fit.
    """
    if domain.casefold() == gateway.casefold():
        return from_text(local)
    return ORAddress.parse(f"{home};{_DEFINED}{RFC_822}={to_printable(f'{local}@{domain}')}")
