"""A message on its way in: from the octets of a transfer to the store."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from mta_emu.mta.store import PIECE, Store
from mta_emu.mts import envelope as envelopes
from mta_emu.mts.apdu import ApduKind, ApduReader
from mta_emu.mts.envelope import Envelope
from mta_emu.osi.errors import ProtocolError


@dataclass(frozen=True)
class Arrived:
    """A message that has come whole: where the store keeps it, and its envelope."""

    message: int
    envelope: Envelope
    content_length: int
    octets: int
    connector: str = ""  # that it came by; empty: it was submitted here
    association: int | None = None


class IncomingMessage:
    """Keeps the content piece by piece while it comes; a short one is kept when it is whole.

    Every method may raise DiskFullError; what came of the message is forgotten by `discard`.
    """

    def __init__(self, store: Store, accept: Callable[[Arrived], None]) -> None:
        """Keep the message in `store`; `accept` takes the responsibility for it."""
        self._store = store
        self._accept = accept
        self._reader = ApduReader()
        self._message: int | None = None
        self._buffer = b""
        self._pieces = 0
        self._octets = 0

    def feed(self, octets: bytes) -> None:
        """Take octets of the APDU. Raises ProtocolError when they are not a message's."""
        self._octets += len(octets)
        self._buffer += self._reader.feed(octets)
        while len(self._buffer) >= PIECE:
            self._keep(self._buffer[:PIECE])
            self._buffer = self._buffer[PIECE:]

    async def secure(self) -> None:
        """Make sure of the pieces that came so far."""
        await self._store.secure()

    async def accept(self) -> None:
        """Take the message, for certain.

        Raises ProtocolError when it is not whole or its envelope is wrong.
        """
        if not self._reader.complete:
            raise ProtocolError("the transfer ended before the message did")
        if self._reader.kind is not ApduKind.MESSAGE:
            raise ProtocolError("a report or a probe where a message must be")
        envelope = envelopes.decode(self._reader.envelope)
        length = self._pieces * PIECE + len(self._buffer)
        message = self._keep(self._buffer)
        self._accept(Arrived(message, envelope, length, self._octets))
        await self._store.secure()

    def discard(self) -> None:
        """Forget the message."""
        if self._message is not None:
            self._store.when_possible(partial(self._store.forget, self._message))

    def _keep(self, piece: bytes) -> int:
        """Keep the next piece; the number of the message."""
        with self._store.transaction():
            if self._message is None:
                self._message = self._store.begin()
            self._store.append(self._message, self._pieces, piece)
        self._pieces += 1
        return self._message
