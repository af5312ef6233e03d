"""An APDU on its way out: from the store to the octets of a transfer."""

from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.queues import QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.apdu import prefix
from mta_emu.mts.conversion import convert
from mta_emu.mts.pieces import Pieces, cut, length
from mta_emu.osi.rtse.primitives import SourceError

_READ_AHEAD = 4 * PIECE


class StoredApdu:
    """The APDU of a queued message, read from the store while it is sent, and some ahead.

    Its content is converted meanwhile, if that is to be.
    """

    def __init__(self, store: Store, entry: QueueEntry) -> None:
        """Read the message of `entry`. Raises SourceError when it cannot be converted."""
        self._store = store
        self._ahead = b""
        self._ahead_at = 0  # offset in the content
        self._message = entry.message
        content: Pieces = (range(entry.kept_length),)
        if entry.conversion:
            try:
                content = convert(self._content, entry.kept_length, entry.conversion).pieces
            except Exception as error:  # whatever octets of a peer make a converter raise
                raise SourceError(f"the content cannot be converted: {error}") from error
        self._pieces = (prefix(entry.envelope, length(content)), *content)
        self.length = length(self._pieces)

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets from `offset`; fewer only at the end. Raises SourceError."""
        octets = b"".join(
            piece if isinstance(piece, bytes) else self._content(piece.start, len(piece))
            for piece in cut(self._pieces, offset, size)
        )
        if len(octets) < min(size, self.length - offset):
            raise SourceError(f"octets of the content are missing, from {offset} of the APDU on")
        return octets

    def _content(self, offset: int, size: int) -> bytes:
        start = offset - self._ahead_at
        if not 0 <= start <= len(self._ahead) - size:
            start, self._ahead_at = 0, offset
            self._ahead = self._store.contents.read(self._message, offset, max(size, _READ_AHEAD))
        return self._ahead[start : start + size]
