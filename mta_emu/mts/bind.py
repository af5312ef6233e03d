"""The MTA-bind, its result and error (X.411 8.1.1), as RT-OPEN carries them.

In normal mode they travel as a bind operation of X.219: [16], [17] and [18] around the types. In
the X.410 modes they travel bare, and 1984's (an MTA name and a password, X.411-1984 3.5) are a
subset of 1988's; there the error is not carried, the refuse reason of X.410 stands for it (X.419
clauses 11 and 12). What comes is read in either form.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from mta_emu.mts.asn1 import MTS
from mta_emu.osi.errors import ProtocolError, decoder
from mta_emu.osi.rtse.primitives import Mode

_INTEGER = b"\x02"
_BARE = (b"\x05", b"\xa1")  # NULL and [1], the alternatives of the argument and the result


class BindError(IntEnum):
    """MTA-bind errors (X.411 figure 2)."""

    BUSY = 0
    AUTHENTICATION_ERROR = 2
    UNACCEPTABLE_DIALOGUE_MODE = 3
    UNACCEPTABLE_SECURITY_CONTEXT = 4


@dataclass(frozen=True)
class Credentials:
    """Who an MTA says that it is; an empty name is an unauthenticated bind.

    Passwords are octets: some stacks send them as IA5String, some as OCTET STRING.
    """

    name: str = ""
    password: bytes = b""


def encode_argument(credentials: Credentials, mode: Mode = Mode.NORMAL_1988) -> bytes:
    """The BER of a bind argument."""
    return _encode("argument", "initiator", credentials, mode)


def encode_result(credentials: Credentials, mode: Mode = Mode.NORMAL_1988) -> bytes:
    """The BER of a bind result."""
    return _encode("result", "responder", credentials, mode)


def encode_error(error: BindError) -> bytes:
    """The BER of a bind error."""
    return MTS.encode("MTABind", ("error", int(error)))


@decoder
def decode_argument(octets: bytes) -> Credentials:
    """Read a bind argument. Raises ProtocolError."""
    return _decode("argument", "initiator", octets)


@decoder
def decode_result(octets: bytes) -> Credentials:
    """Read a bind result. Raises ProtocolError."""
    return _decode("result", "responder", octets)


@decoder
def decode_error(octets: bytes) -> int:
    """Read a bind error, also the bare INTEGER that one old stack sends. Raises ProtocolError."""
    if octets[:1] == _INTEGER:
        return int(MTS.decode("MTABindError", octets))
    kind, error = MTS.decode("MTABind", octets)
    if kind != "error":
        raise ProtocolError(f"a bind {kind} where an error must be")
    return int(error)


def error_in_words(user_data: bytes, reason: int) -> str:
    """What a bind error says; in the X.410 modes the refuse reason, which has the same values."""
    if not user_data and not reason:
        return "without a reason"
    try:
        error = decode_error(user_data) if user_data else reason
    except ProtocolError as problem:
        return str(problem)
    names = {int(known): known.name.lower().replace("_", " ") for known in BindError}
    return f"{names.get(error, 'unknown error')} ({error})"


def _encode(kind: str, who: str, credentials: Credentials, mode: Mode) -> bytes:
    bind: tuple[str, Any] = ("unauthenticated", None)
    if credentials.name:
        fields = {
            f"{who}-name": credentials.name,
            f"{who}-credentials": _password(credentials.password),
        }
        bind = ("authenticated", fields)
    if mode is Mode.NORMAL_1988:
        return MTS.encode("MTABind", (kind, bind))
    return MTS.encode(_TYPES[kind], bind)


def _password(octets: bytes) -> tuple[str, str | bytes]:
    try:
        return "ia5-string", octets.decode("ascii")
    except UnicodeDecodeError:
        return "octet-string", octets


def _decode(expected: str, who: str, octets: bytes) -> Credentials:
    if octets[:1] in _BARE:
        kind, bind = expected, MTS.decode(_TYPES[expected], octets)
    else:
        kind, bind = MTS.decode("MTABind", octets)
    if kind != expected:
        raise ProtocolError(f"a bind {kind} where the {expected} must be")
    form, fields = bind
    if form == "unauthenticated":
        return Credentials()
    form, password = fields[f"{who}-credentials"]
    if form == "strong":
        raise ProtocolError(f"strong credentials in a bind {kind}: only passwords are known here")
    octets_of_password = (
        password.encode("latin-1") if isinstance(password, str) else bytes(password)
    )
    return Credentials(fields[f"{who}-name"], octets_of_password)


_TYPES = {"argument": "MTABindArgument", "result": "MTABindResult"}
