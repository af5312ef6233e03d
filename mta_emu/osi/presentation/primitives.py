"""Presentation service primitives (X.216), one frozen dataclass each.

As in the session, a request and its indication share a class, and so do a response and its
confirm. What carries no user data passes between the user and the session connection as it is: a
P-SYNC-MINOR is an S-SYNC-MINOR.
"""

from dataclasses import dataclass

from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import (
    RTSE_FUNCTIONAL_UNITS,
    ConnectionIdentifier,
    FunctionalUnit,
    Part,
    SessionPrimitive,
    Token,
)

BER = "2.1.1"  # the basic encoding rules as a transfer syntax


@dataclass(frozen=True)
class PresentationPrimitive:
    """A primitive of the presentation service that is not the session's own."""


@dataclass(frozen=True)
class Pdv:
    """A presentation data value: the BER of a value, and the context that it belongs to."""

    context: int
    value: bytes


@dataclass(frozen=True)
class Context:
    """A proposed presentation context."""

    identifier: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...] = (BER,)


@dataclass(frozen=True)
class PConnect(PresentationPrimitive):
    """P-CONNECT request and indication."""

    called: Selectors
    calling: Selectors
    contexts: tuple[Context, ...]
    user_data: tuple[Pdv, ...]
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS
    called_side_tokens: Token = Token(0)


@dataclass(frozen=True)
class PConnectAccept(PresentationPrimitive):
    """P-CONNECT response and confirm, result accept."""

    user_data: tuple[Pdv, ...]
    identifier: ConnectionIdentifier = ConnectionIdentifier()
    functional_units: FunctionalUnit = RTSE_FUNCTIONAL_UNITS


@dataclass(frozen=True)
class PConnectRefuse(PresentationPrimitive):
    """P-CONNECT response and confirm, result reject.

    `layer` is "user" when the called presentation user refused (`user_data` is its), else the
    layer that did: "presentation", "session" or "transport" with its own `reason`; `text` is for
    people.
    """

    user_data: tuple[Pdv, ...] = ()
    layer: str = "user"
    reason: int = 0
    text: str = ""


@dataclass(frozen=True)
class PData(PresentationPrimitive):
    """P-DATA request and indication.

    A long one travels in parts, which together are one value. In a request `length` is how many
    octets such a value has in all.
    """

    user_data: tuple[Pdv, ...]
    part: Part = Part.WHOLE
    length: int = 0


@dataclass(frozen=True)
class PTokenPlease(PresentationPrimitive):
    """P-TOKEN-PLEASE request and indication."""

    tokens: Token
    user_data: tuple[Pdv, ...]


@dataclass(frozen=True)
class PRelease(PresentationPrimitive):
    """P-RELEASE request and indication."""

    user_data: tuple[Pdv, ...]


@dataclass(frozen=True)
class PReleaseAccept(PresentationPrimitive):
    """P-RELEASE response and confirm."""

    user_data: tuple[Pdv, ...]


@dataclass(frozen=True)
class PUAbort(PresentationPrimitive):
    """P-U-ABORT request and indication."""

    user_data: tuple[Pdv, ...] = ()


@dataclass(frozen=True)
class PPAbort(PresentationPrimitive):
    """P-P-ABORT indication; `reason` is for people, `layer` gave up if it was not the peer."""

    reason: str
    by_peer: bool
    connection_lost: bool = False
    layer: str = "presentation"


#: What passes up and down: the presentation's own primitives and the session's.
Primitive = PresentationPrimitive | SessionPrimitive
