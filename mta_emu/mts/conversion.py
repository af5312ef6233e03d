"""An interpersonal message as another system can take it: its text, its files, its rich text.

Pure: the message is read where it lies, and what comes of it are pieces. Files stay where they are,
of any size; of text 1 MB is looked into, and what comes after it stays as it is.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import NamedTuple

from mta_emu.mts import bodyparts, pieces, tnef
from mta_emu.mts.bodyparts import (
    FILE_TRANSFER_TYPE,
    LATIN_1_TYPES,
    GeneralText,
    IA5Text,
    TeletexText,
    TextPart,
)
from mta_emu.mts.fields import EncodedInformationType, encoded_information_types
from mta_emu.mts.pieces import Pieces, Read
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

_MAX_TEXT = 1 << 20  # octets of text that are looked into, and of a heading
_MAX_VALUES = 1000  # in a body, and in whatever is gone into
_HEADER = 16  # octets that an identifier and a length fit into

_MESSAGE, _SEQUENCE = b"\xa0", b"\x30"
_IA5_TEXT, _TELETEX_TEXT = b"\xa0", b"\xa5"
_BILATERALLY_DEFINED, _EXTENDED = b"\x8e", b"\xaf"
_PARAMETERS, _EXTERNAL = b"\xa0", b"\x28"
_GENERAL_TEXT, _FILE_TRANSFER = bytes.fromhex("5601040b"), bytes.fromhex("5601040c")
_TO_FILE = (_EXTERNAL, b"\xa0", _SEQUENCE, _EXTERNAL, b"\x81")


class MessageText(StrEnum):
    """Which body part text travels in."""

    IA5 = "ia5"
    T61 = "t61"
    ISO_8859_1 = "iso-8859-1"


_TEXT_PARTS: Mapping[MessageText, type[TextPart]] = {
    MessageText.IA5: IA5Text,
    MessageText.T61: TeletexText,
    MessageText.ISO_8859_1: GeneralText,
}


@dataclass(frozen=True)
class Conversion:
    """What a system can take."""

    text: MessageText = MessageText.IA5
    word_wrap: int | None = None  # column after which text is wrapped
    bp15: bool = True  # files as file transfer body parts; else as BP-14
    rich_text: bool = True  # TNEF

    def __str__(self) -> str:
        """As `parse` reads it."""
        return json.dumps(asdict(self))

    @classmethod
    def parse(cls, text: str) -> "Conversion":
        """Read what `str` writes."""
        fields = json.loads(text)
        return cls(**fields | {"text": MessageText(fields["text"])})


@dataclass
class Converted:
    """What came of a message: its pieces, what was lost, and what it now consists of."""

    pieces: Pieces = ()
    dropped: list[str] = field(default_factory=list)
    of_1984: bool = True  # every body part is one that P2 of 1984 has
    changed: bool = False
    text_octets: int = 0  # that were looked into
    built_in: set[int] = field(default_factory=set)
    extended: set[str] = field(default_factory=set)

    @property
    def information_types(self) -> bytes:
        """The BER of its encoded information types."""
        return encoded_information_types(
            *sorted(self.built_in), extended=tuple(sorted(self.extended))
        )


@decoder
def convert(read: Read, size: int, how: Conversion) -> Converted:
    """An interpersonal message of `size` octets, as a system takes it. Raises ProtocolError."""
    converted = Converted()
    message = _value(read, 0, size)
    if message.identifier != _MESSAGE or message.stop != size:
        raise ProtocolError("no interpersonal message")
    heading, body = _heading_and_body(read, message)
    parts: Pieces = ()
    for part in _values(read, body):
        anew = _convert_part(read, part, how, converted)
        converted.changed |= anew != (part.whole,)
        parts += anew
    converted.pieces = pieces.tlv(_MESSAGE, heading.whole, *pieces.tlv(_SEQUENCE, *parts))
    return converted


@decoder
def heading(read: Read, size: int) -> bytes:
    """The heading of an interpersonal message. Raises ProtocolError, also when it is too long."""
    found, _ = _heading_and_body(read, _value(read, 0, size))
    if len(found.whole) > _MAX_TEXT:
        raise ProtocolError(f"a heading of {len(found.whole)} octets")
    return found.octets(read)


class _Value(NamedTuple):
    """A BER value in the message: where it, its contents and what follows begin."""

    identifier: bytes
    at: int
    start: int
    stop: int

    @property
    def whole(self) -> range:
        return range(self.at, self.stop)

    @property
    def contents(self) -> range:
        return range(self.start, self.stop)

    def octets(self, read: Read) -> bytes:
        return read(self.at, len(self.whole))


def _value(read: Read, at: int, end: int) -> _Value:
    identifier, length, start = ber.header(read(at, _HEADER))
    if length is None or at + start + length > end:
        raise ProtocolError("a BER value of the message has no end in it")
    return _Value(identifier, at, at + start, at + start + length)


def _values(read: Read, around: _Value) -> Iterator[_Value]:
    at = around.start
    for _ in range(_MAX_VALUES):
        if at == around.stop:
            return
        found = _value(read, at, around.stop)
        yield found
        at = found.stop
    raise ProtocolError(f"more than {_MAX_VALUES} values in one of the message")


def _inside(read: Read, around: _Value, *identifiers: bytes) -> _Value | None:
    """The value that is found by going into the first with each identifier."""
    found: _Value | None = around
    for identifier in identifiers:
        if found is None:
            return None
        inside = _values(read, found)
        found = next((each for each in inside if each.identifier == identifier), None)
    return found


def _heading_and_body(read: Read, message: _Value) -> tuple[_Value, _Value]:
    values = list(_values(read, message))
    if len(values) != 2:
        raise ProtocolError("an interpersonal message is a heading and a body")
    return values[0], values[1]


# Body parts


def _convert_part(read: Read, part: _Value, how: Conversion, into: Converted) -> Pieces:
    if part.identifier in (_IA5_TEXT, _TELETEX_TEXT):
        return _convert_text(read, part, how, into)
    if part.identifier == _BILATERALLY_DEFINED:
        return _convert_file(read, part, part, how, into)
    if part.identifier == _EXTENDED:
        return _convert_extended(read, part, how, into)
    into.of_1984 = False  # or perhaps not; it is not looked into
    return (part.whole,)


def _convert_extended(read: Read, part: _Value, how: Conversion, into: Converted) -> Pieces:
    kind = _inside(read, part, _EXTERNAL, b"\x06")
    identifier = read(kind.start, min(len(kind.contents), _HEADER)) if kind else b""
    if identifier == _GENERAL_TEXT:
        return _convert_text(read, part, how, into)
    file = _inside(read, part, *_TO_FILE) if identifier == _FILE_TRANSFER else None
    if file and file.stop == part.stop:  # it is in one piece
        return _convert_file(read, part, file, how, into)
    into.of_1984 = False
    return (part.whole,)


def _convert_text(read: Read, part: _Value, how: Conversion, into: Converted) -> Pieces:
    kind, wanted = _KINDS.get(part.identifier, GeneralText), _TEXT_PARTS[how.text]
    into.text_octets += len(part.whole)
    if (kind is wanted and not how.word_wrap) or into.text_octets > _MAX_TEXT:
        _count_text(kind, into)
        return (part.whole,)
    octets = part.octets(read)
    text = bodyparts.decode(octets).text
    if how.word_wrap:
        text = wrapped(text, how.word_wrap)
    if lacking := bodyparts.lacks(wanted, text):
        count = sum(text.count(character) for character in lacking)
        into.dropped.append(f"characters that {wanted.character_set} lacks: {count}")
        text = text.translate({ord(character): "?" for character in lacking})
    _count_text(wanted, into)
    anew = bodyparts.encode(wanted(text))
    return (part.whole,) if anew == octets else (anew,)


_KINDS: Mapping[bytes, type[TextPart]] = {_IA5_TEXT: IA5Text, _TELETEX_TEXT: TeletexText}


def _count_text(kind: type[TextPart], into: Converted) -> None:
    if kind is GeneralText:
        into.extended.update(LATIN_1_TYPES)
        into.of_1984 = False
    else:
        teletex = kind is TeletexText
        into.built_in.add(
            EncodedInformationType.TELETEX if teletex else EncodedInformationType.IA5_TEXT
        )


def wrapped(text: str, column: int) -> str:
    """Text whose lines end at a column; a word that is longer stays whole."""
    wrapper = textwrap.TextWrapper(
        column,
        expand_tabs=False,
        replace_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(
        "\n".join(wrapper.wrap(line)) if len(line) > column else line for line in text.split("\n")
    )


def _convert_file(
    read: Read, part: _Value, file: _Value, how: Conversion, into: Converted
) -> Pieces:
    """A file, in BP-14 or as a file transfer body part."""
    if not how.rich_text and tnef.is_tnef(read(file.start, len(tnef.SIGNATURE))):
        into.dropped.append("rich text")
        return ()
    basic = part.identifier == _BILATERALLY_DEFINED
    if basic or not how.bp15:
        into.built_in.add(EncodedInformationType.UNKNOWN)
    else:
        into.extended.add(FILE_TRANSFER_TYPE)
        into.of_1984 = False
    if basic or how.bp15:
        return (part.whole,)
    parameters, name = _inside(read, part, _PARAMETERS), ""
    with suppress(ProtocolError):
        name = bodyparts.file_name(parameters.octets(read)) if parameters else ""
    into.dropped.append(f"the name of file {name}")
    return bodyparts.enclosed(name, file.contents, extended=False)
