"""What an MTA must not lose, in SQLite: queues, contents, mailbox, event log.

SQLite because it survives a kill at any point and every tool can read it. What has been answered
for on the wire is committed before the answer is sent. Contents lie in pieces of 64 KB, so that a
message of any size passes through little memory.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mta_emu.mta.events import Event
from mta_emu.mts.apdu import message_prefix
from mta_emu.mts.envelope import Priority

FILE_NAME = "mta.db"
PIECE = 65536  # octets of content in a row

#: The queue of messages that no connector leads anywhere for.
NO_CONNECTOR = ""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    id INTEGER PRIMARY KEY, mts_identifier TEXT NOT NULL DEFAULT '',
    content_length INTEGER NOT NULL DEFAULT 0, complete INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS content (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE,
    number INTEGER NOT NULL, octets BLOB NOT NULL, PRIMARY KEY (message, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS queue (
    id INTEGER PRIMARY KEY AUTOINCREMENT, connector TEXT NOT NULL, rank INTEGER NOT NULL,
    message INTEGER NOT NULL REFERENCES message, envelope BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS queue_order ON queue (connector, rank, id);
CREATE INDEX IF NOT EXISTS queue_message ON queue (message);
CREATE TABLE IF NOT EXISTS arrival (
    mts_identifier TEXT NOT NULL, recipient TEXT NOT NULL,
    PRIMARY KEY (mts_identifier, recipient)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mailbox (
    id INTEGER PRIMARY KEY, message INTEGER NOT NULL REFERENCES message,
    recipient TEXT NOT NULL, subject TEXT NOT NULL, time TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS mailbox_message ON mailbox (message);
CREATE TABLE IF NOT EXISTS event (
    number INTEGER PRIMARY KEY, time TEXT NOT NULL, id INTEGER NOT NULL, type TEXT NOT NULL,
    source TEXT NOT NULL, category TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
"""

#: Urgent mail leaves first; the values on the wire are in no order.
_RANK = {Priority.URGENT: 0, Priority.NORMAL: 1, Priority.NON_URGENT: 2}


@dataclass(frozen=True)
class QueueEntry:
    """A message in a connector's queue, with the envelope that it will travel in."""

    id: int
    message: int
    mts_identifier: str
    priority: Priority
    envelope: bytes
    content_length: int

    @property
    def octets(self) -> int:
        """How long the APDU is."""
        prefix = message_prefix(self.envelope, self.content_length)
        return len(prefix) + self.content_length


@dataclass(frozen=True)
class Departure:
    """A copy of a message that is to leave over a connector."""

    connector: str
    priority: Priority
    envelope: bytes


@dataclass(frozen=True)
class Delivery:
    """A copy of a message that has come to its recipient."""

    recipient: str
    subject: str


class Store:
    """The MTA's database; one process writes it."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    @classmethod
    def open(cls, directory: Path) -> "Store":
        """Open the database in `directory` for the MTA, making both when they are missing.

        Messages that had not come whole when the MTA ended are forgotten: their senders hold them.
        """
        directory.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(directory / FILE_NAME)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        with db:
            db.executescript(_SCHEMA)
            db.execute("DELETE FROM message WHERE NOT complete")
        return cls(db)

    @classmethod
    def reader(cls, directory: Path) -> "Store":
        """Look into the database of an MTA, running or not. Raises OSError when there is none."""
        path = directory / FILE_NAME
        if not path.exists():
            raise FileNotFoundError(f"{path}: no MTA has kept its data here")
        return cls(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True))

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def commit(self) -> None:
        """Make sure of everything said so far."""
        self._db.commit()

    # Messages

    def begin(self) -> int:
        """Begin to keep a message; its number."""
        return int(self._db.execute("INSERT INTO message DEFAULT VALUES").lastrowid or 0)

    def append(self, message: int, number: int, octets: bytes) -> None:
        """Keep piece `number` of a content; all but the last are PIECE octets long."""
        self._db.execute("INSERT INTO content VALUES (?, ?, ?)", (message, number, octets))

    def forget(self, message: int) -> None:
        """Drop a message that will not come whole."""
        with self._db:
            self._db.execute("DELETE FROM message WHERE id = ?", (message,))

    def complete(
        self,
        message: int,
        *,
        mts_identifier: str,
        content_length: int,
        departures: Sequence[Departure],
        deliveries: Sequence[Delivery],
        arrivals: Iterable[str],
        time: datetime,
    ) -> None:
        """Take the responsibility for a message, in one transaction.

        `arrivals` are the recipients that it came for: `unseen` will not let them through again.
        """
        with self._db as db:
            db.execute(
                "UPDATE message SET mts_identifier = ?, content_length = ?, complete = 1 "
                "WHERE id = ?",
                (mts_identifier, content_length, message),
            )
            db.executemany(
                "INSERT INTO arrival VALUES (?, ?)", ((mts_identifier, name) for name in arrivals)
            )
            db.executemany(
                "INSERT INTO queue (connector, rank, message, envelope) VALUES (?, ?, ?, ?)",
                ((d.connector, _RANK[d.priority], message, d.envelope) for d in departures),
            )
            db.executemany(
                "INSERT INTO mailbox (message, recipient, subject, time) VALUES (?, ?, ?, ?)",
                ((message, d.recipient, d.subject, time.isoformat()) for d in deliveries),
            )

    def unseen(self, mts_identifier: str, recipients: Iterable[str]) -> list[str]:
        """Those of the recipients that this message has not come for before."""
        rows = self._db.execute(
            "SELECT recipient FROM arrival WHERE mts_identifier = ?", (mts_identifier,)
        )
        seen = {recipient for (recipient,) in rows}
        return [recipient for recipient in recipients if recipient not in seen]

    def read(self, message: int, offset: int, size: int) -> bytes:
        """Up to `size` octets of a content from `offset`; fewer only at its end."""
        rows = self._db.execute(
            "SELECT octets FROM content WHERE message = ? AND number BETWEEN ? AND ? "
            "ORDER BY number",
            (message, offset // PIECE, (offset + size - 1) // PIECE),
        )
        octets = b"".join(piece for (piece,) in rows)
        start = offset % PIECE
        return octets[start : start + size]

    def next_number(self) -> int:
        """A number that this MTA has never given before, for identifiers."""
        with self._db as db:
            rows = db.execute(
                "INSERT INTO counter VALUES ('message', 1) "
                "ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
            )
            return int(rows.fetchone()[0])

    # Queues

    def queue_lengths(self) -> dict[str, int]:
        """How many messages each connector's queue has."""
        return dict(self._db.execute("SELECT connector, count(*) FROM queue GROUP BY connector"))

    def waiting(self, connector: str) -> Iterator[QueueEntry]:
        """A connector's queue, the next to leave first."""
        rows = self._db.execute(
            "SELECT queue.id, message, mts_identifier, rank, envelope, content_length "
            "FROM queue JOIN message ON message.id = queue.message "
            "WHERE connector = ? ORDER BY rank, queue.id",
            (connector,),
        )
        priorities = {rank: priority for priority, rank in _RANK.items()}
        for number, message, identifier, rank, envelope, length in rows:
            yield QueueEntry(number, message, identifier, priorities[rank], envelope, length)

    def dequeue(self, entry: QueueEntry) -> None:
        """Drop an entry, and the message when no other entry or mailbox has it."""
        with self._db as db:
            db.execute("DELETE FROM queue WHERE id = ?", (entry.id,))
            db.execute(
                "DELETE FROM message WHERE id = :id "
                "AND NOT EXISTS (SELECT 1 FROM queue WHERE message = :id) "
                "AND NOT EXISTS (SELECT 1 FROM mailbox WHERE message = :id)",
                {"id": entry.message},
            )

    def mailbox(self) -> list[tuple[str, str, str]]:
        """What was delivered: MTS identifier, recipient, subject."""
        return list(
            self._db.execute(
                "SELECT mts_identifier, recipient, subject FROM mailbox "
                "JOIN message ON message.id = mailbox.message ORDER BY mailbox.id"
            )
        )

    # The event log

    def log(self, event: Event, time: datetime) -> None:
        """Add a line to the event log."""
        with self._db as db:
            db.execute(
                "INSERT INTO event (time, id, type, source, category, text) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    time.isoformat(timespec="milliseconds"),
                    event.id,
                    event.type,
                    event.source,
                    event.category,
                    event.text,
                ),
            )

    def events(self) -> Iterator[tuple[str, Event]]:
        """The event log, oldest first: the lab time, and the event."""
        rows = self._db.execute("SELECT time, id, type, category, text, source FROM event")
        for time, *fields in rows:
            yield time, Event(*fields)
