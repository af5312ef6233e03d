"""Character strings of ASN.1 as people read them, whatever type and form a sender chose.

A PrintableString may hold octets of 0x80 and above: old stacks write Latin-1 there. They are read
as ISO 8859-1, so that what was read is written with the same octets.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from mta_emu.mts import iso2022, t61
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder

#: The characters of a PrintableString.
PRINTABLE = frozenset(
    " '()+,-./:=?" + "0123456789" + "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)
TELETEX_STRING, PRINTABLE_STRING = b"\x14", b"\x13"
_CONSTRUCTED = 0x20


def _latin_1(octets: bytes) -> str:
    return octets.decode("latin-1")


def _iso_2022(octets: bytes) -> str:
    return iso2022.decode(octets).text


#: How the characters of each type are read, by the number of its universal tag (X.209).
_READERS: Mapping[int, Callable[[bytes], str]] = {
    12: lambda octets: octets.decode("utf-8", "replace"),  # UTF8String
    18: _latin_1,  # NumericString
    19: _latin_1,  # PrintableString
    20: t61.decode,  # TeletexString
    22: _iso_2022,  # IA5String
    25: _iso_2022,  # GraphicString
    26: _latin_1,  # VisibleString
    27: _iso_2022,  # GeneralString
    28: lambda octets: octets.decode("utf-32-be", "replace"),  # UniversalString
    30: lambda octets: octets.decode("utf-16-be", "replace"),  # BMPString
}


@decoder
def octets(element: bytes) -> bytes:
    """The octets of a string, also of one in segments. Raises ProtocolError."""
    contents = ber.contents(element)
    if element[0] & _CONSTRUCTED:
        return b"".join(map(octets, ber.elements(contents)))
    return contents


@decoder
def read(element: bytes) -> str:
    """The characters of a string of any type. Raises ProtocolError for what is no string."""
    reader = _READERS.get(element[0] & ~_CONSTRUCTED)
    if reader is None:
        raise ProtocolError(f"BER tag 0x{element[:1].hex()} where a character string must be")
    return reader(octets(element))


@decoder
def teletex(element: bytes) -> str:
    """The characters of a TeletexString with another tag. Raises ProtocolError."""
    return t61.decode(octets(element))


def is_printable(text: str) -> bool:
    """Whether a PrintableString has all characters of a text."""
    return PRINTABLE.issuperset(text)


def write_teletex(text: str) -> bytes:
    """A TeletexString. Raises UnicodeEncodeError."""
    return ber.tlv(TELETEX_STRING, t61.encode(text))


def write_printable(text: str) -> bytes:
    """A PrintableString. Raises UnicodeEncodeError above 255."""
    return ber.tlv(PRINTABLE_STRING, text.encode("latin-1"))


def teletex_lacks(text: str) -> list[str]:
    """The characters of a text that no TeletexString can have."""
    return sorted(each for each in set(text) if not _has_teletex(each))


@lru_cache(maxsize=4096)
def _has_teletex(character: str) -> bool:
    try:
        t61.encode(character)
    except UnicodeEncodeError:
        return False
    return True


@decoder
def printable(element: bytes) -> str:
    """The characters of a PrintableString with another tag. Raises ProtocolError."""
    return octets(element).decode("latin-1")
