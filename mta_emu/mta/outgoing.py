"""An APDU on its way out: from the store to the octets of a transfer."""

from mta_emu.mta.store import PIECE, QueueEntry, Store
from mta_emu.mts.apdu import prefix

_READ_AHEAD = 4 * PIECE


class StoredApdu:
    """The APDU of a queued message, read from the store while it is sent, and some ahead."""

    def __init__(self, store: Store, entry: QueueEntry) -> None:
        self._store = store
        self._ahead = b""
        self._ahead_at = 0  # offset in the content
        self._message = entry.message
        self._prefix = prefix(entry.envelope, entry.content_length)
        self.length = len(self._prefix) + entry.content_length

    def read(self, offset: int, size: int) -> bytes:
        """Up to `size` octets from `offset`; fewer only at the end."""
        octets = self._prefix[offset : offset + size]
        at = offset + len(octets)
        rest = min(size - len(octets), self.length - at)
        if rest <= 0:
            return octets
        return octets + self._content(at - len(self._prefix), rest)

    def _content(self, offset: int, size: int) -> bytes:
        start = offset - self._ahead_at
        if not 0 <= start <= len(self._ahead) - size:
            start, self._ahead_at = 0, offset
            self._ahead = self._store.read(self._message, offset, max(size, _READ_AHEAD))
        return self._ahead[start : start + size]
