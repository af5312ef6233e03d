"""A content on its way into the store, in pieces of any size."""

from collections.abc import AsyncIterator
from functools import partial

from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.store import Store
from mta_emu.mts.pieces import Pieces


class ContentWriter:
    """Keeps a content piece by piece while it comes; a short one is held (see Contents).

    Every method may raise UnavailableError; what came is then to be forgotten by `discard`.
    """

    def __init__(self, store: Store) -> None:
        self.length = 0
        self._store = store
        self._message: int | None = None
        self._buffer = bytearray()
        self._pieces = 0

    @property
    def written(self) -> bool:
        """Whether some of it is in the database already."""
        return self._message is not None

    @property
    def message(self) -> int | None:
        """The number of the message, once some of it is kept."""
        return self._message

    def go_on(self, message: int, length: int) -> None:
        """Go on with a message of which so many octets are kept."""
        self.length, self._message, self._pieces = length, message, length // PIECE
        begun = length % PIECE
        if begun:
            self._buffer += self._store.contents.read(message, length - begun, begun)

    def write(self, octets: bytes) -> None:
        """Take the next octets."""
        self.length += len(octets)
        self._buffer += octets
        if len(self._buffer) >= PIECE:
            whole = len(self._buffer) // PIECE * PIECE
            self._keep(self._buffer[:whole])
            del self._buffer[:whole]

    def flush(self) -> None:
        """Keep all that came so far, also the beginning of a piece."""
        if self._buffer:
            self._keep(self._buffer)
            self._pieces -= 1  # to be kept again when it is whole

    def close(self) -> int:
        """Keep what is left, or hold it when that is all and short; the number of the message."""
        if self._message is None and len(self._buffer) <= PIECE:
            self._message = self._store.contents.hold(bytes(self._buffer))
            return self._message
        return self._keep(self._buffer)

    def discard(self) -> None:
        """Forget the content."""
        if self._message is not None:
            self._store.when_possible(partial(self._store.contents.forget, self._message))

    def _keep(self, octets: bytearray) -> int:
        contents, message, pieces = self._store.contents, self._message, self._pieces
        with self._store.transaction():
            if message is None:
                message = contents.begin()
            for start in range(0, len(octets), PIECE):
                contents.append(message, pieces, bytes(octets[start : start + PIECE]))
                pieces += 1
        self._message, self._pieces = message, pieces  # now that it is certain
        return message


async def filled(pieces: Pieces, elsewhere: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The octets of a content whose ranges come from `elsewhere`, in this order and no more."""
    left = b""
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
            continue
        wanted = len(piece)
        while wanted:
            left = left or await anext(elsewhere)
            yield left[:wanted]
            wanted, left = wanted - len(left[:wanted]), left[wanted:]
    async for _ in elsewhere:  # also when nothing was wanted: it is at its end
        pass
