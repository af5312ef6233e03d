"""Connectors' queues: a copy for each connector that a message leaves by, in its envelope.

No operation looks at more than it needs: each costs the same whether a thousand messages wait or a
million.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from mta_emu.mta.store.database import Database
from mta_emu.mts.apdu import prefix
from mta_emu.mts.conversion import Conversion
from mta_emu.mts.fields import Priority

#: Urgent mail leaves first; the values on the wire are in no order.
_RANK = {Priority.URGENT: 0, Priority.NORMAL: 1, Priority.NON_URGENT: 2}
_PRIORITY = {rank: priority for priority, rank in _RANK.items()}


@dataclass(frozen=True)
class QueueEntry:
    """A message in a connector's queue, with the envelope that it will travel in.

    A probe or a report has no content: its `envelope` is all of it. With a `conversion` the
    content that leaves is another one, of `content_length` octets, than the one that is kept.
    """

    id: int
    message: int
    mts_identifier: str
    priority: Priority
    envelope: bytes
    content_length: int
    kept_length: int
    conversion: Conversion | None

    @property
    def octets(self) -> int:
        """How long the APDU is."""
        return len(prefix(self.envelope, self.content_length)) + self.content_length


@dataclass(frozen=True)
class QueuedCopy:
    """A copy of a message that is to leave over a connector."""

    connector: str
    priority: Priority
    envelope: bytes
    recipients: Sequence[str] = ()  # that it leaves for
    dropped: str = ""  # what cannot go over the connector
    expires: datetime | None = None  # its latest delivery time
    routing_facts: str = ""  # of routingfacts.py, as text
    conversion: Conversion | None = None  # of the content
    content_length: int | None = None  # then


#: What `entry_of` reads, of `queue` joined with `message`.
ENTRY_COLUMNS = (
    "SELECT queue.id, message, mts_identifier, rank, envelope, message.content_length, "
    "conversion, converted_length"
)


def entry_of(
    number: int,
    message: int,
    identifier: str,
    rank: int,
    envelope: bytes,
    kept: int,
    conversion: str | None,
    converted: int | None,
) -> QueueEntry:
    """The queue entry in a row of ENTRY_COLUMNS."""
    return QueueEntry(
        number,
        message,
        identifier,
        _PRIORITY[rank],
        envelope,
        kept if converted is None else converted,
        kept,
        Conversion.parse(conversion) if conversion else None,
    )


def conversion_columns(copy: QueuedCopy) -> tuple[str | None, int | None]:
    """The columns of a copy's conversion."""
    if copy.conversion is None:
        return None, None
    return str(copy.conversion), copy.content_length


class Queues:
    """The queues of an MTA, by their connectors' names."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lengths(self) -> dict[str, int]:
        """How many messages each connector's queue has; those that are empty may be left out."""
        return dict(self._database.execute("SELECT connector, queued FROM backlog WHERE queued"))

    def urgent(self, connector: str) -> int:
        """How many urgent messages a connector's queue has."""
        (count,) = self._database.execute(
            "SELECT count(*) FROM queue WHERE connector = ? AND rank = ?",
            (connector, _RANK[Priority.URGENT]),
        ).fetchone()
        return int(count)

    def waiting(
        self,
        connector: str,
        priorities: Collection[Priority] = tuple(Priority),
        but: Collection[int] = (),
    ) -> Iterator[QueueEntry]:
        """What of these priorities a connector's queue has, the next to leave first.

        Of those that are passed over, whose ids are in `but`, no envelope is read.
        """
        ranks = [_RANK[priority] for priority in priorities]
        rows = self._database.execute(
            "SELECT id FROM queue WHERE connector = ? AND rank BETWEEN ? AND ? ORDER BY rank, id",
            (connector, min(ranks), max(ranks)),
        )
        for (number,) in rows:
            if number not in but:
                yield from self._read("queue.id = ?", number)

    def find(self, connector: str, number: int) -> QueueEntry | None:
        """The entry of that number, if it is in a connector's queue."""
        return next(self._read("queue.id = ? AND queue.connector = ?", number, connector), None)

    def _read(self, which: str, *values: object) -> Iterator[QueueEntry]:
        rows = self._database.execute(
            f"{ENTRY_COLUMNS} FROM queue JOIN message ON message.id = queue.message WHERE {which}",
            values,
        )
        for row in rows:
            yield entry_of(*row)

    def add(self, copy: QueuedCopy, message: int, group: int, expires: datetime | None) -> None:
        """Put a copy of a message, which is one of a group, into its connector's queue."""
        self._database.execute(
            "INSERT INTO queue (connector, rank, message, queue_group, envelope, expires, "
            "conversion, converted_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                copy.connector,
                _RANK[copy.priority],
                message,
                group,
                copy.envelope,
                expires.isoformat() if expires else None,
                *conversion_columns(copy),
            ),
        )

    def remove(self, entry: QueueEntry) -> bool:
        """Take an entry out of its queue; whether no other and no mailbox has its message."""
        with self._database.transaction():
            self._database.execute("DELETE FROM queue WHERE id = ?", (entry.id,))
            (left,) = self._database.execute(
                "SELECT EXISTS (SELECT 1 FROM queue WHERE message = :id) "
                "OR EXISTS (SELECT 1 FROM mailbox WHERE message = :id)",
                {"id": entry.message},
            ).fetchone()
            return not left

    def came_by(self, entry: QueueEntry) -> str:
        """The connector that the message of an entry came in by; empty: it began here."""
        (connector,) = self._database.execute(
            "SELECT came_by FROM queue "
            "JOIN queue_group ON queue_group.id = queue.queue_group WHERE queue.id = ?",
            (entry.id,),
        ).fetchone()
        return str(connector)
