"""Extended body parts (X.420 7.3.12): what they are is an object identifier, in an EXTERNAL."""

from typing import NamedTuple

from mta_emu.mts import pieces
from mta_emu.mts.asn1 import MTS
from mta_emu.mts.pieces import Pieces
from mta_emu.mts.values import Value, Values
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.remembered import remembered

EXTERNAL = b"\x28"
_EXTENDED, _PARAMETERS = b"\xaf", b"\xa0"
_OBJECT_IDENTIFIER = b"\x06"
_SINGLE_TYPE, _BIT_STRING = b"\xa0", b"\x82"
#: How the value in an EXTERNAL may be encoded: as one ASN.1 type, as octets, or as bits.
_ENCODINGS = (_SINGLE_TYPE, b"\x81", b"\xa1", _BIT_STRING, b"\xa2")


class External(NamedTuple):
    """An EXTERNAL: the object identifier of its type, "" without one, and its value."""

    identifier: str
    outer: Value

    def encoding(self, values: Values) -> Value:
        """The value, of one ASN.1 type. Raises ProtocolError."""
        if self.outer.identifier != _SINGLE_TYPE:
            return self.outer
        found = next(values.inside(self.outer), None)
        if found is None:
            raise ProtocolError("an EXTERNAL without a value")
        return found

    def string(self, values: Values) -> Value:
        """The value as a string of octets, however it is encoded. Raises ProtocolError."""
        if self.outer.identifier == _BIT_STRING:  # its first octet counts unused bits
            return self.outer._replace(start=min(self.outer.start + 1, self.outer.stop))
        return self.encoding(values)


class Extended(NamedTuple):
    """An extended body part."""

    data: External
    parameters: External | None


@decoder
def read(values: Values, value: Value) -> External:
    """Read an EXTERNAL, under whatever tag. Raises ProtocolError."""
    name, found = "", None
    for each in values.inside(value):
        if each.identifier == _OBJECT_IDENTIFIER:
            name = identifier(values, each)
        elif each.identifier in _ENCODINGS:
            found = each
    if found is None:
        raise ProtocolError("an EXTERNAL without a value")
    return External(name, found)


@decoder
def identifier(values: Values, value: Value) -> str:
    """An object identifier with whatever tag, as numbers with dots. Raises ProtocolError."""
    return _numbers(values.read(value.contents))


@remembered
def _numbers(contents: bytes) -> str:
    return str(MTS.decode("ObjectIdentifier", ber.tlv(_OBJECT_IDENTIFIER, contents)))


@decoder
def read_extended(values: Values, part: Value) -> Extended:
    """Read an extended body part. Raises ProtocolError."""
    data = parameters = None
    for each in values.inside(part):
        if each.identifier == EXTERNAL:
            data = read(values, each)
        elif each.identifier == _PARAMETERS:
            parameters = read(values, each)
    if data is None:
        raise ProtocolError("an extended body part without data")
    return Extended(data, parameters)


def extended(type_: str, data: Pieces, parameters: tuple[str, bytes] | None = None) -> Pieces:
    """The BER of an extended body part, by the object identifiers of its data and parameters."""
    before: Pieces = ()
    if parameters:
        before = pieces.tlv(_PARAMETERS, *_external(parameters[0], (parameters[1],)))
    return pieces.tlv(_EXTENDED, *before, *pieces.tlv(EXTERNAL, *_external(type_, data)))


def _external(type_: str, value: Pieces) -> Pieces:
    """The contents of an EXTERNAL of one ASN.1 type."""
    return (MTS.encode("ObjectIdentifier", type_), *pieces.tlv(_SINGLE_TYPE, *value))
