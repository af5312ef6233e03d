"""Text of several character sets in octets, ISO 2022 (X.209 clause 23).

Four sets stand ready, G0 to G3, and escape sequences bring others into these places. One of them is
in use to the left (octets 0x21 to 0x7E) and one to the right (0xA1 to 0xFE); shifts choose which.
What is read costs linear time: runs of one set are taken as a whole.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from mta_emu.mts.charactersets import (
    ASCII,
    LATIN_1,
    SETS,
    CharacterSet,
    find,
)

#: The longest sequence of the register has four octets; a longer one is none, and text.
_CONTROL = re.compile(rb"\x1b[\x20-\x2f]{0,8}[\x30-\x7e]|[\x0e\x0f\x8e\x8f]")
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT = bytes(range(0x80)) * 2, bytes(range(0x80, 0x100)) * 2
_HALVES = re.compile(rb"[\x00-\x7f]+|[\x80-\xff]+")
_CONTROLS = re.compile(rb"[\x00-\x20\x7f]+|[\x21-\x7e]+", re.DOTALL)

#: Locking shifts: to the left or to the right, and the place G0 to G3 (ISO 2022 table 2).
_LOCKING = {
    b"\x0f": ("left", 0),
    b"\x0e": ("left", 1),
    b"\x1bn": ("left", 2),
    b"\x1bo": ("left", 3),
    b"\x1b~": ("right", 1),
    b"\x1b}": ("right", 2),
    b"\x1b|": ("right", 3),
}
#: Single shifts, for the one character that follows.
_SINGLE = {b"\x8e": 2, b"\x1bN": 2, b"\x8f": 3, b"\x1bO": 3}
#: The octet of an escape sequence that says into which place, and how many characters the set has.
_PLACES = {
    **{octet: (place, 94) for place, octet in enumerate(b"()*+")},
    **{octet: (place, 96) for place, octet in enumerate(b"-./", 1)},
}
_SEVERAL_OCTETS = 0x24
_UTF_8 = (b"\x1b%G", b"\x1b%/G", b"\x1b%/H", b"\x1b%/I")  # register 196 and 190 to 192
_BACK = b"\x1b%@"

#: A mark and the character that it makes with a space.
_SPACING = dict(
    zip(
        "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u0327\u030b\u0328\u030c\u0332",
        "`´^~¯˘˙¨˚¸˝˛ˇ_",  # noqa: RUF001
        strict=True,
    )
)
_MARKED = re.compile(f"([{''.join(_SPACING)}]+)(.?)", re.DOTALL)


class Decoded(NamedTuple):
    """A text, the sets that were brought in, and those of them that are not known here."""

    text: str
    sets: tuple[CharacterSet, ...] = ()
    unread: tuple[str, ...] = ()


@dataclass
class _State:
    """What stands in the places, and which of them are in use."""

    places: list[CharacterSet]
    left: int = 0
    right: int = 1
    utf_8: bool = False


def decode(octets: bytes, g0: CharacterSet = ASCII, g1: CharacterSet = LATIN_1) -> Decoded:
    """Read a text that begins with these sets; what has no meaning in one is U+FFFD.

    Octets of a set that is not known here are shown as hex digits in parentheses.
    """
    state = _State([g0, g1, g1, g1])
    found: list[str] = []
    sets: dict[CharacterSet, None] = {}
    at, single = 0, None
    for control in _CONTROL.finditer(octets):
        run = octets[at : control.start()]
        found.append(_run(run, state, single))
        single, at = None, control.end()
        match control[0]:
            case shift if shift in _LOCKING:
                side, place = _LOCKING[shift]
                setattr(state, side, place)
            case shift if shift in _SINGLE:
                single = _SINGLE[shift]
            case other if other in _UTF_8 or other == _BACK:
                state.utf_8 = other != _BACK
            case other if designated := _designated(other):
                place, which = designated
                if which:
                    state.places[place] = which
                    sets[which] = None
            case other:
                found.append(other.decode("latin-1"))
    found.append(_run(octets[at:], state, single))
    unread = tuple(each.name for each in sets if not each.number)
    return Decoded(_MARKED.sub(_with_marks, "".join(found)), tuple(sets), unread)


def changes(octets: bytes) -> int:
    """How many octets there are that bring in a set or shift to another."""
    return sum(map(octets.count, (b"\x1b", b"\x0e", b"\x0f", b"\x8e", b"\x8f")))


@lru_cache(maxsize=1024)
def _designated(escape: bytes) -> tuple[int, CharacterSet | None] | None:
    """The place and the set of an escape sequence; no set: one of control characters."""
    first, rest = escape[1], escape[2:]
    several = first == _SEVERAL_OCTETS
    if several and len(escape) == 3:  # the old form, into G0
        return 0, _set(94, 2, rest, escape)
    if several:
        first, rest = rest[0], rest[1:]
    if first in _PLACES and rest:
        place, size = _PLACES[first]
        return place, _set(size, 2 if several else 1, rest, escape)
    return (0, None) if first in b'!"&' and rest else None


def _set(size: int, width: int, final: bytes, escape: bytes) -> CharacterSet:
    unknown = CharacterSet(0, f"the set of ESC {escape[1:].hex(' ')}", final, size, width)
    return find(size, width, final) or unknown


def _run(octets: bytes, state: _State, single: int | None) -> str:
    """Octets between two controls; a single shift holds for the first character of them."""
    if not octets:
        return ""
    if state.utf_8:
        return octets.decode("utf-8", "replace")
    if single is not None:
        shifted = state.places[single]
        first, octets = octets[: shifted.width], octets[shifted.width :]
        return _half(first.translate(_LEFT_TO_RIGHT), shifted) + _run(octets, state, None)
    left, right = state.places[state.left], state.places[state.right]
    if left.characters and right.characters:
        return octets.decode("latin-1").translate(_table(left, right))
    return "".join(
        _half(part, left) if part[0] < 0x80 else _half(part.translate(_LEFT_TO_RIGHT), right)
        for part in _HALVES.findall(octets)
    )


@lru_cache(maxsize=64)
def _table(left: CharacterSet, right: CharacterSet) -> dict[int, str]:
    halves = enumerate(left.half, 0x20), enumerate(right.half, 0xA0)
    table = {octet: character for half in halves for octet, character in half}
    if right.size == 94:
        del table[0xA0], table[0xFF]
    return table


def _half(octets: bytes, which: CharacterSet) -> str:
    """Octets of the left half in one set, with control characters between them."""
    if which.characters:
        return octets.decode("latin-1").translate(_table(which, which))
    read: Callable[[bytes], str] = which.read if which.number else _shown
    return "".join(
        part.decode("latin-1") if part[0] <= 0x20 or part[0] == 0x7F else read(part)
        for part in _CONTROLS.findall(octets)
    )


def _shown(octets: bytes) -> str:
    return f"(0x{octets.hex()})"


def _with_marks(found: re.Match[str]) -> str:
    """A letter with the marks that stood before it; marks without a letter are left out."""
    marks, letter = found.groups()
    if letter == " ":
        return _SPACING[marks[-1]]
    return unicodedata.normalize("NFC", letter + marks) if letter else ""


# Writing


class Encoded(NamedTuple):
    """The octets of a text, and the sets that are in them beside those it begins with."""

    octets: bytes
    sets: tuple[CharacterSet, ...] = ()


def encode(
    text: str, g0: CharacterSet, g1: CharacterSet, others: Sequence[CharacterSet] = ()
) -> Encoded:
    """Write a text that begins with these sets, and brings in `others` where they are needed.

    Raises UnicodeEncodeError for a character that none of them has.
    """
    table = {character: _written(character, g0, g1) for character in set(text)}
    lacking = {character for character, octets in table.items() if not octets}
    if not lacking:
        octets_of = {ord(each): octets.decode("latin-1") for each, octets in table.items()}
        return Encoded(text.translate(octets_of).encode("latin-1"))
    for character in sorted(lacking):
        if not any(_written(character, each, each) for each in others):
            raise UnicodeEncodeError(g0.name, character, 0, 1, f"not in {g0.name}")
    return _switching(text, g0, g1, (g0, g1, *others))


def _switching(
    text: str, g0: CharacterSet, g1: CharacterSet, others: Sequence[CharacterSet]
) -> Encoded:
    found: list[bytes] = []
    used: dict[CharacterSet, None] = {}
    for character in text:
        octets = _written(character, g0, g1)
        if not octets:
            new = next(each for each in others if _written(character, each, each))
            used[new] = None
            g0, g1 = (new, g1) if new in _TO_THE_LEFT else (g0, new)
            octets = designation(new) + _written(character, g0, g1)
        found.append(octets)
    return Encoded(b"".join(found), tuple(used))


def designation(which: CharacterSet) -> bytes:
    """The escape sequence that brings a set in: into G0 when it belongs to the left, else G1."""
    place = b"(" if which in _TO_THE_LEFT else b"-" if which.size == 96 else b")"
    return b"\x1b" + (b"$" if which.width > 1 else b"") + place + which.final


@lru_cache(maxsize=8192)
def _written(character: str, left: CharacterSet, right: CharacterSet) -> bytes:
    """The octets of a character; none: neither set has it."""
    if character <= " " or character == "\x7f":
        return character.encode("ascii")
    if octets := left.written(character) if left.width == 1 else None:
        return octets
    if octets := right.written(character):
        return octets.translate(_RIGHT_TO_LEFT)
    return _apart(character, right)


def _apart(character: str, right: CharacterSet) -> bytes:
    """A letter of ASCII with one mark before it, where the right half has marks."""
    spaced = _FROM_SPACING.get(character)
    letter, mark = (" ", spaced) if spaced else _decomposed(character)
    octet = right.octets.get(mark) if right.width == 1 and letter.isascii() else None
    return bytes((octet | 0x80,)) + letter.encode("ascii") if octet else b""


def _decomposed(character: str) -> tuple[str, str]:
    apart = unicodedata.normalize("NFD", character)
    return apart[0], apart[1:]


_FROM_SPACING = {spaced: mark for mark, spaced in _SPACING.items() if not spaced.isascii()}
_TO_THE_LEFT = frozenset(
    each for each in SETS.values() if each.characters and "A" in each.characters
)


def name_of(number: int) -> str:
    """The name of a set by its number in the register."""
    known = SETS.get(number)
    return known.name if known else f"registered set {number}"


def names(sets: Iterable[CharacterSet]) -> str:
    """Sets in words, each name once."""
    return ", ".join(dict.fromkeys(each.name for each in sets))
