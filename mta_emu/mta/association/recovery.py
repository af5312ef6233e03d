"""Associations that may lose their connection and go on on another one (X.228 7.8).

The initiator connects again and names the association (RT-RECOVER), the other side waits for that.
Nobody shows a name or a password then, so whoever recovers must fit in everything that the
connection before had: the source address, the selectors, and the identifier. Ours cannot be
guessed; what docs/bounds.md says is left is a peer whose own can.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from labkit.addresses import IPAddress
from mta_emu.endpoint import Endpoint
from mta_emu.mta.policy.turn import something_to_recover
from mta_emu.osi.rtse.association import RtAssociation
from mta_emu.osi.rtse.primitives import RtRecover, RtRecoverAccept
from mta_emu.osi.selectors import Selectors
from mta_emu.osi.session.primitives import ConnectionIdentifier

MAX_WRONG_GUESSES = 5  # of one address
GUESSES_REMEMBERED = 600.0  # wall seconds


class Recoverable(Protocol):
    """An association; the peer can recover it where it opened it."""

    initiated_locally: bool

    def move_to(self, endpoint: Endpoint) -> None:
        """Go on on another connection: the peer has asked to recover the association."""


class Reconnection:
    """How one association comes by another connection when it has lost its own."""

    def __init__(
        self,
        call: Callable[[RtAssociation], Awaitable[Endpoint | None]] | None,
        *,
        timeout: float,
        most: int,
    ) -> None:
        """`call` recovers the association on another connection; None: the peer does that.

        It may take `timeout` wall seconds, and no more than `most` recoveries in a row may be to no
        avail.
        """
        self._call = call
        self._timeout = timeout
        self._most = most
        self._count = 0  # in a row that brought no transfer forward
        self._progress = (0, 0)  # of the transfers, when the connection was lost last
        self._offered: Endpoint | None = None
        self._arrived = asyncio.Event()
        self._task: asyncio.Task[Endpoint | None] | None = None

    @property
    def running(self) -> bool:
        """Whether there is no connection at the moment."""
        return self._task is not None

    def worthwhile(self, association: RtAssociation) -> bool:
        """Whether there may be something to go on with on another connection."""
        progress, self._progress = self._progress, association.progress
        self._count = self._count + 1 if progress == self._progress else 1
        if self._count > self._most:
            return False
        initiator = self._call is not None
        received = bool(association.outgoing or association.incoming)
        return something_to_recover(
            initiator=initiator,
            in_hand=association.in_hand if initiator else received,
            has_turn=association.has_turn,
        )

    async def connect(self, association: RtAssociation) -> Endpoint | None:
        """Another connection, on which the association goes on; None: there is none in time."""
        self._task = asyncio.create_task(self._connect(association))
        await asyncio.wait([self._task])
        task, self._task = self._task, None
        return None if task.cancelled() else task.result()

    async def _connect(self, association: RtAssociation) -> Endpoint | None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                if self._call:
                    return await self._call(association)
                endpoint = await self._take()
                endpoint.connection.adopt(association)
                endpoint.request(RtRecoverAccept())
                return endpoint
        return None

    def offer(self, endpoint: Endpoint) -> None:
        """The peer has asked on this connection; an earlier one that nobody took is dropped."""
        self._drop()
        self._offered = endpoint
        self._arrived.set()

    async def _take(self) -> Endpoint:
        while self._offered is None:
            self._arrived.clear()
            await self._arrived.wait()
        endpoint, self._offered = self._offered, None
        return endpoint

    def _drop(self) -> None:
        if self._offered:
            self._offered.drop()
            self._offered = None

    def give_up(self) -> None:
        """The association is over: reset what nobody took, and try no more."""
        if self._task:
            self._task.cancel()
        self._drop()


@dataclass(frozen=True)
class _Key:
    """All that must fit."""

    address: IPAddress
    calling: Selectors
    called: Selectors
    identifier: ConnectionIdentifier


class Recovery:
    """The associations that peers opened, by the session connections that they lived on.

    A peer may name any of the connections, because it need not know that the last recovery
    came about.
    """

    def __init__(self) -> None:
        self._associations: dict[_Key, Recoverable] = {}
        self._wrong: dict[IPAddress, deque[float]] = {}

    def note(self, peer_address: IPAddress, association: RtAssociation, user: Recoverable) -> None:
        """Note the session connection that an association lives on now.

        One whose connections have no identifier cannot be recovered.
        """
        if association.identifier != ConnectionIdentifier():
            key = _Key(
                peer_address, association.calling, association.called, association.identifier
            )
            self._associations[key] = user

    def find(
        self,
        peer_address: IPAddress,
        request: RtRecover,
        now: float,
        too_many: Callable[[], None] = lambda: None,
    ) -> Recoverable | None:
        """The association that a peer wants to recover; None: it is not known (any more).

        After too many wrong guesses from one address, which `too_many` reports, none is found for
        it for a while. `now` is in seconds of any clock that goes forward.
        """
        wrong = self._wrong.setdefault(peer_address, deque(maxlen=MAX_WRONG_GUESSES))
        while wrong and wrong[0] <= now - GUESSES_REMEMBERED:
            wrong.popleft()
        key = _Key(peer_address, request.calling, request.called, request.old_identifier)
        found = self._associations.get(key)
        if len(wrong) < MAX_WRONG_GUESSES and found:
            if not wrong:
                del self._wrong[peer_address]
            return found
        if len(wrong) < MAX_WRONG_GUESSES:
            wrong.append(now)
            if len(wrong) == MAX_WRONG_GUESSES:
                too_many()
        return None

    def forget(self, user: Recoverable) -> None:
        """The association is over."""
        for key in [key for key, known in self._associations.items() if known is user]:
            del self._associations[key]
