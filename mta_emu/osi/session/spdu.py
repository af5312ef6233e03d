"""Session protocol data units, X.225 clause 8: the octets of an SPDU and back.

Parameters are kept by their parameter identifier; the groups that only hold other parameters
(connection identifier, connect/accept item, linking information) are opened on the way in and
closed on the way out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum

from mta_emu.osi.errors import ProtocolError

_EXTENDED_LENGTH = 0xFF
_MAX_LENGTH = 0xFFFF


class Pi(IntEnum):
    """Parameter identifiers, and the groups whose value is one parameter (X.225 Annex C)."""

    CALLED_REFERENCE = 9
    CALLING_REFERENCE = 10
    COMMON_REFERENCE = 11
    ADDITIONAL_REFERENCE = 12
    SYNC_TYPE = 15
    TOKEN_ITEM = 16
    TRANSPORT_DISCONNECT = 17
    PROTOCOL_OPTIONS = 19
    USER_REQUIREMENTS = 20
    TSDU_MAXIMUM_SIZE = 21
    VERSION_NUMBER = 22
    INITIAL_SERIAL_NUMBER = 23
    ENCLOSURE = 25
    TOKEN_SETTING = 26
    ACTIVITY_IDENTIFIER = 41
    SERIAL_NUMBER = 42
    REFLECT = 49
    REASON = 50
    CALLING_SELECTOR = 51
    CALLED_SELECTOR = 52
    DATA_OVERFLOW = 60
    USER_DATA = 193
    EXTENDED_USER_DATA = 194
    #: The activity identifier (41) inside the linking information (33): not the new activity's.
    OLD_ACTIVITY_IDENTIFIER = 33 << 8 | 41


class Spdu(Enum):
    """SPDU types: (SI value, category). The category decides what an SI octet means."""

    GT = (1, 0)
    PT = (2, 0)
    FN = (9, 1)
    DN = (10, 1)
    RF = (12, 1)
    CN = (13, 1)
    AC = (14, 1)
    GTC = (21, 1)
    GTA = (22, 1)
    AB = (25, 1)
    AA = (26, 1)
    ER = (0, 2)
    DT = (1, 2)
    AI = (25, 2)
    AIA = (26, 2)
    AR = (29, 2)
    AS = (45, 2)
    AE = (41, 2)
    AEA = (42, 2)
    ED = (48, 2)
    MIP = (49, 2)
    MIA = (50, 2)
    AD = (57, 2)
    ADA = (58, 2)

    @property
    def category(self) -> int:
        """0: may precede others; 1: alone in its TSDU; 2: follows one of category 0."""
        return self.value[1]


_BY_SI = {
    category: {spdu.value[0]: spdu for spdu in Spdu if spdu.category == category}
    for category in (0, 1, 2)
}

_IDENTIFIER, _CONNECT_ITEM, _LINKING = 1, 5, 33
_GROUPS = {_IDENTIFIER, _CONNECT_ITEM, _LINKING}
_CONNECT_PARAMETERS = (
    Pi.PROTOCOL_OPTIONS,
    Pi.TSDU_MAXIMUM_SIZE,
    Pi.VERSION_NUMBER,
    Pi.INITIAL_SERIAL_NUMBER,
    Pi.TOKEN_SETTING,
)
_REFERENCES = (Pi.COMMON_REFERENCE, Pi.ADDITIONAL_REFERENCE)
_SELECTORS = (Pi.CALLING_SELECTOR, Pi.CALLED_SELECTOR)

#: The order of the parameters in each SPDU, (group, members) for groups (X.225 tables 10 to 41).
_Layout = tuple[int | tuple[int, tuple[int, ...]], ...]
_LAYOUT: dict[Spdu, _Layout] = {
    Spdu.CN: (
        (_IDENTIFIER, (Pi.CALLING_REFERENCE, *_REFERENCES)),
        (_CONNECT_ITEM, _CONNECT_PARAMETERS),
        Pi.USER_REQUIREMENTS,
        *_SELECTORS,
        Pi.DATA_OVERFLOW,
        Pi.USER_DATA,
        Pi.EXTENDED_USER_DATA,
    ),
    Spdu.AC: (
        (_IDENTIFIER, (Pi.CALLED_REFERENCE, *_REFERENCES)),
        (_CONNECT_ITEM, _CONNECT_PARAMETERS),
        Pi.TOKEN_ITEM,
        Pi.USER_REQUIREMENTS,
        Pi.ENCLOSURE,
        *_SELECTORS,
        Pi.USER_DATA,
    ),
    Spdu.RF: (
        (_IDENTIFIER, (Pi.CALLED_REFERENCE, *_REFERENCES)),
        Pi.TRANSPORT_DISCONNECT,
        Pi.USER_REQUIREMENTS,
        Pi.VERSION_NUMBER,
        Pi.ENCLOSURE,
        Pi.REASON,
    ),
    Spdu.FN: (Pi.TRANSPORT_DISCONNECT, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.DN: (Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.AB: (Pi.TRANSPORT_DISCONNECT, Pi.REFLECT, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.DT: (Pi.ENCLOSURE,),
    Spdu.GT: (Pi.TOKEN_ITEM,),
    Spdu.PT: (Pi.TOKEN_ITEM, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.MIP: (Pi.SYNC_TYPE, Pi.SERIAL_NUMBER, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.MIA: (Pi.SERIAL_NUMBER, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.AS: (Pi.ACTIVITY_IDENTIFIER, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.AR: (
        (
            _LINKING,
            (
                Pi.CALLED_REFERENCE,
                Pi.CALLING_REFERENCE,
                *_REFERENCES,
                Pi.OLD_ACTIVITY_IDENTIFIER,
                Pi.SERIAL_NUMBER,
            ),
        ),
        Pi.ACTIVITY_IDENTIFIER,
        Pi.ENCLOSURE,
        Pi.USER_DATA,
    ),
    Spdu.AI: (Pi.REASON,),
    Spdu.AD: (Pi.REASON,),
    Spdu.AE: (Pi.SERIAL_NUMBER, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.AEA: (Pi.SERIAL_NUMBER, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.ED: (Pi.REASON, Pi.ENCLOSURE, Pi.USER_DATA),
    Spdu.ER: (Pi.REFLECT,),
}


@dataclass(frozen=True)
class Unit:
    """One SPDU: its type, its parameters, and the user information of a DT."""

    spdu: Spdu
    parameters: Mapping[int, bytes] = field(default_factory=dict)
    user_information: bytes = b""

    def get(self, pi: Pi, default: bytes = b"") -> bytes:
        """The value of a parameter, or `default` when it is absent."""
        return self.parameters.get(pi, default)


def encode(unit: Unit) -> bytes:
    """The octets of one SPDU. Raises ValueError when a parameter is too long for its field."""
    values = unit.parameters
    octets = bytearray()
    for item in _LAYOUT.get(unit.spdu, ()):
        if isinstance(item, tuple):
            group, members = item
            inner = b"".join(_item(pi, values[pi]) for pi in members if pi in values)
            octets += _item(group, inner) if inner else b""
        elif item in values:
            octets += _item(item, values[item])
    return _item(unit.spdu.value[0], bytes(octets)) + unit.user_information


def encode_tsdu(unit: Unit) -> bytes:
    """A TSDU with one SPDU, basic concatenation (X.225 6.3.7): category 2 follows GT or PT."""
    if unit.spdu.category < 2:
        return encode(unit)
    prefix = Spdu.PT if unit.spdu in _AFTER_PLEASE else Spdu.GT
    return _item(prefix.value[0], b"") + encode(unit)


#: Category 2 SPDUs sent by the side that does not own the tokens: they follow PT, not GT.
_AFTER_PLEASE = {Spdu.MIA, Spdu.AEA, Spdu.AIA, Spdu.ADA, Spdu.ED, Spdu.ER}


def decode_tsdu(octets: bytes) -> list[Unit]:
    """The SPDUs of a TSDU, basic or extended concatenation (X.225 6.3.7).

    A GT or PT that only introduces others and moves no token is left out. Raises ProtocolError.
    """
    units: list[Unit] = []
    at = 0
    while at < len(octets):
        category = 2 if at else 0 if octets[0] in _BY_SI[0] else 1
        spdu = _BY_SI[category].get(octets[at])
        if spdu is None:
            raise ProtocolError(f"SPDU identifier {octets[at]}: not one that is in use here")
        start, end = _length(octets, at + 1)
        parameters = dict(_parameters(octets[start:end]))
        at = end
        if spdu is Spdu.DT:
            units.append(Unit(spdu, parameters, octets[at:]))
            break
        if category == 1 and at < len(octets):
            raise ProtocolError(f"{spdu.name} is followed by {len(octets) - at} octets")
        units.append(Unit(spdu, parameters))
    if not units:
        raise ProtocolError("a TSDU without an SPDU")
    return [unit for unit in units if unit.spdu.category or unit.parameters] or units[:1]


def _item(code: int, value: bytes) -> bytes:
    if len(value) < _EXTENDED_LENGTH:
        return bytes((code & 0xFF, len(value))) + value
    if len(value) > _MAX_LENGTH:
        raise ValueError(f"session parameter {code}: {len(value)} octets, at most {_MAX_LENGTH}")
    return bytes((code & 0xFF, _EXTENDED_LENGTH)) + len(value).to_bytes(2, "big") + value


def _length(octets: bytes, at: int) -> tuple[int, int]:
    """Where the value begins and ends whose length indicator stands at `at` (X.225 8.2.5)."""
    if at < len(octets) and octets[at] < _EXTENDED_LENGTH:
        start, length = at + 1, octets[at]
    elif at + 2 < len(octets):
        start, length = at + 3, int.from_bytes(octets[at + 1 : at + 3], "big")
    else:
        raise ProtocolError("a session length indicator is cut off")
    if start + length > len(octets):
        raise ProtocolError(f"a session length of {length} octets, {len(octets) - start} are there")
    return start, start + length


def _parameters(octets: bytes, group: int = 0) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(octets):
        start, end = _length(octets, at + 1)
        code = octets[at]
        if code in _GROUPS and not group:
            yield from _parameters(octets[start:end], code)
        elif (group, code) == (_LINKING, Pi.ACTIVITY_IDENTIFIER):
            yield Pi.OLD_ACTIVITY_IDENTIFIER, octets[start:end]
        else:
            yield code, octets[start:end]
        at = end
