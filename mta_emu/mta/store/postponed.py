"""What waits for a time: messages that are deferred, and queue entries that will expire."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mta_emu.mta.log.status import DeferredStatus
from mta_emu.mta.store.contents import Contents
from mta_emu.mta.store.database import Database
from mta_emu.mta.store.queues import ENTRY_COLUMNS, QueueEntry, entry_of


@dataclass(frozen=True)
class Deferred:
    """A message that has come and is not to be delivered yet: what came, when, and until when."""

    message: int
    head: bytes
    octets: int
    content_length: int
    connector: str  # that it came by; empty: it was submitted here
    association: int | None
    arrival: datetime
    until: datetime
    mts_identifier: str = ""


class DeferredMessages:
    """The deferred messages of an MTA."""

    def __init__(self, database: Database, contents: Contents) -> None:
        self._database = database
        self._contents = contents

    def add(self, deferred: Deferred) -> None:
        """Take the responsibility for a message."""
        with self._database.transaction():
            self._contents.complete(
                deferred.message, deferred.content_length, deferred.mts_identifier
            )
            self._database.execute(
                "INSERT INTO deferred (message, head, octets, connector, association, arrival, "
                "until) VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    deferred.message,
                    deferred.head,
                    deferred.octets,
                    deferred.connector,
                    deferred.association,
                    deferred.arrival.isoformat(),
                    deferred.until.isoformat(),
                ),
            )

    def remove(self, deferred: Deferred) -> bool:
        """Let go of a message that is dealt with otherwise now; False when it was before."""
        with self._database.transaction():
            gone = self._database.execute(
                "DELETE FROM deferred WHERE message = ?", (deferred.message,)
            )
            return bool(gone.rowcount)

    def count(self) -> int:
        """How many there are."""
        row = self._database.execute("SELECT value FROM counter WHERE name = 'deferred'").fetchone()
        return int(row[0]) if row else 0

    def status(self) -> DeferredStatus:
        """How many there are, and when the first of them goes on: lab time, or None."""
        due = self.next_due()
        return DeferredStatus(self.count(), due.isoformat(timespec="seconds") if due else None)

    def next_due(self) -> datetime | None:
        """When the first of them is to go on; None: there is none."""
        (time,) = self._database.execute("SELECT min(until) FROM deferred").fetchone()
        return datetime.fromisoformat(time) if time else None

    def due(self, now: datetime) -> Deferred | None:
        """The one that was to go on before `now` and is the longest due."""
        return next(self._read("WHERE until < ? ORDER BY until LIMIT 1", now.isoformat()), None)

    def find(self, mts_identifier: str) -> Deferred | None:
        """The deferred message of that identifier, when there is one."""
        return next(self._read("WHERE mts_identifier = ? LIMIT 1", mts_identifier), None)

    def _read(self, which: str, *values: object) -> Iterator[Deferred]:
        rows = self._database.execute(
            "SELECT message, head, octets, content_length, connector, association, arrival, until, "
            f"mts_identifier FROM deferred JOIN message ON message.id = deferred.message {which}",
            values,
        )
        for message, head, octets, length, connector, number, arrival, until, identifier in rows:
            yield Deferred(
                message,
                head,
                octets,
                length,
                connector,
                number,
                datetime.fromisoformat(arrival),
                datetime.fromisoformat(until),
                identifier,
            )


class ExpiringEntries:
    """The queue entries of an MTA that have a latest delivery time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def next_due(self) -> datetime | None:
        """When the first message in any queue expires; None: none does."""
        (time,) = self._database.execute(
            "SELECT min(expires) FROM queue WHERE expires IS NOT NULL"
        ).fetchone()
        return datetime.fromisoformat(time) if time else None

    def due(self, now: datetime) -> Iterator[tuple[str, QueueEntry]]:
        """The entries that have expired, each with the connector in whose queue it is.

        Each is read when it is asked for: there may be very many.
        """
        expires, last = "", 0
        while row := self._database.execute(
            f"{ENTRY_COLUMNS}, connector, expires "
            "FROM queue JOIN message ON message.id = queue.message "
            "WHERE expires < ? AND (expires, queue.id) > (?, ?) "
            "ORDER BY expires, queue.id LIMIT 1",
            (now.isoformat(), expires, last),
        ).fetchone():
            *columns, connector, expires = row
            entry = entry_of(*columns)
            yield connector, entry
            last = entry.id
