"""What RTSE asks of the layers below, whatever lies there (X.228 clause 8).

The conformance modes differ only in what lies between RTSE and the session: association control
and presentation in normal mode, next to nothing in X.410-1984 mode. Each is a `Lower`. The
activity, synchronization, exception and control-give services are the session's own in both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from mta_emu.osi.rtse.apdus import Rtab, Rtoac, Rtorj, Rtorq
from mta_emu.osi.rtse.primitives import ApduSource, Mode
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    ConnectionIdentifier,
    Part,
    SessionPrimitive,
    Token,
)

#: The tokens of the functional units that RTSE uses: together they are the turn (X.228 8.1.1).
RTSE_TOKENS = Token.DATA | Token.MINOR_SYNCHRONIZE | Token.MAJOR_ACTIVITY


@dataclass(frozen=True)
class LowerPrimitive:
    """A primitive between RTSE and what lies below it; requests and indications share a class."""


@dataclass(frozen=True)
class Associate(LowerPrimitive):
    """RTORQ, both addresses, the session connection, and which side has the turn first."""

    called: Selectors
    calling: Selectors
    rtorq: Rtorq
    mode: Mode
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    called_side_has_turn: bool = False

    @property
    def called_side_tokens(self) -> Token:
        """The tokens that the called side has at first: they are the turn."""
        return RTSE_TOKENS if self.called_side_has_turn else Token(0)


@dataclass(frozen=True)
class AssociateAccept(LowerPrimitive):
    """RTOAC."""

    rtoac: Rtoac
    identifier: ConnectionIdentifier = ConnectionIdentifier()


@dataclass(frozen=True)
class AssociateReject(LowerPrimitive):
    """RTORJ; without one, `layer` refused with its own `reason`. `text` is for people.

    `permanent`: the same proposal will not be accepted later, either.
    """

    rtorj: Rtorj | None
    layer: str = "rtse"
    reason: int = 0
    text: str = ""
    permanent: bool = False


@dataclass(frozen=True)
class Data(LowerPrimitive):
    """RTTR: octets of an APDU; or a part of one that is long.

    In a request `length` is how many octets the RTTR has in all.
    """

    octets: bytes
    part: Part = Part.WHOLE
    length: int = 0


@dataclass(frozen=True)
class Please(LowerPrimitive):
    """RTTP: the turn is asked for."""

    priority: int = 0


@dataclass(frozen=True)
class Release(LowerPrimitive):
    """The association is to be released."""


@dataclass(frozen=True)
class ReleaseAccept(LowerPrimitive):
    """The association is released."""


@dataclass(frozen=True)
class Abort(LowerPrimitive):
    """RTAB; None when the peer aborted without one."""

    rtab: Rtab | None


@dataclass(frozen=True)
class ProviderAbort(LowerPrimitive):
    """`layer` gave up, or the connection is lost; `reason` is for people."""

    reason: str
    by_peer: bool
    connection_lost: bool = False
    layer: str = "rtse"


#: What RTSE gets from below.
Below = LowerPrimitive | SessionPrimitive


class Unwrapper(Protocol):
    """Takes an APDU that comes in pieces out of what it travels in."""

    def feed(self, octets: bytes) -> bytes:
        """The octets of the APDU that `octets` brought. Raises ProtocolError."""


class Lower(Protocol):
    """The layers between RTSE and one session connection (sans-IO)."""

    def request(self, primitive: LowerPrimitive) -> None:
        """Carry out a request or response. Raises ServiceMisuse like the session's."""

    def indications(self, from_session: Sequence[SessionPrimitive]) -> list[Below]:
        """Turn what the session indicates into what RTSE takes."""

    def wrapped(self, apdu: ApduSource) -> ApduSource:
        """An APDU as it travels in RTTRs."""

    def unwrapper(self) -> Unwrapper:
        """A reader of one APDU that comes in RTTRs."""
