"""Body parts of interpersonal messages, X.420 clause 7.3 and Annex B.

Text that is not IA5 travels as general text with ISO 8859-1. Octets without a meaning of their own
travel as a bilaterally defined body part: basic (BP-14), or extended (BP-15), which P2 of 1984 does
not have.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.osi import ber

_CONSTRUCTED = 0x20
_IA5_STRING, _GENERAL_STRING, _OCTET_STRING = b"\x16", b"\x1b", b"\x04"
_BILATERALLY_DEFINED = b"\x8e"
_GENERAL_TEXT, _GENERAL_TEXT_PARAMETERS = "2.6.1.4.11", "2.6.1.11.11"
_EXTENDED_BILATERALLY_DEFINED = "2.6.1.4.9"
#: ISO 8859-1: control characters, its left and its right half (RFC 2157).
_LATIN_1 = (1, 6, 100)
_DESIGNATE_LATIN_1 = b"\x1b\x2d\x41"  # its right half as G1 (ISO 2022)
#: The encoded information types of general text with it.
LATIN_1_TYPES = tuple(f"1.0.10021.7.1.0.{number}" for number in _LATIN_1)
_ESCAPE = 0x1B
_FINAL = range(0x30, 0x7F)  # the octet that ends an escape sequence


@dataclass(frozen=True)
class IA5Text:
    """Text of IA5 characters."""

    text: str


@dataclass(frozen=True)
class GeneralText:
    """Text of the characters of ISO 8859-1."""

    text: str


@dataclass(frozen=True)
class TeletexText:
    """Text of T.61 characters, page by page; read only."""

    text: str


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


BodyPart = IA5Text | GeneralText | TeletexText | BilaterallyDefined | OtherBodyPart


def encode(part: BodyPart) -> bytes:
    """The BER of a body part. Raises ValueError for text that it cannot carry."""
    match part:
        case IA5Text(text):
            data = ber.tlv(_IA5_STRING, _characters(text, "ascii", "IA5"))
            return MTS.encode("IA5TextBodyPart", {"parameters": {}, "data": data})
        case GeneralText(text):
            characters = _DESIGNATE_LATIN_1 + _characters(text, "latin-1", "ISO 8859-1")
            parameters = MTS.encode("GeneralTextParameters", list(_LATIN_1))
            data = ber.tlv(_GENERAL_STRING, characters)
            return _encode_extended(_GENERAL_TEXT, data, (_GENERAL_TEXT_PARAMETERS, parameters))
        case BilaterallyDefined(octets, extended=True):
            return _encode_extended(_EXTENDED_BILATERALLY_DEFINED, ber.tlv(_OCTET_STRING, octets))
        case BilaterallyDefined(octets):
            return ber.tlv(_BILATERALLY_DEFINED, octets)
        case OtherBodyPart(octets):
            return octets
        case TeletexText():
            raise ValueError("text of T.61 characters is read here, and not written")


def decode(octets: bytes) -> BodyPart:
    """Read the BER of a body part. Raises ProtocolError."""
    identifier = ber.header(octets)[0][0] & ~_CONSTRUCTED
    return _DECODERS.get(identifier, OtherBodyPart)(octets)


def is_1984(octets: bytes) -> bool:
    """Whether P2 of 1984 has that body part; BP-14 came to it with its implementors' guides."""
    return ber.header(octets)[0][0] & ~_CONSTRUCTED != _EXTENDED


def _characters(text: str, encoding: str, name: str) -> bytes:
    try:
        return _with_returns(text).encode(encoding)
    except UnicodeEncodeError as error:
        raise ValueError(f"text: {text[error.start]!r} is not in {name}") from error


def _with_returns(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\r\n")


def _text(characters: bytes) -> str:
    return characters.decode("latin-1").replace("\r\n", "\n")


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
    return TeletexText("\f".join(_text(_string(bytes(page))) for page in pages))


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
    build = _EXTENDED_TYPES.get(_identifier(octets))
    if not build:
        return OtherBodyPart(octets)
    form, value = MTS.decode("ExtendedBodyPart", octets)["data"]["encoding"]
    if form == "single-ASN1-type":
        return build(_string(bytes(value)))
    return build(bytes(value[0] if form == "arbitrary" else value))


_EXTENDED_TYPES: dict[str, Callable[[bytes], BodyPart]] = {
    _GENERAL_TEXT: lambda string: GeneralText(_text(_without_escapes(string))),
    _EXTENDED_BILATERALLY_DEFINED: lambda string: BilaterallyDefined(string, extended=True),
}


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
