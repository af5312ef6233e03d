"""The characters of T.61, in which teletex strings and teletex text travel (X.209 clause 23).

A letter with a diacritical mark is two octets, the mark first. Other sets may be brought in by
escape sequences. The codec "t61" of Python is this one, so that the ASN.1 library writes every
TeletexString with it.
"""

import codecs

from mta_emu.mts import iso2022
from mta_emu.mts.charactersets import SETS, T61_LEFT, T61_RIGHT

NAME = "t61"
#: What may be brought in (X.680, TeletexString): ASCII, ISO 6937, Greek, Cyrillic, Japanese and
#: Chinese.
_OTHERS = tuple(SETS[number] for number in (6, 156, 126, 144, 87, 165))


def encode(text: str) -> bytes:
    """The octets of a text. Raises UnicodeEncodeError for a character that has no place."""
    return iso2022.encode(text, T61_LEFT, T61_RIGHT, _OTHERS).octets


def encode_plain(text: str) -> bytes:
    """The octets of a text without other sets, for readers that know T.61 alone.

    Raises UnicodeEncodeError for a character that T.61 lacks.
    """
    return iso2022.encode(text, T61_LEFT, T61_RIGHT).octets


def decode(octets: bytes) -> str:
    """Read what `encode` writes; an octet without a meaning is taken as ISO 8859-1 has it."""
    return iso2022.decode(octets, T61_LEFT, T61_RIGHT).text


def _codec(name: str) -> codecs.CodecInfo | None:
    if name != NAME:
        return None
    return codecs.CodecInfo(
        lambda text, _="strict": (encode(text), len(text)),
        lambda octets, _="strict": (decode(bytes(octets)), len(octets)),
        name=NAME,
    )


codecs.register(_codec)
