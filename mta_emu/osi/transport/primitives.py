"""Transport service primitives (X.214), one frozen dataclass each."""

from dataclasses import dataclass

from mta_emu.osi.transport.tpdu import DisconnectReason


@dataclass(frozen=True)
class TConnect:
    """T-CONNECT indication (responder; already accepted) with the selectors of the CR."""

    called: bytes
    calling: bytes


@dataclass(frozen=True)
class TConnectConfirm:
    """T-CONNECT confirm (initiator)."""


@dataclass(frozen=True)
class TData:
    """T-DATA indication: a TSDU, or a part of a long one, of which `last` is the last."""

    user_data: bytes
    last: bool = True


@dataclass(frozen=True)
class TDisconnect:
    """T-DISCONNECT indication; `reason` is the DR's when there was one, `text` is for people.

    `by_peer` is false when this side refused the connection, or what came over it.
    """

    text: str
    reason: int = DisconnectReason.NOT_SPECIFIED
    by_peer: bool = True


TransportIndication = TConnect | TConnectConfirm | TData | TDisconnect
