"""Which SPDU carries which service primitive, and its parameters (X.225 clause 7).

The primitives of connection establishment take a negotiation and are in establishment.py.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    SActivityDiscard,
    SActivityDiscardAck,
    SActivityEnd,
    SActivityEndAck,
    SActivityInterrupt,
    SActivityInterruptAck,
    SActivityResume,
    SActivityStart,
    SControlGive,
    SData,
    SessionPrimitive,
    SPAbort,
    SPExceptionReport,
    SRelease,
    SReleaseAccept,
    SSyncMinor,
    SSyncMinorAck,
    STokenGive,
    STokenPlease,
    STypedData,
    SUAbort,
    SUExceptionReport,
    Token,
)
from mta_emu.osi.session.spdu import Pi, Spdu, Unit

# The transport disconnect parameter (X.225 8.3.5, 8.3.9): the transport connection is not
# kept, and in an ABORT why there is one.
RELEASED = 0x01
USER_ABORT, PROTOCOL_ERROR, NO_REASON, IMPLEMENTATION_RESTRICTION = 0x02, 0x04, 0x08, 0x10
_CAUSES = {
    PROTOCOL_ERROR: "a protocol error",
    NO_REASON: "no reason",
    IMPLEMENTATION_RESTRICTION: "an implementation restriction",
}
_MAX_REFLECTED = 9  # octets (X.225 8.3.9)
_NOT_EXPLICIT = 0x01  # the sync type item: a confirmation is not asked for (X.225 8.3.20)
_NOT_ENDED = 0x01  # and of a MAJOR SYNC POINT, which is an ACTIVITY END without (X.225 8.3.22)


class _Parameter(NamedTuple):
    """A field of a primitive, the parameter that carries it, and how."""

    field: str
    pi: Pi
    write: Callable[[Any], bytes]
    read: Callable[[bytes], Any]


def _octet(value: int) -> bytes:
    return bytes((value,)) if value else b""


def _digits(number: int) -> bytes:
    return str(number).encode()


def read_serial_number(value: bytes) -> int:
    """A serial number, up to six digits (X.225 8.3.20). Raises ProtocolError."""
    if not (0 < len(value) <= 6 and value.isdigit()):
        raise ProtocolError(f"serial number 0x{value.hex()}: must be 1 to 6 digits")
    return int(value)


def _mandatory(value: bytes) -> bytes:
    if not value:
        raise ProtocolError("an activity identifier is missing")
    return value


_TOKENS = _Parameter(
    "tokens", Pi.TOKEN_ITEM, _octet, lambda value: Token(int.from_bytes(value, "big") & 0x55)
)
_SERIAL = _Parameter("serial_number", Pi.SERIAL_NUMBER, _digits, read_serial_number)
_REASON = _Parameter(
    "reason", Pi.REASON, lambda reason: bytes((reason,)), lambda value: value[0] if value else 0
)
_ACTIVITY = _Parameter("activity_identifier", Pi.ACTIVITY_IDENTIFIER, bytes, _mandatory)
_OLD_ACTIVITY = _Parameter("old_activity_identifier", Pi.OLD_ACTIVITY_IDENTIFIER, bytes, _mandatory)
_OLD_CALLED = _Parameter("old_called_reference", Pi.CALLED_REFERENCE, bytes, bytes)
_EXPLICIT = _Parameter(
    "explicit_confirmation",
    Pi.SYNC_TYPE,
    lambda explicit: _octet(0 if explicit else _NOT_EXPLICIT),
    lambda value: not int.from_bytes(value, "big") & _NOT_EXPLICIT,
)
_REFLECTED = _Parameter("reflected", Pi.REFLECT, bytes, bytes)

#: Primitive, SPDU, the parameters besides the user data.
_MAPPING: tuple[tuple[type[SessionPrimitive], Spdu, tuple[_Parameter, ...]], ...] = (
    (STypedData, Spdu.TD, ()),
    (STokenPlease, Spdu.PT, (_TOKENS,)),
    (STokenGive, Spdu.GT, (_TOKENS,)),
    (SControlGive, Spdu.GTC, ()),
    (SSyncMinor, Spdu.MIP, (_EXPLICIT, _SERIAL)),
    (SSyncMinorAck, Spdu.MIA, (_SERIAL,)),
    (SUExceptionReport, Spdu.ED, (_REASON,)),
    (SPExceptionReport, Spdu.ER, (_REFLECTED,)),
    (SActivityStart, Spdu.AS, (_ACTIVITY,)),
    (SActivityResume, Spdu.AR, (_OLD_CALLED, _OLD_ACTIVITY, _SERIAL, _ACTIVITY)),
    (SActivityInterrupt, Spdu.AI, (_REASON,)),
    (SActivityInterruptAck, Spdu.AIA, ()),
    (SActivityDiscard, Spdu.AD, (_REASON,)),
    (SActivityDiscardAck, Spdu.ADA, ()),
    (SActivityEnd, Spdu.AE, (_SERIAL,)),
    (SActivityEndAck, Spdu.AEA, (_SERIAL,)),
    (SRelease, Spdu.FN, ()),
    (SReleaseAccept, Spdu.DN, ()),
)
_BY_PRIMITIVE = {primitive: (spdu, parameters) for primitive, spdu, parameters in _MAPPING}
_BY_SPDU = {spdu: (primitive, parameters) for primitive, spdu, parameters in _MAPPING}
#: SPDUs that carry no primitive of a functional unit in use.
_ALONE = {Spdu.GTA, Spdu.AA, Spdu.EX, Spdu.PR, Spdu.NF, Spdu.RS, Spdu.RA, Spdu.CD, Spdu.CDA}


def to_unit(primitive: Any) -> Unit:
    """The SPDU that carries a request or response."""
    if isinstance(primitive, SUAbort):
        cause = _octet(RELEASED | USER_ABORT)
        return Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: cause}, primitive.user_data)
    if isinstance(primitive, SData):
        return Unit(Spdu.DT, {}, primitive.user_data, primitive.part)
    spdu, parameters = _BY_PRIMITIVE[type(primitive)]
    values: dict[int, bytes] = {
        pi: write(getattr(primitive, field)) for field, pi, write, _ in parameters
    }
    if isinstance(primitive, SRelease):
        values[Pi.TRANSPORT_DISCONNECT] = _octet(RELEASED)
    if isinstance(primitive, SActivityResume) and primitive.old_connection:
        values |= identifier_parameters(primitive.old_connection, Pi.CALLING_REFERENCE)
    present = {pi: value for pi, value in values.items() if value}
    return Unit(spdu, present, getattr(primitive, "user_data", b""))


@decoder
def to_primitive(unit: Unit) -> Any:
    """The primitive that an SPDU indicates or confirms, the SPDU itself when there is none.

    Raises ProtocolError when a parameter is missing or wrong.
    """
    if unit.spdu is Spdu.AB:
        return _abort(unit)
    if unit.spdu is Spdu.DT:
        return SData(unit.user_data, unit.part)
    if unit.spdu in _ALONE:
        return unit
    if unit.spdu is Spdu.AE and unit.octet(Pi.SYNC_TYPE) & _NOT_ENDED:
        raise ProtocolError("MAJOR SYNC POINT, whose functional unit is not in use")
    primitive, parameters = _BY_SPDU[unit.spdu]
    values: dict[str, Any] = {field: read(unit.get(pi)) for field, pi, _, read in parameters}
    if primitive is SActivityResume:
        old = read_identifier(unit, Pi.CALLING_REFERENCE)
        values["old_connection"] = None if old == ConnectionIdentifier() else old
    if primitive is not SPExceptionReport:
        values["user_data"] = unit.user_data
    return primitive(**values)


def provider_abort(tsdu: bytes) -> Unit:
    """The ABORT of a provider that was sent a wrong TSDU, with the beginning of it reflected."""
    cause, reflected = _octet(RELEASED | PROTOCOL_ERROR), tsdu[:_MAX_REFLECTED]
    if not reflected:
        return Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: cause})
    return Unit(Spdu.AB, {Pi.TRANSPORT_DISCONNECT: cause, Pi.REFLECT: reflected})


def _abort(unit: Unit) -> SUAbort | SPAbort:
    cause = unit.octet(Pi.TRANSPORT_DISCONNECT)
    if cause & USER_ABORT:
        return SUAbort(unit.user_data)
    found = [words for bit, words in _CAUSES.items() if cause & bit] or ["no reason given"]
    text = f"the peer's session aborted: {', '.join(found)}"
    if reflected := unit.get(Pi.REFLECT):
        text += f" (it reflects 0x{reflected[:_MAX_REFLECTED].hex()})"
    return SPAbort(text, by_peer=True)


def identifier_parameters(identifier: ConnectionIdentifier, reference: Pi) -> dict[int, bytes]:
    """The parameters of a session connection identifier; `reference` is the side's."""
    return {
        reference: identifier.ss_user_reference,
        Pi.COMMON_REFERENCE: identifier.common_reference,
        Pi.ADDITIONAL_REFERENCE: identifier.additional_reference,
    }


def read_identifier(unit: Unit, reference: Pi) -> ConnectionIdentifier:
    """The session connection identifier in an SPDU."""
    return ConnectionIdentifier(
        unit.get(reference), unit.get(Pi.COMMON_REFERENCE), unit.get(Pi.ADDITIONAL_REFERENCE)
    )
