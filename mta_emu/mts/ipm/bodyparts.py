"""Body parts of interpersonal messages, X.420 clause 7.3 and Annex B: their kinds, and their BER.

One that is not read here, or is not what it says, is kept as it came.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from mta_emu.mts import pieces
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.ipm import externals, files, text
from mta_emu.mts.ipm.files import BilaterallyDefined, File
from mta_emu.mts.ipm.text import GeneralText, IA5Text, TeletexText
from mta_emu.mts.pieces import Octets, Pieces
from mta_emu.mts.values import Value, Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

GENERAL_TEXT, _GENERAL_TEXT_PARAMETERS = "2.6.1.4.11", "2.6.1.11.11"
_CONSTRUCTED, _NUMBER = 0x20, 0x1F
_IA5_STRING, _TELETEX_STRING, _GENERAL_STRING = b"\x16", b"\x14", b"\x1b"
_IA5_TEXT, _TELETEX_TEXT, _BILATERALLY_DEFINED, _EXTENDED = 0x80, 0x85, 0x8E, 0x8F

_OTHERS = {
    0x81: "telex body part",
    0x82: "voice body part",
    0x83: "group 3 facsimile body part",
    0x84: "group 4 facsimile body part",
    0x86: "videotex body part",
    0x87: "nationally defined body part",
    0x88: "encrypted body part",
    0x8A: "simple formattable document",
    0x8B: "mixed-mode body part",
}


@dataclass(frozen=True)
class OtherBodyPart:
    """A body part that is not read here, as it came; `name` says what it is."""

    octets: Octets
    name: str = "body part"

    @property
    def kind(self) -> str:
        """What it is, for people."""
        return f"{self.name}, {pieces.length(self.octets)} octets"

    @property
    def text(self) -> str:
        """What a reader is shown of it."""
        return f"({self.kind})"


TextPart = text.TextPart
BodyPart = TextPart | BilaterallyDefined | File | OtherBodyPart


def encode(part: BodyPart) -> Pieces:
    """The BER of a body part, whose octets may lie elsewhere.

    Raises ValueError for text that it cannot carry.
    """
    match part:
        case IA5Text():
            data = ber.tlv(_IA5_STRING, text.encode(part))
            return (MTS.encode("IA5TextBodyPart", {"parameters": {}, "data": data}),)
        case TeletexText():
            pages = [ber.tlv(_TELETEX_STRING, page) for page in text.encode(part).split(b"\f")]
            return (MTS.encode("TeletexBodyPart", {"parameters": {}, "data": pages}),)
        case GeneralText():
            data = ber.tlv(_GENERAL_STRING, text.encode(part))
            numbers = MTS.encode("GeneralTextParameters", list(text.numbers_of(part.text)))
            return externals.extended(GENERAL_TEXT, (data,), (_GENERAL_TEXT_PARAMETERS, numbers))
        case BilaterallyDefined():
            return files.bilaterally_defined(part)
        case File():
            return files.file(part)
        case OtherBodyPart():
            return pieces.of(part.octets)


@decoder
def decode(values: Values, part: Value) -> BodyPart:
    """Read a body part. Raises ProtocolError; `unread` gives what there is in that case."""
    read = _DECODERS.get(_kind(part))
    return read(values, part) if read else unread(values, part)


def unread(values: Values, part: Value) -> OtherBodyPart:
    """A body part as it came."""
    octets: Octets = values.octets(part) if values.here else (part.whole,)
    kind = _kind(part)
    name = _OTHERS.get(kind) or f"body part [{kind & _NUMBER}]"
    with suppress(ProtocolError):
        if kind == _EXTENDED:
            identifier = externals.read_extended(values, part).data.identifier
            name = f"extended body part {identifier or 'without a type'}"
    return OtherBodyPart(octets, name)


def is_1984(part: Value) -> bool:
    """Whether P2 of 1984 has that body part; BP-14 came to it with its implementors' guides."""
    return _kind(part) != _EXTENDED


def _kind(part: Value) -> int:
    return part.identifier[0] & ~_CONSTRUCTED


def _ia5_text(values: Values, part: Value) -> BodyPart:
    data = _last(values, part)
    return text.decode_ia5(values.short_string(data))


def _teletex_text(values: Values, part: Value) -> BodyPart:
    pages = values.inside(_last(values, part))
    return text.decode_teletex([values.short_string(page) for page in pages])


def _last(values: Values, part: Value) -> Value:
    """The data of a body part, which follow its parameters."""
    *_, data = [None, *values.inside(part)]
    if data is None:
        raise ProtocolError("a body part without data")
    return data


def _bilaterally_defined(values: Values, part: Value) -> BodyPart:
    return files.read_bilaterally_defined(values, part)


def _extended(values: Values, part: Value) -> BodyPart:
    data, parameters = externals.read_extended(values, part)
    match data.identifier:
        case files.FILE_TRANSFER:
            return files.read_file(values, data, parameters)
        case files.TNEF:
            return files.read_tnef(values, data)
        case files.BILATERALLY_DEFINED:
            return files.read_extended_bilaterally_defined(values, data)
        case name if name == GENERAL_TEXT:
            characters = values.short_string(data.string(values))
            return text.decode_general(characters, _numbers(values, parameters))
    return unread(values, part)


def _numbers(values: Values, parameters: externals.External | None) -> tuple[int, ...]:
    """The numbers of character sets in the parameters of general text."""
    if parameters is None:
        return ()
    with suppress(ProtocolError):
        octets = values.octets(parameters.encoding(values))
        return tuple(MTS.decode("GeneralTextParameters", octets))
    return ()


_DECODERS: Mapping[int, Callable[[Values, Value], BodyPart]] = {
    _IA5_TEXT: _ia5_text,
    _TELETEX_TEXT: _teletex_text,
    _BILATERALLY_DEFINED: _bilaterally_defined,
    _EXTENDED: _extended,
}
