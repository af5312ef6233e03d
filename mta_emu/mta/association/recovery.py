"""Associations that may lose their connection and be found again on another one (X.228 7.8)."""

import asyncio
from typing import Protocol

from mta_emu.endpoint import Endpoint
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.session.primitives import ConnectionIdentifier


class Recoverable(Protocol):
    """An association that the peer opened, and can recover."""

    def succeed(self, endpoint: Endpoint) -> None:
        """Go on on another connection: its peer has asked to recover the association."""


class Successor:
    """The connection on which an association that the peer opened is to go on."""

    def __init__(self) -> None:
        self._endpoint: Endpoint | None = None
        self._offered = asyncio.Event()

    def offer(self, endpoint: Endpoint) -> None:
        """Here is one; an earlier one that nobody took is dropped."""
        self.drop()
        self._endpoint = endpoint
        self._offered.set()

    async def take(self) -> Endpoint:
        """Wait for one."""
        while self._endpoint is None:
            self._offered.clear()
            await self._offered.wait()
        endpoint, self._endpoint = self._endpoint, None
        return endpoint

    def drop(self) -> None:
        """Reset the one that nobody took."""
        if self._endpoint:
            self._endpoint.drop()
            self._endpoint = None


class Recovery:
    """The associations that peers opened, by the session connections that they lived on.

    A peer is known by its network address; it may name any of the connections, because it need
    not have heard that the last recovery came about.
    """

    def __init__(self) -> None:
        self._associations: dict[tuple[str, ConnectionIdentifier], Recoverable] = {}

    def note(self, peer_address: str, association: RtAssociation, user: Recoverable) -> None:
        """Note the session connection that an association lives on now.

        One whose connections have no identifier cannot be recovered.
        """
        if association.identifier != ConnectionIdentifier():
            self._associations[peer_address, association.identifier] = user

    def find(self, peer_address: str, identifier: ConnectionIdentifier) -> Recoverable | None:
        """The association that a peer wants to recover; None: it is not known (any more)."""
        return self._associations.get((peer_address, identifier))

    def forget(self, user: Recoverable) -> None:
        """The association is over."""
        for key in [key for key, known in self._associations.items() if known is user]:
            del self._associations[key]
