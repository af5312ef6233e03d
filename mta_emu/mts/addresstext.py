r"""O/R addresses as people write them: every form that they paste is read, one is written.

Read are `C=US;A= ;P=Contoso;S=Smith` (X.402 Annex F), the same with slashes, from the country on or
from the person on, with or without a slash in front (RFC 2156, RFC 1685), the proxy addresses
`X400:c=US;...` of Exchange, and the keywords of all of these. Letters of keywords may be small.

A backslash or a dollar sign makes the character after it a part of the value. What a value has
after a `*` is its teletex form (RFC 2156), in which `{200117}` are octets of T.61.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mta_emu.mts import t61

#: The attributes in the order in which they are written, with their keywords; others that are read.
KEYWORDS = {
    "country": "C",
    "administration_domain": "A",
    "private_domain": "P",
    "network_address": "X.121",
    "terminal_identifier": "T-ID",
    "organization": "O",
    "organizational_units": "OU",
    "numeric_user_identifier": "N-ID",
    "common_name": "CN",
    "surname": "S",
    "given_name": "G",
    "initials": "I",
    "generation_qualifier": "Q",
}
_OTHERS = {
    "ADMD": "A",
    "PRMD": "P",
    "X121": "X.121",
    "UA-ID": "N-ID",
    "GQ": "Q",
    "COUNTRY": "C",
    "ORG": "O",
    "SURNAME": "S",
    "SN": "S",
    "GIVENNAME": "G",
    "GIVEN-NAME": "G",
    "INITIALS": "I",
    "GENERATION": "Q",
}
_ATTRIBUTES = {keyword: attribute for attribute, keyword in KEYWORDS.items()}
_UNIT = re.compile(r"OU([1-4]?)")
_UNITS, _DEFINED = "organizational_units", "domain_defined"
_PERSONAL_NAME = "PN"
_OF_DOMAIN = ("DDA:", "DD.", "DDA.", "DD:")
_PREFIX = re.compile(r"\s*(?:X400|X\.400):\s*", re.IGNORECASE)
_PAIR = re.compile(r"[\\$](.)", re.DOTALL)
_ESCAPED_IN_TEXT = re.compile(r"[;\\$*]")
_OCTETS = re.compile(r"\{((?:[0-9]{3})+)\}")


def read(text: str) -> dict[str, Any]:
    """The attributes that a text names, by their names here.

    Raises ValueError that names the part which is wrong.
    """
    try:
        return _read(_PREFIX.sub("", text, count=1))
    except ValueError as error:
        raise ValueError(f"O/R address {text!r}: {error}") from error


def _read(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    units: list[tuple[int, str]] = []
    defined: list[tuple[str, str]] = []
    pairs = [_pair(part) for part in _parts(text)]
    for keyword, value in pairs:
        if kind := _kind_of_domain(keyword):
            defined.append((kind, value))
        elif unit := _UNIT.fullmatch(keyword):
            units.append((int(unit[1] or 0), value))
        elif keyword == _PERSONAL_NAME:
            _take(found, _personal_name(value))
        elif attribute := _ATTRIBUTES.get(_OTHERS.get(keyword, keyword)):
            _take(found, {attribute: value})
        else:
            raise ValueError(_unknown(keyword))
    upwards = bool(pairs) and _OTHERS.get(pairs[-1][0], pairs[-1][0]) == "C" and len(pairs) > 1
    found[_UNITS] = _in_order(units[::-1] if upwards else units)
    found[_DEFINED] = tuple(defined)
    if country := found.get("country"):
        found["country"] = country.upper()
    return found


def _parts(text: str) -> list[str]:
    """The text between the separators: slashes when it begins so, or when each part then is one."""
    if text.lstrip().startswith("/"):
        return list(_split(text.strip(), "/"))
    parts = [part.lstrip("\t\n ") for part in _split(text, ";")]
    if len(parts) == 1:
        by_slash = list(_split(text, "/"))
        if all(_is_known(part.partition("=")[0].strip().upper()) for part in by_slash):
            return by_slash
    return parts


def _split(text: str, separator: str) -> Iterator[str]:
    for part in re.findall(rf"(?:[\\$].|[^{separator}\\$])+", text, re.DOTALL):
        if part.strip("\t\n "):
            yield part


def _is_known(keyword: str) -> bool:
    keyword = _OTHERS.get(keyword, keyword)
    known = keyword in _ATTRIBUTES or keyword == _PERSONAL_NAME
    return known or bool(_UNIT.fullmatch(keyword) or _kind_of_domain(keyword))


def _kind_of_domain(keyword: str) -> str:
    """The type of a domain-defined attribute; "" for another keyword."""
    for prefix in _OF_DOMAIN:
        if keyword.upper().startswith(prefix):
            return keyword[len(prefix) :]
    return ""


def _pair(part: str) -> tuple[str, str]:
    """The keyword and the value of a part; the type of a domain-defined attribute as it is."""
    keyword, equals, value = part.partition("=")
    if not equals:
        raise ValueError(f"{part!r} is not KEYWORD=VALUE")
    keyword = keyword.strip()
    plain, star, teletex = _apart(value)
    if star and not (plain or teletex):
        raise ValueError(f"{keyword} has '*', which stands before a teletex form")
    if star and not teletex:
        raise ValueError(f"{keyword} has '*' at its end, and no teletex form after it")
    return (keyword if _kind_of_domain(keyword) else keyword.upper()), plain or teletex


def _apart(value: str) -> tuple[str, bool, str]:
    """The printable and the teletex form of a value, and whether there was a `*` between."""
    found = re.fullmatch(r"((?:[\\$].|[^*\\$])*)(\*?)(.*)", value, re.DOTALL)
    if found is None:  # an escape without a character after it
        raise ValueError(f"{value!r} ends inside an escape")
    printable, star, teletex = found.groups()
    return _PAIR.sub(r"\1", printable), bool(star), _teletex(teletex)


def _teletex(text: str) -> str:
    """Characters, and octets of T.61 in braces."""
    if "{" not in text:
        return _PAIR.sub(r"\1", text)
    octets = b""
    at = 0
    for found in _OCTETS.finditer(text):
        octets += t61.encode(_PAIR.sub(r"\1", text[at : found.start()]))
        numbers = [int(found[1][start : start + 3]) for start in range(0, len(found[1]), 3)]
        if max(numbers) > 255:
            raise ValueError(f"{found[0]} is no octet: at most 255")
        octets += bytes(numbers)
        at = found.end()
    return t61.decode(octets + t61.encode(_PAIR.sub(r"\1", text[at:])))


def _take(found: dict[str, Any], new: Mapping[str, str]) -> None:
    for attribute, value in new.items():
        if attribute in found:
            raise ValueError(f"{KEYWORDS[attribute]} is given twice")
        found[attribute] = value


def _personal_name(value: str) -> dict[str, str]:
    """A personal name as RFC 2156 4.1 writes it: given name, initials and surname with dots."""
    *before, surname = value.split(".")
    given = [part for part in before if len(part) > 1]
    initials = "".join(part for part in before if len(part) == 1)
    if not surname or len(given) > 1:
        raise ValueError(f"PN {value!r} is not GIVEN.I.SURNAME")
    parts = {"surname": surname, "given_name": "".join(given), "initials": initials}
    return {attribute: part for attribute, part in parts.items() if part}


def _in_order(units: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """The organizational units by their numbers; OU without one is the next."""
    placed: dict[int, str] = {}
    for number, value in units:
        place = number or next(each for each in range(1, 99) if each not in placed)
        if place in placed:
            raise ValueError(f"OU{place} is given twice")
        placed[place] = value
    for place in range(1, max(placed, default=0)):
        if place not in placed:
            raise ValueError(f"OU{max(placed)} without OU{place}")
    return tuple(placed[place] for place in sorted(placed))


def _unknown(keyword: str) -> str:
    known = [*_ATTRIBUTES, "OU1", "OU2", "OU3", "OU4", *_OTHERS, _PERSONAL_NAME]
    close = difflib.get_close_matches(keyword, known, 1)
    meant = (
        f"; did you mean {close[0]}?" if close else f"; known: {', '.join(known[:17])}, DDA:TYPE"
    )
    return f"unknown keyword {keyword}{meant}"


# Writing


def pairs(address: Any) -> Iterator[tuple[str, str]]:
    """The keywords and values of an address, in their order."""
    for attribute, keyword in KEYWORDS.items():
        if attribute == _UNITS:
            for number, unit in enumerate(address.organizational_units, 1):
                yield f"{keyword}{number}", unit
        elif value := getattr(address, attribute):
            yield keyword, value
    for kind, value in address.domain_defined:
        yield f"DDA:{kind}", value


def write(address: Any) -> str:
    """The text form, which `read` reads."""
    return ";".join(f"{keyword}={_escaped(value)}" for keyword, value in pairs(address))


def _escaped(value: str) -> str:
    return _ESCAPED_IN_TEXT.sub(lambda found: f"\\{found[0]}", value)
