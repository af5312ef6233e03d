"""An APDU on its way in: from the octets of a transfer to the store."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Self

from labkit.frozen import replace
from labkit.loop import free_on_thread, on_thread
from mta_emu.mta.association.content import ContentWriter
from mta_emu.mta.store.postponed import Deferred
from mta_emu.mta.store.store import Store
from mta_emu.mts.apdu import ApduReader, Head, decode_head
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.report import Report
from mta_emu.osi.errors import ProtocolError, decoder

#: Octets of a head, or of what is kept of one; a longer one is read on a thread: these take 12 ms.
LONG_HEAD = 8 << 10


#: Octets before a content that are kept for another process; a longer head has to come again.
_MAX_KEPT = 64 << 10
_PIECE = 1 << 20


class Part(NamedTuple):
    """What has come of an APDU: octets before the content in hex digits, where its content is."""

    before: str
    message: int
    length: int


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
    deferred_since: datetime | None = None  # it came then, and was deferred until now

    @classmethod
    def released(cls, deferred: Deferred, head: Head) -> Self:
        """What was deferred, now that it goes on; `head` is its own, decoded."""
        return cls(
            head,
            deferred.octets,
            deferred.message,
            deferred.content_length,
            deferred.connector,
            deferred.association,
            deferred.arrival,
        )

    @property
    def identifier(self) -> str:
        """The MTS identifier."""
        head = self.head
        return str(head.envelope.identifier if isinstance(head, Report) else head.identifier)


class IncomingMessage:
    """An APDU while it comes: its head is read, its content kept.

    Every method may raise UnavailableError; `discard` forgets the message.
    """

    def __init__(self, store: Store, accept: Callable[[Arrived], Awaitable[None]]) -> None:
        """Keep the message in `store`; `accept` takes the responsibility for it."""
        self._store = store
        self._accept = accept
        self._reader = ApduReader()
        self._content = ContentWriter(store)
        self._octets = 0
        self._before = b""
        self._as_it_is = True  # the content, after that

    @property
    def octets(self) -> int:
        """How many octets of the APDU have come."""
        return self._octets

    def feed(self, octets: bytes) -> None:
        """Take octets of the APDU. Raises ProtocolError when they are none's."""
        self._octets += len(octets)
        content = self._reader.feed(octets)
        around = len(octets) - len(content)
        if self._content.length:
            self._as_it_is &= not around
        elif len(self._before) <= _MAX_KEPT:
            self._before += octets[:around]
            self._as_it_is = octets[around:] == content
        self._content.write(content)

    async def secure(self, keep: Callable[[], None] = lambda: None) -> None:
        """Make sure of what came so far; `keep` is called when it is in the database."""
        with self._store.transaction():
            self._content.flush()
            keep()
        await self._store.secure()

    @property
    def part(self) -> Part | None:
        """What has come, for another process to go on with; None: it cannot."""
        message, short = self._content.message, len(self._before) <= _MAX_KEPT
        if message is None or not (self._as_it_is and short):
            return None
        return Part(self._before.hex(), message, self._content.length)

    @decoder
    def go_on(self, part: Part) -> None:
        """Go on with what another process has kept. Raises ProtocolError when it is no APDU."""
        self._before = bytes.fromhex(part.before)
        if self._reader.feed(self._before):
            raise ProtocolError("octets of the content before it")
        for start in range(0, part.length, _PIECE):  # what they are, the reader does not look at
            octets = bytes(min(_PIECE, part.length - start))
            if self._reader.feed(octets) != octets:
                raise ProtocolError("octets of the content that are none")
        self._octets = len(self._before) + part.length
        self._content.go_on(part.message, part.length)

    async def accept(self) -> None:
        """Take it, for certain.

        Raises ProtocolError when it is not whole or its envelope is wrong.
        """
        if not self._reader.complete:
            raise ProtocolError("the transfer ended before the APDU did")
        octets = self._reader.head
        head = (
            await on_thread(decode_head, octets) if len(octets) > LONG_HEAD else decode_head(octets)
        )
        arrived = Arrived(head, self._octets)
        await (self._store.disk.ready() if self._content.written else self._store.disk.released())
        if isinstance(arrived.head, Envelope):
            message, length = self._content.close(), self._content.length
            arrived = replace(arrived, message=message, content_length=length)
        await self._accept(arrived)
        if len(octets) > LONG_HEAD:
            parts: list[object] = [arrived]
            del head, arrived
            free_on_thread(parts)
        await self._store.secure()

    def discard(self) -> None:
        """Forget the message."""
        self._content.discard()
