"""SSDUs in pieces: cut when the TSDU maximum size asks for it, joined on receipt (X.225 7.37)."""

from collections.abc import Iterator

from mta_emu.osi.errors import ProtocolError
from mta_emu.osi.session.primitives import Part
from mta_emu.osi.session.spdu import MAX_LENGTH, Pi, Spdu, Unit, encode_tsdu

_MAX_TSDU = MAX_LENGTH + 4  # what an SPDU with the longest length indicator takes
_SHORT = MAX_LENGTH - 1024  # octets of user data that fit one, whatever parameters it has
_ROOM_FOR_LENGTHS = 6  # the user data's identifier and length, the SPDU's longer length

#: In protocol version 1 too (X.225 7.11, 7.13).
_IN_ANY_VERSION = {Spdu.DT, Spdu.TD}
#: May come between the pieces of another SPDU, which it leaves alone (X.225 7.37) ...
_BETWEEN = {Spdu.PT}
#: ... or ends for good.
_PURGING = {Spdu.AB, Spdu.ER, Spdu.ED, Spdu.AI, Spdu.AD}


def cut(unit: Unit, max_tsdu: int) -> Iterator[Unit]:
    """The SPDUs that a unit takes when its TSDUs may be `max_tsdu` octets long (0: any length).

    The first has all parameters, the others what every one has: the enclosure item, and in a
    REFUSE the reason. DT and TD have an enclosure item wherever there is a maximum; a CONNECT
    DATA OVERFLOW always, and never the beginning, which was the CONNECT.
    """
    by_information = unit.spdu in _IN_ANY_VERSION
    if by_information and not max_tsdu:
        yield unit
        return
    if not max_tsdu and len(unit.user_data) <= _SHORT and unit.spdu is not Spdu.CDO:
        yield unit
        return
    limit = max_tsdu or _MAX_TSDU
    if not by_information and unit.spdu is not Spdu.CDO and _length(unit) <= limit:
        yield unit
        return
    data, parameters = unit.user_data, dict(unit.parameters)
    enclosure = Part.MIDDLE if unit.spdu is Spdu.CDO else unit.part & Part.BEGINNING
    at = 0
    while True:
        piece = Unit(unit.spdu, {**parameters, Pi.ENCLOSURE: bytes((enclosure,))})
        end = at + max(1, limit - _length(piece))
        last = end >= len(data)
        if last:
            enclosure |= unit.part & Part.END
        yield Unit(unit.spdu, {**parameters, Pi.ENCLOSURE: bytes((enclosure,))}, data[at:end])
        if last:
            return
        at, enclosure = end, Part.MIDDLE
        parameters = {pi: value for pi, value in parameters.items() if pi == Pi.REASON}


def _length(unit: Unit) -> int:
    """How long the TSDU that a unit takes is at most."""
    without = len(encode_tsdu(unit._replace(user_data=b"")))
    lengths = 0 if unit.spdu in _IN_ANY_VERSION else _ROOM_FOR_LENGTHS
    return without + lengths + len(unit.user_data)


def ends(unit: Unit) -> bool:
    """Whether an SPDU has the end of its SSDU."""
    return Part.END in _enclosure(unit)


class Joiner:
    """Joins the pieces of one SSDU; holds at most `limit` octets.

    Data that are longer are handed out in parts, anything else is an error.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._first: Unit | None = None
        self._data = bytearray()
        self._part = Part.BEGINNING  # that the next one to be handed out is

    def passes(self, unit: Unit) -> bool:
        """Whether an SPDU is whole, and comes between no pieces: there is nothing to join."""
        return self._first is None and Pi.ENCLOSURE not in unit.parameters

    def add(self, unit: Unit, segmented: bool) -> Unit | None:
        """Take an SPDU: it, or the whole or the part that it completes, or None.

        `segmented` says whether one of its kind may be a piece on this connection. Raises
        ProtocolError when it is and must not, or does not fit what came before.
        """
        enclosure = _enclosure(unit)
        if self._first and unit.spdu is not self._first.spdu:
            if unit.spdu in _PURGING:
                self._clear()
            elif unit.spdu not in _BETWEEN or enclosure is not Part.WHOLE:
                name = self._first.spdu.name
                raise ProtocolError(f"{unit.spdu.name} where the rest of a {name} must be")
            else:
                return unit
        if enclosure is Part.WHOLE and not self._first:
            return unit
        if not segmented:
            raise ProtocolError(f"{unit.spdu.name} is a segment: none was negotiated")
        if (Part.BEGINNING in enclosure) is (self._first is not None):
            what = "begins twice" if self._first else "has no beginning"
            raise ProtocolError(f"a segmented {unit.spdu.name} {what}")
        self._first = self._first or unit
        self._data += unit.user_data
        too_long = len(self._data) > self._limit
        if too_long and unit.spdu is not Spdu.DT:
            raise ProtocolError(f"an SSDU is longer than {self._limit} octets")
        if not (Part.END in enclosure or too_long):
            return None
        part = self._part | enclosure & Part.END
        joined = Unit(unit.spdu, _without_enclosure(self._first), bytes(self._data), part)
        self._data.clear()
        self._part = Part.MIDDLE
        if Part.END in enclosure:
            self._clear()
        return joined

    def _clear(self) -> None:
        self._first = None
        self._data.clear()
        self._part = Part.BEGINNING


def _enclosure(unit: Unit) -> Part:
    return Part(unit.octet(Pi.ENCLOSURE, Part.WHOLE)) & Part.WHOLE


def _without_enclosure(unit: Unit) -> dict[int, bytes]:
    return {pi: value for pi, value in unit.parameters.items() if pi != Pi.ENCLOSURE}
