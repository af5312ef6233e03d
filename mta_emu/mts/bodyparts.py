"""Body parts of interpersonal messages, X.420 clause 7.3 and Annex B.

Text travels as IA5, as teletex (T.61), or as general text with ISO 8859-1. A file with its name
travels as a file transfer body part, which is extended (BP-15): P2 of 1984 does not have it. Octets
without a name travel as a bilaterally defined body part, basic (BP-14) or extended.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, ClassVar

from mta_emu.mts import pieces, t61, tnef
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.pieces import Piece, Pieces
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

_CONSTRUCTED = 0x20
_IA5_STRING, _GENERAL_STRING, _OCTET_STRING = b"\x16", b"\x1b", b"\x04"
_TELETEX_STRING, _GRAPHIC_STRING = b"\x14", b"\x19"
_BILATERALLY_DEFINED = b"\x8e"
_GENERAL_TEXT, _GENERAL_TEXT_PARAMETERS = "2.6.1.4.11", "2.6.1.11.11"
_EXTENDED_BILATERALLY_DEFINED = "2.6.1.4.9"
_FILE_TRANSFER, _FILE_TRANSFER_PARAMETERS = "2.6.1.4.12", "2.6.1.11.12"
#: ISO 8859-1: control characters, its left and its right half (RFC 2157).
_LATIN_1 = (1, 6, 100)
_DESIGNATE_LATIN_1 = b"\x1b\x2d\x41"  # its right half as G1 (ISO 2022)
#: The encoded information types of general text with it.
LATIN_1_TYPES = tuple(f"1.0.10021.7.1.0.{number}" for number in _LATIN_1)
#: The encoded information type of a file transfer body part.
FILE_TRANSFER_TYPE = "2.6.1.12.0"
_ESCAPE = 0x1B
_FINAL = range(0x30, 0x7F)  # the octet that ends an escape sequence


@dataclass(frozen=True)
class IA5Text:
    """Text of IA5 characters."""

    text: str
    character_set: ClassVar[str] = "IA5"


@dataclass(frozen=True)
class GeneralText:
    """Text of the characters of ISO 8859-1."""

    text: str
    character_set: ClassVar[str] = "ISO 8859-1"


@dataclass(frozen=True)
class TeletexText:
    """Text of T.61 characters; a form feed begins another page."""

    text: str
    character_set: ClassVar[str] = "T.61"


@dataclass(frozen=True)
class BilaterallyDefined:
    """Octets whose meaning the two users know."""

    octets: bytes
    extended: bool = False

    @property
    def text(self) -> str:
        """What a reader is told of it."""
        kind = "BP-15" if self.extended else "BP-14"
        return f"(bilaterally defined body part, {kind}, {len(self.octets)} octets)"


@dataclass(frozen=True)
class File:
    """A file with its name, in a file transfer body part."""

    name: str
    octets: bytes

    @property
    def text(self) -> str:
        """What a reader is told of it."""
        kind = ", TNEF" if tnef.is_tnef(self.octets) else ""
        return f"(file {self.name}{kind}, {len(self.octets)} octets)"


@dataclass(frozen=True)
class OtherBodyPart:
    """A body part that is not read here, as it came."""

    octets: bytes

    @property
    def text(self) -> str:
        """What a reader is told of it."""
        identifier = ber.header(self.octets)[0][0] & ~_CONSTRUCTED
        kind = _OTHERS.get(identifier) or f"body part [{identifier & 0x1F}]"
        if identifier == _EXTENDED:
            kind = f"extended body part {_identifier(self.octets)}"
        return f"({kind}, {len(self.octets)} octets)"


TextPart = IA5Text | GeneralText | TeletexText
BodyPart = TextPart | BilaterallyDefined | File | OtherBodyPart


def encode(part: BodyPart) -> bytes:
    """The BER of a body part. Raises ValueError for text that it cannot carry."""
    match part:
        case IA5Text():
            data = ber.tlv(_IA5_STRING, _characters(part))
            return MTS.encode("IA5TextBodyPart", {"parameters": {}, "data": data})
        case GeneralText():
            characters = _DESIGNATE_LATIN_1 + _characters(part)
            parameters = MTS.encode("GeneralTextParameters", list(_LATIN_1))
            data = ber.tlv(_GENERAL_STRING, characters)
            return _encode_extended(_GENERAL_TEXT, data, (_GENERAL_TEXT_PARAMETERS, parameters))
        case BilaterallyDefined(octets, extended=True):
            return _encode_extended(_EXTENDED_BILATERALLY_DEFINED, ber.tlv(_OCTET_STRING, octets))
        case BilaterallyDefined(octets):
            return ber.tlv(_BILATERALLY_DEFINED, octets)
        case TeletexText():
            pages = [ber.tlv(_TELETEX_STRING, page) for page in _characters(part).split(b"\f")]
            return MTS.encode("TeletexBodyPart", {"parameters": {}, "data": pages})
        case File(name, octets):
            return b"".join(map(bytes, enclosed(name, octets)))
        case OtherBodyPart(octets):
            return octets


@decoder
def decode(octets: bytes) -> BodyPart:
    """Read the BER of a body part; an extended one that is not what it says is read as another.

    Raises ProtocolError.
    """
    identifier = ber.header(octets)[0][0] & ~_CONSTRUCTED
    return _DECODERS.get(identifier, OtherBodyPart)(octets)


def is_1984(octets: bytes) -> bool:
    """Whether P2 of 1984 has that body part; BP-14 came to it with its implementors' guides."""
    return ber.header(octets)[0][0] & ~_CONSTRUCTED != _EXTENDED


def lacks(kind: type[TextPart], text: str) -> set[str]:
    """The characters of a text that a kind of body part cannot carry."""
    return {each for each in set(text) if not _has(kind, each)}


def _has(kind: type[TextPart], character: str) -> bool:
    try:
        _ENCODERS[kind](character)
    except UnicodeEncodeError:
        return False
    return True


def _characters(part: TextPart) -> bytes:
    try:
        return _ENCODERS[type(part)](_with_returns(part.text))
    except UnicodeEncodeError as error:
        lacking = error.object[error.start]
        raise ValueError(f"text: {lacking!r} is not in {part.character_set}") from error


#: How characters become octets.
_ENCODERS: dict[type[TextPart], Callable[[str], bytes]] = {
    IA5Text: lambda text: text.encode("ascii"),
    TeletexText: t61.encode_plain,
    GeneralText: lambda text: text.encode("latin-1"),
}


def _with_returns(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _text(characters: bytes) -> str:
    return _plain(characters.decode("latin-1"))


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n")


def _string(octets: bytes) -> bytes:
    """The octets of a string type, also of one in pieces."""
    contents = ber.contents(octets)
    if octets[0] & _CONSTRUCTED:
        return b"".join(map(_string, ber.elements(contents)))
    return contents


def _without_escapes(characters: bytes) -> bytes:
    """General text without its escape sequences, whose sets are taken as given (ISO 2022)."""
    left, found = iter(characters), bytearray()
    for octet in left:
        if octet == _ESCAPE:
            next((each for each in left if each in _FINAL), None)
        else:
            found.append(octet)
    return bytes(found)


def _decode_ia5_text(octets: bytes) -> BodyPart:
    return IA5Text(_text(_string(MTS.decode("IA5TextBodyPart", octets)["data"])))


def _decode_teletex(octets: bytes) -> BodyPart:
    pages = MTS.decode("TeletexBodyPart", octets)["data"]
    return TeletexText("\f".join(_plain(t61.decode(_string(bytes(page)))) for page in pages))


def _decode_bilaterally_defined(octets: bytes) -> BodyPart:
    return BilaterallyDefined(_string(octets))


# Extended body parts: what they are is an object identifier


def _encode_extended(
    identifier: str, data: bytes, parameters: tuple[str, bytes] | None = None
) -> bytes:
    part: dict[str, Any] = {"data": _external(identifier, data)}
    if parameters:
        part["parameters"] = _external(*parameters)
    return MTS.encode("ExtendedBodyPart", part)


def _external(identifier: str, value: bytes) -> dict[str, Any]:
    return {"direct-reference": identifier, "encoding": ("single-ASN1-type", value)}


def _identifier(octets: bytes) -> str:
    """The object identifier of an extended body part's data."""
    data = MTS.decode("ExtendedBodyPart", octets)["data"]
    return str(data.get("direct-reference", "without a type"))


def _decode_extended(octets: bytes) -> BodyPart:
    if build := _EXTENDED_TYPES.get(_identifier(octets)):
        with suppress(ProtocolError):  # what its users make of it is not for us to judge
            return build(MTS.decode("ExtendedBodyPart", octets))
    return OtherBodyPart(octets)


def _value(external: dict[str, Any]) -> bytes:
    """The octets of a string type in an EXTERNAL, however it is encoded there."""
    form, value = external["encoding"]
    if form == "single-ASN1-type":
        return _string(bytes(value))
    return bytes(value[0] if form == "arbitrary" else value)


@decoder
def _file(fields: dict[str, Any]) -> BodyPart:
    _, data = fields["data"]["encoding"]
    octets = b"".join(map(_value, MTS.decode("FileTransferData", bytes(data))))
    parameters = fields.get("parameters")
    return File(_file_name(parameters) if parameters else "", octets)


@decoder
def file_name(parameters: bytes) -> str:
    """The name in the BER of a file transfer body part's parameters. Raises ProtocolError."""
    return _file_name(MTS.decode("External", ber.retagged(_EXTERNAL, parameters)))


def _file_name(parameters: dict[str, Any]) -> str:
    """The last part of the path name; foreign parameters have more in them than is read here."""
    _, value = parameters["encoding"]
    attributes = _member(bytes(value), _FILE_ATTRIBUTES)
    path = _member(attributes, _INCOMPLETE_PATHNAME) or _member(attributes, _COMPLETE_PATHNAME)
    names = ber.elements(ber.contents(path)) if path else []
    return _text(_without_escapes(_string(names[-1]))) if names else ""


def _member(octets: bytes, identifier: bytes) -> bytes:
    """The member of a SEQUENCE with this identifier; nothing when it has none."""
    members = ber.elements(ber.contents(octets)) if octets else []
    return next((each for each in members if each[:1] == identifier), b"")


_EXTENDED_TYPES: dict[str, Callable[[dict[str, Any]], BodyPart]] = {
    _GENERAL_TEXT: lambda fields: GeneralText(_text(_without_escapes(_value(fields["data"])))),
    _EXTENDED_BILATERALLY_DEFINED: lambda fields: BilaterallyDefined(
        _value(fields["data"]), extended=True
    ),
    _FILE_TRANSFER: _file,
}


# A file of any size


def enclosed(name: str, octets: Piece, *, extended: bool = True) -> Pieces:
    """The BER of a body part with a file, whose octets may lie elsewhere.

    Extended it is a file transfer body part, which has one EXTERNAL of octets without a structure
    (FTAM-3); basic it is BP-14, which has no place for the name.
    """
    if not extended:
        return pieces.tlv(_BILATERALLY_DEFINED, octets)
    size = len(octets)
    path = [ber.tlv(_GRAPHIC_STRING, _graphic(name))]
    attributes = {"incomplete-pathname": path, "object-size": ("actual-values", size)}
    value = MTS.encode("FileTransferParameters", {"file-attributes": attributes})
    parameters = MTS.encode("External", _external(_FILE_TRANSFER_PARAMETERS, value))
    aligned = pieces.tlv(_OCTET_ALIGNED, octets)
    file = pieces.tlv(_EXTERNAL, _UNSTRUCTURED_BINARY, *aligned)
    data = pieces.tlv(_SINGLE_TYPE, *pieces.tlv(_SEQUENCE, *file))
    return pieces.tlv(
        _EXTENDED_BODY_PART,
        ber.retagged(_PARAMETERS, parameters),
        *pieces.tlv(_EXTERNAL, _FILE_TRANSFER_DATA, *data),
    )


def _graphic(name: str) -> bytes:
    """A file name in a GraphicString; what is not in ISO 8859-1 is underlined there."""
    characters = name.encode("latin-1", "replace").replace(b"?", b"_")
    return characters if name.isascii() else _DESIGNATE_LATIN_1 + characters


_FILE_TRANSFER_DATA = bytes.fromhex("0604 5601040c")
_UNSTRUCTURED_BINARY = bytes.fromhex("0605 28c27b0503")  # 1.0.8571.5.3
_FILE_ATTRIBUTES, _INCOMPLETE_PATHNAME, _COMPLETE_PATHNAME = b"\xa4", b"\xa0", b"\xb7"
_EXTENDED_BODY_PART, _PARAMETERS = b"\xaf", b"\xa0"
_EXTERNAL, _SINGLE_TYPE, _OCTET_ALIGNED, _SEQUENCE = b"\x28", b"\xa0", b"\x81", b"\x30"

_EXTENDED = 0x8F
_DECODERS: dict[int, Callable[[bytes], BodyPart]] = {
    0x80: _decode_ia5_text,
    0x85: _decode_teletex,
    0x8E: _decode_bilaterally_defined,
    _EXTENDED: _decode_extended,
}
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
