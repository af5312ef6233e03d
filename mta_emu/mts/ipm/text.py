"""Text in body parts: IA5 (X.420 7.3.1), teletex (7.3.5), and general text (ISO 10021-7 B.2).

General text names its character sets in its parameters and brings them in with escape sequences. It
is sent with the one set that has all its characters, of ISO 8859 if there is one, or with several.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from mta_emu.mts import iso2022, t61
from mta_emu.mts.charactersets import ASCII, LATIN_1, SETS, CharacterSet
from mta_emu.osi.remembered import remembered

_CONTROLS = 1  # the register's number of the control characters
_UNSAID = {_CONTROLS, 77, 104, 105, 106, 107, ASCII.number}  # other control characters, and ASCII
_INFORMATION_TYPE = "1.0.10021.7.1.0."  # and the number of a set
#: Sets that text is sent with, in the order in which they are tried: the parts of ISO 8859, and
#: those of two octets for a character.
_PARTS = tuple(
    SETS[number]
    for number in (100, 203, 101, 109, 110, 144, 126, 138, 127, 148, 157, 166, 179, 199, 226)
)
_SENT = (*_PARTS, *(SETS[number] for number in (87, 149, 58, 159)))


@dataclass(frozen=True)
class IA5Text:
    """Text of IA5 characters."""

    text: str
    character_set: ClassVar[str] = "IA5"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return "IA5 text"


@dataclass(frozen=True)
class TeletexText:
    """Text of T.61 characters; a form feed begins another page."""

    text: str
    character_set: ClassVar[str] = "T.61"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return "T.61 text"


@dataclass(frozen=True)
class GeneralText:
    """Text of any registered character set.

    `sets` are the numbers that the parameters of one that was read named; `unread` names those of
    its sets that are not known here, whose octets stand in the text as hex digits.
    """

    text: str
    sets: tuple[int, ...] = field(default=(), compare=False)
    unread: tuple[str, ...] = field(default=(), compare=False)
    character_set: ClassVar[str] = "any registered set"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        numbers = self.sets or numbers_of(self.text)
        names = [iso2022.name_of(number) for number in numbers if number not in _UNSAID]
        not_read = [f"{name} is not read here" for name in self.unread]
        return "; ".join([f"{', '.join(names) or ASCII.name} text", *not_read])


TextPart = IA5Text | TeletexText | GeneralText


def best(text: str) -> TextPart:
    """The body part that a text is sent in. Raises ValueError for a character without a set."""
    if text.isascii():
        return IA5Text(text)
    encode(GeneralText(text))
    return GeneralText(text)


def encode(part: TextPart) -> bytes:
    """The characters of a text, with CR LF at the end of each line.

    Raises ValueError that names the character which it cannot carry.
    """
    try:
        return _ENCODERS[type(part)](with_returns(part.text))
    except UnicodeEncodeError as error:
        lacking = error.object[error.start]
        raise ValueError(
            f"text: {lacking!r} (U+{ord(lacking):04X}) is not in {part.character_set}"
        ) from error


def lacks(kind: type[TextPart], text: str) -> set[str]:
    """The characters of a text that a kind of body part cannot carry."""
    return {each for each in set(text) if not _has(kind, each)}


def _has(kind: type[TextPart], character: str) -> bool:
    try:
        _ENCODERS[kind](character)
    except UnicodeEncodeError:
        return False
    return True


def numbers_of(text: str) -> tuple[int, ...]:
    """The numbers of the sets that general text has in its parameters, in the register's order.

    Raises UnicodeEncodeError.
    """
    return _numbers_of(frozenset(each for each in set(text) if not each.isascii()))


@remembered
def _numbers_of(characters: frozenset[str]) -> tuple[int, ...]:
    """The numbers for text that has these characters beside ASCII."""
    text = "".join(sorted(characters))
    first = _first_of(text)
    sets = (ASCII, first, *iso2022.encode(text, ASCII, first, _SENT).sets)
    return tuple(sorted({_CONTROLS, *(each.number for each in sets)}))


def information_types(text: str) -> tuple[str, ...]:
    """The encoded information types of general text. Raises UnicodeEncodeError."""
    return tuple(f"{_INFORMATION_TYPE}{number}" for number in numbers_of(text))


def _first_of(text: str) -> CharacterSet:
    """The set that has all characters of a text beside ASCII, or at least is often needed."""
    others = {character for character in set(text) if not character.isascii()}
    in_parts = all(any(each.written(character) for each in _PARTS) for character in others)
    sets = _PARTS if in_parts else _SENT
    return next((each for each in sets if all(map(each.written, others))), LATIN_1)


def encode_general(text: str) -> bytes:
    """The octets of a text with the sets that it needs. Raises UnicodeEncodeError."""
    first = _first_of(text)
    return iso2022.designation(first) + iso2022.encode(text, ASCII, first, _SENT).octets


#: How characters become octets.
_ENCODERS: Mapping[type[TextPart], Callable[[str], bytes]] = {
    IA5Text: lambda text: text.encode("ascii"),
    TeletexText: t61.encode_plain,
    GeneralText: encode_general,
}


def with_returns(text: str) -> str:
    """Text with CR LF at the end of each line, as it travels."""
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def decode_ia5(characters: bytes) -> IA5Text:
    """Read IA5 text; what others put into it, eight bits or escape sequences, is read as well."""
    return IA5Text(_plain(iso2022.decode(characters).text))


def decode_teletex(pages: Sequence[bytes]) -> TeletexText:
    """Read the pages of a teletex text."""
    return TeletexText("\f".join(_plain(t61.decode(page)) for page in pages))


def decode_general(characters: bytes, numbers: Sequence[int] = ()) -> GeneralText:
    """Read general text whose parameters name these sets.

    Without an escape sequence the one that is not ASCII is to the right.
    """
    named = [SETS.get(number) for number in numbers if number not in _UNSAID]
    right = next((each for each in named if each), LATIN_1)
    found = iso2022.decode(characters, ASCII, right)
    brought_in = (each.number for each in found.sets if each.number)
    sets = tuple(dict.fromkeys((*numbers, *brought_in)))
    return GeneralText(_plain(found.text), sets, found.unread)
