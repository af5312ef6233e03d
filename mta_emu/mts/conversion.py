"""An interpersonal message as another system can take it: its text, its files, its rich text.

Pure: the message is read where it lies, and the result is pieces. Files stay where they are,
of any size; of text 512 KB are looked into, and what comes after them stays as it is. Messages
within the message are converted with it.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from mta_emu.mts import iso2022, pieces, tnef
from mta_emu.mts.fields import EncodedInformationType, encoded_information_types
from mta_emu.mts.ipm import bodyparts, content, externals, files, text
from mta_emu.mts.ipm.bodyparts import GENERAL_TEXT, TextPart
from mta_emu.mts.ipm.files import FILE_TRANSFER_TYPE, BilaterallyDefined, File
from mta_emu.mts.ipm.message import FORWARDED, MESSAGE, SEQUENCE, SET
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText
from mta_emu.mts.pieces import Pieces, Read
from mta_emu.mts.values import Value, Values
from mta_emu.osi.errors import ProtocolError, decoder

_MAX_TEXT = 1 << 19  # octets of text that are looked into: that takes less than 50 ms
_MAX_CHANGES = 10_000  # of the character set in a text
_MAX_PARTS = 250  # body parts of one message
_MAX_FORWARDED = 16  # messages within each other


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
    """The result for a message: its pieces, what was lost, and what it now consists of."""

    pieces: Pieces = ()
    dropped: list[str] = field(default_factory=list)
    body_of_1984: bool = True  # every body part is one that P2 of 1984 has
    headings: list[Value] = field(default_factory=list)
    values: Values | None = None  # that the headings are read from
    changed: bool = False
    text_octets: int = 0  # that were looked into
    built_in: set[int] = field(default_factory=set)
    extended: set[str] = field(default_factory=set)

    @property
    def of_1984(self) -> bool:
        """Whether every heading and body part is one that P2 of 1984 has.

        A heading that has more recipients than are looked into is none.
        """
        if self.values and self.body_of_1984:
            with suppress(ProtocolError):
                values = self.values
                return all(
                    content.is_heading_of_p2(values.anew(), heading) for heading in self.headings
                )
        return False

    @property
    def information_types(self) -> bytes:
        """The BER of its encoded information types."""
        return encoded_information_types(
            *sorted(self.built_in), extended=tuple(sorted(self.extended))
        )


@decoder
def convert(read: Read, size: int, how: Conversion) -> Converted:
    """An interpersonal message of `size` octets, as a system takes it. Raises ProtocolError."""
    converting = _Converting(Values(read, size), how)
    whole = converting.values.whole()
    if whole.identifier != MESSAGE or whole.after != size:
        raise ProtocolError("no interpersonal message")
    converting.into.pieces = pieces.tlv(MESSAGE, *converting.message(whole))
    return converting.into


class _Converting:
    """The conversion of one content."""

    def __init__(self, values: Values, how: Conversion) -> None:
        self.values = values
        self.into = Converted(values=values)
        self._how = how

    def message(self, message: Value, depth: int = _MAX_FORWARDED) -> Pieces:
        """The contents of an IPM, converted. Raises ProtocolError."""
        members = list(self.values.inside(message))
        if [each.identifier for each in members] != [SET, SEQUENCE]:
            raise ProtocolError("an interpersonal message is a heading and a body")
        heading, body = members
        self.into.headings.append(heading)
        parts: Pieces = ()
        for number, part in enumerate(self.values.inside(body)):
            if number == _MAX_PARTS:
                raise ProtocolError(f"more than {_MAX_PARTS} body parts")
            anew = self._part(part, depth)
            self.into.changed |= anew != (part.whole,)
            parts += anew
        return (heading.whole, *pieces.tlv(SEQUENCE, *parts))

    def _part(self, part: Value, depth: int) -> Pieces:
        match part.identifier:
            case kind if kind in _BUILT_IN_TEXT:
                return self._text(part, _BUILT_IN_TEXT[kind])
            case b"\x8e" | b"\xae":
                return self._file(part, files.read_bilaterally_defined(self.values, part))
            case b"\xaf":
                return self._extended(part)
            case message if message == FORWARDED:
                return self._forwarded(part, depth)
        self.into.body_of_1984 &= bodyparts.is_1984(part)
        return (part.whole,)

    def _forwarded(self, part: Value, depth: int) -> Pieces:
        if not depth:
            raise ProtocolError(f"messages lie deeper within each other than {_MAX_FORWARDED}")
        *parameters, message = self.values.inside(part)
        before, self.into.changed = self.into.changed, False
        anew = pieces.tlv(SEQUENCE, *self.message(message, depth - 1))
        inside, self.into.changed = self.into.changed, before
        return (
            pieces.tlv(FORWARDED, *(each.whole for each in parameters), *anew)
            if inside
            else (part.whole,)
        )

    def _extended(self, part: Value) -> Pieces:
        data, parameters = externals.read_extended(self.values, part)
        if data.identifier == GENERAL_TEXT:
            return self._text(part, GeneralText)
        if data.identifier == files.FILE_TRANSFER:
            return self._file(part, files.read_file(self.values, data, parameters))
        if data.identifier == files.TNEF and not self._how.rich_text:
            self.into.dropped.append("rich text")
            return ()
        self.into.body_of_1984 = False
        return (part.whole,)

    # Text

    def _text(self, part: Value, kind: type[TextPart]) -> Pieces:
        wanted = _TEXT_PARTS[self._how.text]
        self.into.text_octets += len(part.whole)
        as_it_is = kind is wanted and not self._how.word_wrap
        looked_into = self.into.text_octets <= _MAX_TEXT
        if as_it_is and kind is not GeneralText:  # whose sets are counted
            looked_into = False
        read = self._read_text(part) if looked_into else None
        if read is None or as_it_is:
            self._count_text(kind, read)
            return (part.whole,)
        characters = read.text
        if self._how.word_wrap:
            characters = wrapped(characters, self._how.word_wrap)
        if lacking := text.lacks(wanted, characters):
            count = sum(characters.count(each) for each in lacking)
            self.into.dropped.append(f"characters that {wanted.character_set} lacks: {count}")
            characters = characters.translate({ord(each): "?" for each in lacking})
        anew = wanted(characters)
        self._count_text(wanted, anew)
        octets = b"".join(map(bytes, bodyparts.encode(anew)))
        return (part.whole,) if octets == self.values.octets(part) else (octets,)

    def _read_text(self, part: Value) -> TextPart | None:
        """A text; None: it stays as it is, for it has character sets that are not known here.

        So does one that changes them more often than any text would.
        """
        if iso2022.changes(self.values.octets(part)) > _MAX_CHANGES:
            return None
        read = bodyparts.decode(self.values, part)
        if isinstance(read, GeneralText) and read.unread:
            return None
        return read if isinstance(read, TextPart) else None

    def _count_text(self, kind: type[TextPart], part: TextPart | None) -> None:
        """Count the information types of a text; of one that was not read, those of Latin-1."""
        if kind is GeneralText:
            self.into.extended.update(text.information_types(part.text if part else ""))
            self.into.body_of_1984 = False
        elif kind is TeletexText:
            self.into.built_in.add(EncodedInformationType.TELETEX)
        else:
            self.into.built_in.add(EncodedInformationType.IA5_TEXT)

    # Files

    def _file(self, part: Value, file: File | BilaterallyDefined) -> Pieces:
        """A file, as it is, in BP-14, or left out when it is rich text that does not go."""
        if not self._how.rich_text and self._is_tnef(file):
            self.into.dropped.append("rich text")
            return ()
        basic = isinstance(file, BilaterallyDefined) and not file.extended
        if basic or not self._how.bp15:
            self.into.built_in.add(EncodedInformationType.UNKNOWN)
        else:
            self.into.extended.add(FILE_TRANSFER_TYPE)
            self.into.body_of_1984 = False
        if basic or self._how.bp15:
            return (part.whole,)
        if isinstance(file, File):
            self.into.dropped.append(f"the name of file {file.name}")
        return files.bilaterally_defined(BilaterallyDefined(file.octets))

    def _is_tnef(self, file: File | BilaterallyDefined) -> bool:
        first = next(iter(pieces.of(file.octets)), b"")[: len(tnef.SIGNATURE)]
        begins = first if isinstance(first, bytes) else self.values.read(first)
        return tnef.is_tnef(begins) or (
            isinstance(file, File) and file.application == files.TNEF_APPLICATION
        )


_BUILT_IN_TEXT: Mapping[bytes, type[TextPart]] = {b"\xa0": IA5Text, b"\xa5": TeletexText}


def wrapped(text: str, column: int) -> str:
    """Text whose lines end at a column; a word that is longer stays whole."""
    return "\n".join(piece for line in text.split("\n") for piece in _wrap(line, column))


def _wrap(line: str, column: int) -> Iterator[str]:
    """A line in pieces. `textwrap` does more, and takes ten times as long."""
    at = 0
    while len(line) - at > column:
        word = _WORD.search(line, at)
        first = word.start() if word else len(line)
        end = line.rfind(" ", first, at + column + 1)
        if end < 0:  # one word is longer than the column
            end = line.find(" ", first)
        if end < 0:
            break
        yield line[at:end].rstrip(" ")
        following = _WORD.search(line, end)
        at = following.start() if following else len(line)
    if at < len(line) or not line:
        yield line[at:]


_WORD = re.compile("[^ ]")
