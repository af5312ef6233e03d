"""An APDU on its way in: from the octets of a transfer to the store."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from mta_emu.mta.store import PIECE, Store
from mta_emu.mts.apdu import ApduReader, Head, decode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.report import Report
from mta_emu.osi.errors import ProtocolError


@dataclass(frozen=True)
class Arrived:
    """A message, probe or report that has come whole.

    `message` is where the store keeps a message's content; nothing is kept yet of the others.
    """

    head: Head
    octets: int
    message: int | None = None
    content_length: int = 0
    connector: str = ""  # that it came by; empty: it was submitted here
    association: int | None = None

    @property
    def identifier(self) -> str:
        """The MTS identifier."""
        head = self.head
        return str(head.envelope.identifier if isinstance(head, Report) else head.identifier)


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
        """Take octets of the APDU. Raises ProtocolError when they are none's."""
        self._octets += len(octets)
        self._buffer += self._reader.feed(octets)
        while len(self._buffer) >= PIECE:
            self._keep(self._buffer[:PIECE])
            self._buffer = self._buffer[PIECE:]

    async def secure(self) -> None:
        """Make sure of the pieces that came so far."""
        await self._store.secure()

    async def accept(self) -> None:
        """Take it, for certain.

        Raises ProtocolError when it is not whole or its envelope is wrong.
        """
        if not self._reader.complete:
            raise ProtocolError("the transfer ended before the APDU did")
        arrived = Arrived(decode_head(self._reader.head), self._octets)
        if isinstance(arrived.head, Envelope):
            length = self._pieces * PIECE + len(self._buffer)
            message = self._keep(self._buffer)
            arrived = replace(arrived, message=message, content_length=length)
        self._accept(arrived)
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
