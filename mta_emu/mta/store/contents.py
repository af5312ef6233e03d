"""Contents of messages, in pieces of 64 KB: a message of any size passes through little memory.

A content of one piece need not be written before it is known what becomes of its message. It is
held in memory and read like any other, and it is written with the rest that is kept of the message.
"""

from collections.abc import Iterable
from functools import cache, partial

from mta_emu.mta.store.database import Database
from mta_emu.mts.pieces import Read

PIECE = 65536  # octets of content in a row
_PIECES = 1 << 20  # that a message may have
_SHORT = 1 << 20  # octets of a content
_AT_ONCE = 128  # pieces that leave in one transaction, 8 MB


class Contents:
    """The messages of an MTA with their contents, by the numbers that `begin` gives."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leaving: dict[int, None] = {}  # messages that were forgotten, the oldest first
        self._held: dict[int, bytes] = {}  # contents of one piece that are not written yet
        (last,) = database.execute(  # an association may be kept longer than what came over it
            "SELECT coalesce(max(number), 0) FROM (SELECT max(id) AS number FROM message "
            "UNION ALL SELECT max(message) FROM association)"
        ).fetchone()
        self._last = int(last)  # number that was given to a message

    def begin(self) -> int:
        """Begin to keep a message; its number. Raises UnavailableError, as all that writes."""
        self._database.check_available()
        self._last += 1
        with self._database.transaction():
            self._database.execute("INSERT INTO message (id) VALUES (?)", (self._last,))
        return self._last

    def hold(self, content: bytes) -> int:
        """Hold a content of up to PIECE octets until `let_go`; the number of its message.

        It is written when the message is complete. Raises UnavailableError.
        """
        self._database.check_available()
        self._last += 1
        self._held[self._last] = content
        return self._last

    def write_held(self, message: int) -> None:
        """Write a content if it is held, for others who read the database.

        Raises UnavailableError.
        """
        content = self._held.get(message)
        if content is not None:
            with self._database.transaction():
                self._database.execute("INSERT INTO message (id) VALUES (?)", (message,))
                self.append(message, 0, content)
            del self._held[message]

    def let_go(self, message: int) -> None:
        """Hold a content no more: it is decided what becomes of its message."""
        self._held.pop(message, None)

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
        held = self._held.get(message)
        with self._database.transaction():
            if held is not None:
                self._database.execute(
                    "INSERT INTO message VALUES (?, ?, ?, 1)", (message, mts_identifier, length)
                )
                self.append(message, 0, held)
                return
            self._database.execute(
                "UPDATE message SET mts_identifier = ?, content_length = ?, complete = 1 "
                "WHERE id = ?",
                (mts_identifier, length, message),
            )

    def incomplete(self) -> Iterable[int]:
        """The messages that have not come whole, but for those of associations that are kept."""
        rows = self._database.execute(
            "SELECT id FROM message WHERE NOT complete AND id NOT IN "
            "(SELECT message FROM association WHERE message IS NOT NULL)"
        ).fetchall()
        return [message for (message,) in rows]

    def is_coming(self, message: int) -> bool:
        """Whether a message is here that has not come whole."""
        (found,) = self._database.execute(
            "SELECT EXISTS (SELECT 1 FROM message WHERE id = ? AND NOT complete)", (message,)
        ).fetchone()
        return bool(found)

    def forget(self, message: int) -> None:
        """Drop a message that will not come whole, or that nobody keeps.

        A long content leaves by `clear_some`. It is one that has not come whole until then.
        """
        if self._held.pop(message, None) is not None:
            return
        first = message * _PIECES
        with self._database.transaction():
            (last,) = self._database.execute(
                "SELECT coalesce(max(id), 0) FROM content WHERE id BETWEEN ? AND ?",
                (first, first + _PIECES - 1),
            ).fetchone()
            if last - first < _AT_ONCE:
                self._drop(message)
                return
            self._database.execute("UPDATE message SET complete = 0 WHERE id = ?", (message,))
            self._database.execute(  # no start goes on with what is gone in part
                "UPDATE association SET message = NULL WHERE message = ?", (message,)
            )
        self._leaving[message] = None

    def clear_some(self) -> bool:
        """Drop some of a long content that was forgotten; whether there is more to drop.

        Raises UnavailableError.
        """
        if not self._leaving:
            return False
        message = next(iter(self._leaving))
        with self._database.transaction():
            gone = self._is_kept(message) or self._drop(message)
        if gone:
            del self._leaving[message]
        return bool(self._leaving)

    def _is_kept(self, message: int) -> bool:
        """Whether a message is kept after all: the transaction that forgot it was undone."""
        (kept,) = self._database.execute(
            "SELECT EXISTS (SELECT 1 FROM message WHERE id = ? AND complete)", (message,)
        ).fetchone()
        return bool(kept)

    def _drop(self, message: int) -> bool:
        """Drop some pieces of a content, and the message with the last of them; whether it did."""
        first = message * _PIECES
        pieces = self._database.execute(
            "DELETE FROM content WHERE id IN "
            "(SELECT id FROM content WHERE id BETWEEN ? AND ? ORDER BY id LIMIT ?)",
            (first, first + _PIECES - 1, _AT_ONCE),
        )
        if pieces.rowcount == _AT_ONCE:
            return False
        self._database.execute("DELETE FROM message WHERE id = ?", (message,))
        return True

    def read(self, message: int, offset: int, size: int) -> bytes:
        """Up to `size` octets of a content from `offset`; fewer only at its end."""
        if (held := self._held.get(message)) is not None:
            return held[offset : offset + size]
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
