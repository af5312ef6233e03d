"""Session service primitives (X.215 table 3), one frozen dataclass each.

A request and its indication carry the same parameters and share a class, as do a response and
its confirm: what a caller passes to `request` is what the peer's `receive_data` returns.
"""

from dataclasses import dataclass
from enum import IntEnum, IntFlag


class FunctionalUnit(IntFlag):
    """Session user requirements (X.225 8.3.1.16), bits as in the parameter field."""

    HALF_DUPLEX = 1 << 0
    DUPLEX = 1 << 1
    EXPEDITED = 1 << 2
    MINOR_SYNCHRONIZE = 1 << 3
    MAJOR_SYNCHRONIZE = 1 << 4
    RESYNCHRONIZE = 1 << 5
    ACTIVITY_MANAGEMENT = 1 << 6
    NEGOTIATED_RELEASE = 1 << 7
    CAPABILITY_DATA = 1 << 8
    EXCEPTIONS = 1 << 9
    TYPED_DATA = 1 << 10


#: What this SPM can do. Expedited data needs the expedited data of the transport service (X.225
#: 6.4), which is not used here.
SUPPORTED_FUNCTIONAL_UNITS = (
    FunctionalUnit.HALF_DUPLEX
    | FunctionalUnit.DUPLEX
    | FunctionalUnit.MINOR_SYNCHRONIZE
    | FunctionalUnit.ACTIVITY_MANAGEMENT
    | FunctionalUnit.EXCEPTIONS
    | FunctionalUnit.TYPED_DATA
)

#: What RTSE asks for (X.228 8.1): 0x0249 on the wire.
RTSE_FUNCTIONAL_UNITS = (
    FunctionalUnit.HALF_DUPLEX
    | FunctionalUnit.MINOR_SYNCHRONIZE
    | FunctionalUnit.ACTIVITY_MANAGEMENT
    | FunctionalUnit.EXCEPTIONS
)


#: The last serial number of a synchronization point (X.225 8.3.20).
MAX_SERIAL_NUMBER = 999_999


class Token(IntFlag):
    """Tokens as the token item of GIVE TOKENS and PLEASE TOKENS has them (X.225 8.3.16)."""

    DATA = 1 << 0
    MINOR_SYNCHRONIZE = 1 << 2
    MAJOR_ACTIVITY = 1 << 4
    RELEASE = 1 << 6


class ExceptionReason(IntEnum):
    """Reasons of exception reports, activity interrupt and discard (X.225 8.3.28, 8.3.31)."""

    NON_SPECIFIC = 0
    TEMPORARILY_UNABLE = 1
    SEQUENCE_ERROR = 3
    LOCAL_SS_USER_ERROR = 5
    PROCEDURAL_ERROR = 6
    DEMAND_DATA_TOKEN = 128


class RefuseReason(IntEnum):
    """Reasons of a REFUSE SPDU (X.225 8.3.5.10): from 128 it was the session provider."""

    USER = 0
    USER_CONGESTION = 1
    USER_WITH_DATA = 2
    SELECTOR_UNKNOWN = 129
    USER_NOT_ATTACHED = 130
    CONGESTION = 131
    VERSIONS_NOT_SUPPORTED = 132
    PROVIDER = 133
    IMPLEMENTATION_RESTRICTION = 134


@dataclass(frozen=True)
class ConnectionIdentifier:
    """Session connection identifier (X.225 8.3.1.3): the parameter values as they lie on the wire.

    `ss_user_reference` is the calling reference in a connect and the called one in an accept.
    """

    ss_user_reference: bytes = b""
    common_reference: bytes = b""
    additional_reference: bytes = b""


@dataclass(frozen=True)
class SessionPrimitive:
    """Any primitive of the session service."""


@dataclass(frozen=True)
class SConnect(SessionPrimitive):
    """S-CONNECT request and indication.

    The transport selectors travel along: the T-CONNECT below is made from them. A token that is
    neither `called_side_tokens` nor for the called side to choose is the calling side's at first.
    """

    called_t_selector: bytes = b""
    calling_t_selector: bytes = b""
    called_s_selector: bytes = b""
    calling_s_selector: bytes = b""
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS
    initial_serial_number: int | None = None
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    user_data: bytes = b""
    called_side_tokens: Token = Token(0)
    called_side_chooses: Token = Token(0)


@dataclass(frozen=True)
class SConnectAccept(SessionPrimitive):
    """S-CONNECT response and confirm, result accept.

    In a response `functional_units` is what the called user wants of what was proposed,
    `initial_serial_number` None takes the one proposed, and `called_side_tokens` are those that
    it takes of the ones it may choose.
    """

    responding_s_selector: bytes = b""
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    user_data: bytes = b""
    initial_serial_number: int | None = None
    called_side_tokens: Token = Token(0)


@dataclass(frozen=True)
class SConnectRefuse(SessionPrimitive):
    """S-CONNECT response and confirm, result reject.

    `reason` is a `RefuseReason`; user data goes with `USER_WITH_DATA` only. `layer` says who
    refused: "session" for a REFUSE SPDU, "transport" when the transport connection itself was
    refused or could not be made; `reason` is then the DR reason. `text` is for people.
    """

    reason: int = RefuseReason.USER_WITH_DATA
    user_data: bytes = b""
    layer: str = "session"
    text: str = ""
    identifier: ConnectionIdentifier = ConnectionIdentifier()


@dataclass(frozen=True)
class SRelease(SessionPrimitive):
    """S-RELEASE request and indication (FINISH)."""

    user_data: bytes = b""


@dataclass(frozen=True)
class SReleaseAccept(SessionPrimitive):
    """S-RELEASE response and confirm, affirmative (DISCONNECT)."""

    user_data: bytes = b""


@dataclass(frozen=True)
class SUAbort(SessionPrimitive):
    """S-U-ABORT request and indication (ABORT with the user-abort bit)."""

    user_data: bytes = b""


@dataclass(frozen=True)
class SPAbort(SessionPrimitive):
    """S-P-ABORT indication: the session provider or the connection below it gave up.

    `reason` is for people: what was received in which state, or that the connection was lost.
    `by_peer` is true when the peer's abort or the lost connection brought it about; else `layer`
    did, because of what it received.
    """

    reason: str
    by_peer: bool
    connection_lost: bool = False
    layer: str = "session"


class Part(IntFlag):
    """Which part of an SSDU something is, by the bits of the enclosure item (X.225 8.3.4)."""

    MIDDLE = 0
    BEGINNING = 1 << 0
    END = 1 << 1
    WHOLE = BEGINNING | END


@dataclass(frozen=True)
class SData(SessionPrimitive):
    """S-DATA request and indication, a whole SSDU, or a part of one that is long."""

    user_data: bytes
    part: Part = Part.WHOLE


@dataclass(frozen=True)
class STypedData(SessionPrimitive):
    """S-TYPED-DATA request and indication."""

    user_data: bytes


@dataclass(frozen=True)
class STokenPlease(SessionPrimitive):
    """S-TOKEN-PLEASE request and indication."""

    tokens: Token
    user_data: bytes = b""


@dataclass(frozen=True)
class STokenGive(SessionPrimitive):
    """S-TOKEN-GIVE request and indication (user data: version 2)."""

    tokens: Token
    user_data: bytes = b""


@dataclass(frozen=True)
class PassedThrough(SessionPrimitive):
    """A primitive that the presentation passes through as it is (X.216 8.1, X.226 6.1).

    Its user asks the session for these services, and gets their indications, at once.
    """


@dataclass(frozen=True)
class SControlGive(PassedThrough):
    """S-CONTROL-GIVE request and indication: all available tokens (GIVE TOKENS CONFIRM).

    User data takes version 2.
    """

    user_data: bytes = b""


@dataclass(frozen=True)
class SSyncMinor(PassedThrough):
    """S-SYNC-MINOR request and indication.

    In a request leave `serial_number` None: the provider numbers the point, and
    `SessionConnection.next_serial_number` is the one that it will be.
    """

    serial_number: int | None = None
    explicit_confirmation: bool = True
    user_data: bytes = b""


@dataclass(frozen=True)
class SSyncMinorAck(PassedThrough):
    """S-SYNC-MINOR response and confirm."""

    serial_number: int
    user_data: bytes = b""


@dataclass(frozen=True)
class SUExceptionReport(PassedThrough):
    """S-U-EXCEPTION-REPORT request and indication (EXCEPTION DATA)."""

    reason: int
    user_data: bytes = b""


@dataclass(frozen=True)
class SPExceptionReport(PassedThrough):
    """S-P-EXCEPTION-REPORT indication (EXCEPTION REPORT): the peer's provider met an error.

    `reflected` is what the peer found wrong. This provider aborts instead, which X.225
    Annex A leaves it free to do.
    """

    reflected: bytes = b""


@dataclass(frozen=True)
class SActivityStart(PassedThrough):
    """S-ACTIVITY-START request and indication."""

    activity_identifier: bytes
    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityResume(PassedThrough):
    """S-ACTIVITY-RESUME request and indication.

    The activity goes on after point `serial_number`: the next one is that plus 1.
    `old_connection` is the identifier in the connect of the session connection on which the
    activity began, with `old_called_reference` from its accept; None when it is this very one.
    """

    activity_identifier: bytes
    old_activity_identifier: bytes
    serial_number: int
    old_connection: ConnectionIdentifier | None = None
    old_called_reference: bytes = b""
    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityInterrupt(PassedThrough):
    """S-ACTIVITY-INTERRUPT request and indication (user data: version 2)."""

    reason: int = ExceptionReason.NON_SPECIFIC
    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityInterruptAck(PassedThrough):
    """S-ACTIVITY-INTERRUPT response and confirm (user data: version 2)."""

    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityDiscard(PassedThrough):
    """S-ACTIVITY-DISCARD request and indication (user data: version 2)."""

    reason: int = ExceptionReason.NON_SPECIFIC
    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityDiscardAck(PassedThrough):
    """S-ACTIVITY-DISCARD response and confirm (user data: version 2)."""

    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityEnd(PassedThrough):
    """S-ACTIVITY-END request and indication; the provider gives the serial number."""

    serial_number: int | None = None
    user_data: bytes = b""


@dataclass(frozen=True)
class SActivityEndAck(PassedThrough):
    """S-ACTIVITY-END response and confirm."""

    serial_number: int | None = None
    user_data: bytes = b""
