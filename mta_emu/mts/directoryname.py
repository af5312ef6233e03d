"""Directory names (X.501) in O/R names, as text: CN=Smith,O=Contoso,C=US (RFC 4514)."""

from collections.abc import Iterable

from mta_emu.mts import strings
from mta_emu.mts.asn1 import MTS
from mta_emu.osi import ber
from mta_emu.osi.errors import decoder

_KEYWORDS = {
    "2.5.4.3": "CN",
    "2.5.4.4": "SN",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "STREET",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "2.5.4.12": "T",
    "2.5.4.42": "G",
}
_SPECIAL = ',+"\\<>;='


_IDENTIFIERS = {keyword: identifier for identifier, keyword in _KEYWORDS.items()}
_SET, _SEQUENCE = b"\x31", b"\x30"


def encode(parts: Iterable[tuple[str, str]]) -> bytes:
    """The BER of a directory name, from the keywords and values of its parts, the root first.

    Raises ValueError for a value that is in no string of the directory.
    """
    relative = (
        ber.tlv(_SET, ber.tlv(_SEQUENCE, _identifier(keyword) + _string(value)))
        for keyword, value in parts
    )
    return ber.tlv(_SEQUENCE, b"".join(relative))


def _identifier(keyword: str) -> bytes:
    return MTS.encode("ObjectIdentifier", _IDENTIFIERS[keyword])


def _string(value: str) -> bytes:
    write = strings.write_printable if strings.is_printable(value) else strings.write_teletex
    return write(value)


@decoder
def to_text(name: bytes) -> str:
    """The text of a directory name, given as BER. Raises ProtocolError."""
    relative = ber.elements(ber.contents(ber.definite(name)))
    return ",".join(map(_relative, reversed(relative)))


def _relative(name: bytes) -> str:
    return "+".join(map(_attribute, ber.elements(ber.contents(name))))


def _attribute(octets: bytes) -> str:
    kind, value = ber.elements(ber.contents(octets))
    identifier = str(MTS.decode("ObjectIdentifier", kind))
    plain = "".join(f"\\{each}" if each in _SPECIAL else each for each in strings.read(value))
    return f"{_KEYWORDS.get(identifier, identifier)}={plain}"
