"""Session protocol data units, X.225 clause 8: the octets of an SPDU and back.

Groups (connection identifier, connect/accept item, linking information) are opened on the way in
and closed on the way out. Wherever an SPDU has its user data, here it is `Unit.user_data`.
"""

from collections.abc import Iterator, Mapping
from enum import Enum, IntEnum
from types import MappingProxyType
from typing import NamedTuple

from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.session.primitives import Part

_EXTENDED_LENGTH = 0xFF
MAX_LENGTH = 0xFFFF  # of a value, by its length indicator (X.225 8.2.5)
MAX_USER_DATA = 512  # in the user data of a CONNECT; more takes the extended one
MAX_EXTENDED_USER_DATA = 10240
_MAX_UNITS = 16  # SPDUs in a TSDU: extended concatenation has no use for as many (X.225 table 9)


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
    PREPARE_TYPE = 24
    ENCLOSURE = 25
    TOKEN_SETTING = 26
    RESYNC_TYPE = 27
    ACTIVITY_IDENTIFIER = 41
    SERIAL_NUMBER = 42
    SYNC_ACK_USER_DATA = 46
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
    """SPDU types: (SI value, category). The category decides what an SI octet means.

    A category of 0 may precede others, 1 is alone in its TSDU, 2 follows one of category 0. A major
    synchronization point and its acknowledgement have the octets of AE and AEA.
    """

    def __init__(self, si: int, category: int) -> None:
        self.si, self.category = si, category

    __hash__ = object.__hash__  # as good as Enum's, and not a call: every look-up has one

    GT = (1, 0)
    PT = (2, 0)
    EX = (5, 1)
    PR = (7, 1)
    NF = (8, 1)
    FN = (9, 1)
    DN = (10, 1)
    RF = (12, 1)
    CN = (13, 1)
    AC = (14, 1)
    CDO = (15, 1)
    OA = (16, 1)
    GTC = (21, 1)
    GTA = (22, 1)
    AB = (25, 1)
    AA = (26, 1)
    TD = (33, 1)
    ER = (0, 2)
    DT = (1, 2)
    AI = (25, 2)
    AIA = (26, 2)
    AR = (29, 2)
    RA = (34, 2)
    AE = (41, 2)
    AEA = (42, 2)
    AS = (45, 2)
    ED = (48, 2)
    MIP = (49, 2)
    MIA = (50, 2)
    RS = (53, 2)
    AD = (57, 2)
    ADA = (58, 2)
    CD = (61, 2)
    CDA = (62, 2)


_BY_SI = {
    category: {spdu.si: spdu for spdu in Spdu if spdu.category == category}
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
_DATA = (Pi.ENCLOSURE, Pi.USER_DATA)

#: The order of the parameters in each SPDU, (group, members) for groups (X.225 8.3, its tables).
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
    Spdu.OA: (Pi.TSDU_MAXIMUM_SIZE, Pi.VERSION_NUMBER),
    Spdu.CDO: _DATA,
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
    Spdu.FN: (Pi.TRANSPORT_DISCONNECT, *_DATA),
    Spdu.DN: _DATA,
    Spdu.NF: _DATA,
    Spdu.AB: (Pi.TRANSPORT_DISCONNECT, Pi.REFLECT, *_DATA),
    Spdu.DT: (Pi.ENCLOSURE,),
    Spdu.TD: (Pi.ENCLOSURE,),
    Spdu.CD: _DATA,
    Spdu.CDA: _DATA,
    Spdu.GT: (Pi.TOKEN_ITEM, *_DATA),
    Spdu.PT: (Pi.TOKEN_ITEM, *_DATA),
    Spdu.GTC: _DATA,
    Spdu.MIP: (Pi.SYNC_TYPE, Pi.SERIAL_NUMBER, *_DATA),
    Spdu.MIA: (Pi.SERIAL_NUMBER, Pi.ENCLOSURE, Pi.SYNC_ACK_USER_DATA),
    Spdu.RS: (Pi.TOKEN_SETTING, Pi.RESYNC_TYPE, Pi.SERIAL_NUMBER, *_DATA),
    Spdu.RA: (Pi.TOKEN_SETTING, Pi.SERIAL_NUMBER, *_DATA),
    Spdu.PR: (Pi.PREPARE_TYPE,),
    Spdu.ER: (Pi.REFLECT,),
    Spdu.ED: (Pi.REASON, *_DATA),
    Spdu.AS: (Pi.ACTIVITY_IDENTIFIER, *_DATA),
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
        *_DATA,
    ),
    Spdu.AI: (Pi.REASON, *_DATA),
    Spdu.AIA: _DATA,
    Spdu.AD: (Pi.REASON, *_DATA),
    Spdu.ADA: _DATA,
    Spdu.AE: (Pi.SYNC_TYPE, Pi.SERIAL_NUMBER, *_DATA),
    Spdu.AEA: (Pi.SERIAL_NUMBER, *_DATA),
}

#: How long a value may be, where its length is not only bounded by the SPDU's (X.225 8.3).
_MAX_LENGTHS: dict[int, int] = {
    Pi.CALLED_REFERENCE: 64,
    Pi.CALLING_REFERENCE: 64,
    Pi.COMMON_REFERENCE: 64,
    Pi.ADDITIONAL_REFERENCE: 4,
    Pi.SYNC_TYPE: 1,
    Pi.TOKEN_ITEM: 1,
    Pi.TRANSPORT_DISCONNECT: 1,
    Pi.PROTOCOL_OPTIONS: 1,
    Pi.USER_REQUIREMENTS: 2,
    Pi.TSDU_MAXIMUM_SIZE: 4,
    Pi.VERSION_NUMBER: 1,
    Pi.INITIAL_SERIAL_NUMBER: 6,
    Pi.PREPARE_TYPE: 1,
    Pi.ENCLOSURE: 1,
    Pi.TOKEN_SETTING: 1,
    Pi.RESYNC_TYPE: 1,
    Pi.ACTIVITY_IDENTIFIER: 6,
    Pi.OLD_ACTIVITY_IDENTIFIER: 6,
    Pi.SERIAL_NUMBER: 6,
    Pi.CALLING_SELECTOR: 16,
    Pi.CALLED_SELECTOR: 16,
    Pi.DATA_OVERFLOW: 1,
    Pi.EXTENDED_USER_DATA: MAX_EXTENDED_USER_DATA,
}

#: SPDUs whose user data follows the parameters as user information.
_WITH_INFORMATION = {Spdu.DT, Spdu.TD, Spdu.EX}
#: Where the others have theirs, when it is not in the user data parameter: in a REFUSE behind
#: the reason octet (X.225 8.3.5.10).
_DATA_PARAMETER = {Spdu.MIA: Pi.SYNC_ACK_USER_DATA, Spdu.RF: Pi.REASON}
_DATA_PARAMETERS = (Pi.USER_DATA, Pi.EXTENDED_USER_DATA, Pi.SYNC_ACK_USER_DATA)


class Unit(NamedTuple):
    """One SPDU: its type, its parameters without the user data, and the user data.

    `part` is which part of the whole the user data is, where nobody keeps the whole.
    """

    spdu: Spdu
    parameters: Mapping[int, bytes] = MappingProxyType({})
    user_data: bytes = b""
    part: Part = Part.WHOLE

    def get(self, pi: Pi, default: bytes = b"") -> bytes:
        """The value of a parameter, or `default` when it is absent or of length zero."""
        return self.parameters.get(pi) or default

    def octet(self, pi: Pi, default: int = 0) -> int:
        """The value of a parameter of one octet."""
        return self.get(pi, bytes((default,)))[0]


def encode(unit: Unit) -> bytes:
    """The octets of one SPDU. Raises ValueError when a value is too long for its parameter."""
    values = dict(unit.parameters)
    information = b""
    if unit.spdu in _WITH_INFORMATION:
        information = unit.user_data
    elif unit.user_data:
        pi = _DATA_PARAMETER.get(unit.spdu, Pi.USER_DATA)
        if unit.spdu is Spdu.CN and len(unit.user_data) > MAX_USER_DATA:
            pi = Pi.EXTENDED_USER_DATA
        values[pi] = values.get(pi, b"") + unit.user_data
    octets = b""
    for item in _LAYOUT.get(unit.spdu, ()) if values else ():
        if isinstance(item, tuple):
            group, members = item
            inner = b"".join(_parameter(pi, values[pi]) for pi in members if pi in values)
            octets += _item(group, inner) if inner else b""
        elif item in values:
            octets += _parameter(item, values[item])
    return _item(unit.spdu.si, octets) + information


def encode_tsdu(unit: Unit) -> bytes:
    """A TSDU with one SPDU, basic concatenation (X.225 6.3.7): category 2 follows GT or PT."""
    return _BEFORE[unit.spdu] + encode(unit)


#: Category 2 SPDUs sent by the side that does not own the tokens: they follow PT, not GT.
_AFTER_PLEASE = {
    Spdu.MIA, Spdu.AEA, Spdu.AIA, Spdu.ADA, Spdu.ED, Spdu.ER, Spdu.RA, Spdu.CDA,
}  # fmt: skip
#: What each SPDU follows in its TSDU: nothing, or a GT or PT without parameters.
_BEFORE = {
    spdu: bytes(((Spdu.PT if spdu in _AFTER_PLEASE else Spdu.GT).si, 0))
    if spdu.category == 2
    else b""
    for spdu in Spdu
}


@decoder
def decode_tsdu(octets: bytes) -> list[Unit]:
    """The SPDUs of a TSDU, basic or extended concatenation, as they are to be processed.

    That is as they lie, but a GT or PT that others follow comes after them: who gives a token away
    with its last data still had it for them (X.225 6.3.7). One that moves no token is left out.
    Raises ProtocolError.
    """
    units: list[Unit] = []
    at = 0
    while at < len(octets):
        category = 2 if at else 0 if octets[0] in _BY_SI[0] else 1
        spdu = _BY_SI[category].get(octets[at])
        if spdu is None:
            raise ProtocolError(f"SPDU identifier {octets[at]}: none of category {category}")
        if len(units) == _MAX_UNITS:
            raise ProtocolError(f"more than {_MAX_UNITS} SPDUs in a TSDU")
        start, at = _length(octets, at + 1)
        parameters = _collect(spdu, octets[start:at]) if start < at else {}
        if spdu in _WITH_INFORMATION:
            units.append(Unit(spdu, parameters, octets[at:]))
            break
        units.append(_with_data(spdu, parameters))
        if spdu.category == 1 and at < len(octets):
            raise ProtocolError(f"{spdu.name} is followed by {len(octets) - at} octets")
    if not units:
        raise ProtocolError("a TSDU without an SPDU")
    first, *others = units
    if not others:
        if first.spdu.category == 0 and not first.get(Pi.TOKEN_ITEM):
            raise ProtocolError(f"{first.spdu.name} without a token item, and no other SPDU")
        return units
    return [*others, first] if first.get(Pi.TOKEN_ITEM) else others


def _parameter(code: int, value: bytes) -> bytes:
    limit = _MAX_LENGTHS.get(code, MAX_LENGTH)
    if len(value) > limit:
        raise ValueError(f"session parameter {_name(code)}: {len(value)} octets, at most {limit}")
    return _item(code, value)


def _item(code: int, value: bytes) -> bytes:
    """An SPDU, a group or a parameter: identifier, length indicator, value (X.225 8.2)."""
    if len(value) < _EXTENDED_LENGTH:
        return bytes((code & 0xFF, len(value))) + value
    if len(value) > MAX_LENGTH:
        raise ValueError(f"{len(value)} octets in an SPDU: at most {MAX_LENGTH}")
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


def _collect(spdu: Spdu, octets: bytes) -> dict[int, bytes]:
    """The parameters of an SPDU, each once and no longer than it may be."""
    found: dict[int, bytes] = {}
    for code, value in _parameters(octets):
        if code in found:
            raise ProtocolError(f"{spdu.name}: parameter {_name(code)} comes twice")
        limit = _MAX_LENGTHS.get(code, MAX_LENGTH)
        if spdu is Spdu.CN and code == Pi.USER_DATA:
            limit = MAX_USER_DATA
        if len(value) > limit:
            raise ProtocolError(
                f"{spdu.name}: parameter {_name(code)} of {len(value)} octets, at most {limit}"
            )
        found[code] = value
    return found


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


def _with_data(spdu: Spdu, parameters: dict[int, bytes]) -> Unit:
    """A unit with its user data taken out of the parameter that holds it."""
    if spdu is Spdu.RF:
        reason = parameters.get(Pi.REASON, b"")
        return Unit(
            spdu, {**parameters, Pi.REASON: reason[:1]} if reason else parameters, reason[1:]
        )
    if not parameters:
        return Unit(spdu, parameters)
    holders = [pi for pi in _DATA_PARAMETERS if parameters.get(pi)]
    if len(holders) > 1:
        raise ProtocolError(f"{spdu.name}: user data in two parameters")
    return Unit(spdu, parameters, parameters.pop(holders[0]) if holders else b"")


def _name(code: int) -> str:
    return Pi(code).name if code in Pi.__members__.values() else str(code)
