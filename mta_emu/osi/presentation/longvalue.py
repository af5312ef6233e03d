"""A value that travels in parts and is never kept whole: the User-data around it (X.226 8.4.2).

An APDU of any length may lie in one P-DATA. Its octets are passed on as they come; only what
stands before the one value is read.
"""

from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

_USER_DATA, _PDV_LIST, _SINGLE_ASN1_TYPE, _OCTET_ALIGNED = b"\x61", b"\x30", b"\xa0", b"\x81"
_INTEGER, _OBJECT_IDENTIFIER = b"\x02", b"\x06"


def beginning(context: int, length: int) -> bytes:
    """The octets before a value of a context that is `length` octets long."""
    octets = ber.opening(_SINGLE_ASN1_TYPE, length)
    octets = ber.tlv(_INTEGER, bytes((context,))) + octets
    for identifier in (_PDV_LIST, _USER_DATA):
        octets = ber.opening(identifier, len(octets) + length) + octets
    return octets


class LongValueReader:
    """Reads the one value in a User-data that comes in parts."""

    def __init__(self) -> None:
        self.context = 0  # once the first part has come
        self._begun = False
        self._left: int | None = None  # octets of the value still to come, when that is known

    def feed(self, octets: bytes, *, last: bool) -> bytes:
        """The octets of the value that a part brought; what follows the value is passed over.

        Raises ProtocolError when the first part does not have all up to the value, or the `last`
        one comes before the value's end.
        """
        if not self._begun:
            self.context, self._left, octets = _read_beginning(octets)
            self._begun = True
        if self._left is not None:
            octets = octets[: self._left]
            self._left -= len(octets)
            if self._left and last:
                raise ProtocolError(f"data end {self._left} octets before their value")
        return octets


def _read_beginning(octets: bytes) -> tuple[int, int | None, bytes]:
    """The context, the length of the value if it is definite, and as much of it as is there."""
    at = 0
    for wanted in (_USER_DATA, _PDV_LIST):
        identifier, _, at = ber.header(octets, at)
        if identifier != wanted:
            raise ProtocolError(f"BER tag 0x{identifier.hex()} where 0x{wanted.hex()} must be")
    identifier, length, at = ber.header(octets, at)
    if identifier == _OBJECT_IDENTIFIER:  # the transfer syntax
        identifier, length, at = ber.header(octets, at + (length or 0))
    if identifier != _INTEGER or length != 1:
        raise ProtocolError("no presentation context before long data")
    identifier, length, start = ber.header(octets, at + 1)
    if identifier not in (_SINGLE_ASN1_TYPE, _OCTET_ALIGNED):
        raise ProtocolError(f"BER tag 0x{identifier.hex()} where a long value must be")
    return octets[at], length, octets[start:]
