"""The MTA-bind, its result and error (X.411 8.1.1), as RT-OPEN carries them (X.419 clause 8)."""

from dataclasses import dataclass
from enum import IntEnum

from mta_emu.mts.asn1 import MTS
from mta_emu.osi import ber
from mta_emu.osi.errors import ProtocolError

_INTEGER = 0x02


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


def encode_argument(credentials: Credentials) -> bytes:
    """The BER of a bind argument."""
    return _encode("argument", "initiator", credentials)


def encode_result(credentials: Credentials) -> bytes:
    """The BER of a bind result."""
    return _encode("result", "responder", credentials)


def encode_error(error: BindError) -> bytes:
    """The BER of a bind error."""
    return MTS.encode("MTABind", ("error", int(error)))


def decode_argument(octets: bytes) -> Credentials:
    """Read a bind argument. Raises ProtocolError."""
    return _decode("argument", "initiator", octets)


def decode_result(octets: bytes) -> Credentials:
    """Read a bind result. Raises ProtocolError."""
    return _decode("result", "responder", octets)


def decode_error(octets: bytes) -> int:
    """Read a bind error, also the bare INTEGER that one old stack sends. Raises ProtocolError."""
    if octets[:1] == bytes((_INTEGER,)):
        return int.from_bytes(ber.contents(octets), "big", signed=True)
    kind, error = MTS.decode("MTABind", octets)
    if kind != "error":
        raise ProtocolError(f"a bind {kind} where an error must be")
    return int(error)


def _encode(kind: str, who: str, credentials: Credentials) -> bytes:
    if not credentials.name:
        return MTS.encode("MTABind", (kind, ("unauthenticated", None)))
    try:
        password = "ia5-string", credentials.password.decode("ascii")
    except UnicodeDecodeError:
        return _authenticated(kind, who, credentials.name, ("octet-string", credentials.password))
    return _authenticated(kind, who, credentials.name, password)


def _authenticated(kind: str, who: str, name: str, password: tuple[str, str | bytes]) -> bytes:
    fields = {f"{who}-name": name, f"{who}-credentials": password}
    return MTS.encode("MTABind", (kind, ("authenticated", fields)))


def _decode(expected: str, who: str, octets: bytes) -> Credentials:
    kind, bind = MTS.decode("MTABind", octets)
    if kind != expected:
        raise ProtocolError(f"a bind {kind} where the {expected} must be")
    form, fields = bind
    if form == "unauthenticated":
        return Credentials()
    form, password = fields[f"{who}-credentials"]
    if form == "strong":
        raise ProtocolError(f"strong credentials in a bind {kind}: only passwords are known here")
    octets_of_password = password.encode("ascii") if isinstance(password, str) else bytes(password)
    return Credentials(fields[f"{who}-name"], octets_of_password)
