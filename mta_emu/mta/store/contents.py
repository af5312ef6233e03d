"""Contents of messages, in pieces of 64 KB: a message of any size passes through little memory."""

from collections.abc import Iterable
from functools import cache, partial

from mta_emu.mta.store.database import Database
from mta_emu.mts.pieces import Read

PIECE = 65536  # octets of content in a row
_PIECES = 1 << 20  # that a message may have
_SHORT = 1 << 20  # octets of a content


class Contents:
    """The messages of an MTA with their contents, by the numbers that `begin` gives."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self) -> int:
        """Begin to keep a message; its number. Raises UnavailableError, as all that writes."""
        self._database.check_available()
        with self._database.transaction():
            return int(self._database.execute("INSERT INTO message DEFAULT VALUES").lastrowid or 0)

    def append(self, message: int, number: int, octets: bytes) -> None:
        """Keep piece `number` of a content; all but the last are PIECE octets long.

        A piece that was kept before is replaced.
        """
        with self._database.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO content VALUES (?, ?)", (message * _PIECES + number, octets)
            )

    def keep(self, content: bytes) -> int:
        """Keep a content that is all there; the number of its message."""
        with self._database.transaction():
            message = self.begin()
            for number, start in enumerate(range(0, len(content), PIECE)):
                self.append(message, number, content[start : start + PIECE])
            return message

    def complete(self, message: int, length: int, mts_identifier: str = "") -> None:
        """Take note that a message has come whole: it is not forgotten at the next start."""
        with self._database.transaction():
            self._database.execute(
                "UPDATE message SET mts_identifier = ?, content_length = ?, complete = 1 "
                "WHERE id = ?",
                (mts_identifier, length, message),
            )

    def incomplete(self) -> Iterable[int]:
        """The messages that have not come whole."""
        rows = self._database.execute("SELECT id FROM message WHERE NOT complete").fetchall()
        return [message for (message,) in rows]

    def forget(self, message: int) -> None:
        """Drop a message that will not come whole, or that nobody keeps."""
        with self._database.transaction():
            self._database.execute("DELETE FROM message WHERE id = ?", (message,))
            first = message * _PIECES
            self._database.execute(
                "DELETE FROM content WHERE id BETWEEN ? AND ?", (first, first + _PIECES - 1)
            )

    def read(self, message: int, offset: int, size: int) -> bytes:
        """Up to `size` octets of a content from `offset`; fewer only at its end."""
        first = message * _PIECES
        rows = self._database.execute(
            "SELECT octets FROM content WHERE id BETWEEN ? AND ? ORDER BY id",
            (first + offset // PIECE, first + (offset + size - 1) // PIECE),
        )
        octets = b"".join(piece for (piece,) in rows)
        start = offset % PIECE
        return octets[start : start + size]

    def short(self, message: int | None, length: int) -> bytes | None:
        """A content that is short enough to be looked into (1 MB); None when it is not, or none."""
        if message is None or length > _SHORT:
            return None
        return self.read(message, 0, length)

    def reader(self, message: int, length: int) -> Read:
        """A function that reads a content from any offset; one of up to 1 MB is fetched once."""
        if length > _SHORT:
            return partial(self.read, message)
        whole = cache(partial(self.read, message, 0, length))
        return lambda offset, size: whole()[offset : offset + size]
