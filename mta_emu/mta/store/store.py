"""What an MTA must not lose: messages, their contents, its queues and its mailbox.

Contents lie in pieces of 64 KB, so that a message of any size passes through little memory. No
operation looks at more than it needs: each costs the same whether a thousand messages wait or a
million.
"""

import json
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.database import Database, DiskFullError
from mta_emu.mta.store.deferred import DeferredMessages
from mta_emu.mta.store.eventlog import EventLog
from mta_emu.mta.store.tracking import TrackingEntry, TrackingLog, delivered, downgraded, queued
from mta_emu.mts.apdu import prefix
from mta_emu.mts.conversion import Conversion
from mta_emu.mts.fields import Priority
from mta_emu.mts.pieces import Read
from mta_emu.mts.report import Delivered, NotDelivered

PIECE = 65536  # octets of content in a row
_PIECES = 1 << 20  # that a message may have
_SHORT = 1 << 20  # octets of a content
_NUMBERS = 1000  # that are reserved at a time
EVENT_LOG_SIZE = 512 << 10  # octets, as NT has it
_AT_A_TIME = 1000  # rows that are dropped in one transaction

#: Urgent mail leaves first; the values on the wire are in no order.
_RANK = {Priority.URGENT: 0, Priority.NORMAL: 1, Priority.NON_URGENT: 2}
_FAILED_OPENS = "failed opens of "  # with the connector's name, in the counter table
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
class QueueGroup:
    """What copies in a connector's queue have in common that decides about their route.

    `tries` are the failed opens by connector; `routing_facts` are as text those of
    routingfacts.py.
    """

    id: int
    connector: str
    came_by: str  # the connector that the messages came in by
    tries: Mapping[str, int]
    reroutes: int
    routing_facts: str


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


@dataclass(frozen=True)
class Delivery:
    """A copy of a message that has come to its recipient."""

    recipient: str
    subject: str


@dataclass(frozen=True)
class Mail:
    """A message in the mailbox."""

    id: int
    message: int
    mts_identifier: str
    recipient: str
    subject: str
    content_length: int
    time: datetime


_ENTRIES = (
    "SELECT queue.id, message, mts_identifier, rank, envelope, message.content_length, "
    "conversion, converted_length"
)
_OF_CONNECTOR = "FROM queue JOIN message ON message.id = queue.message WHERE connector = ?"


def _entry(
    number: int,
    message: int,
    identifier: str,
    rank: int,
    envelope: bytes,
    kept: int,
    conversion: str | None,
    converted: int | None,
) -> QueueEntry:
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


def _conversion(copy: QueuedCopy) -> tuple[str | None, int | None]:
    """The columns of a departure's conversion."""
    if copy.conversion is None:
        return None, None
    return str(copy.conversion), copy.content_length


class Store:
    """The MTA's messages.

    In the same database are its logs, `events` and `tracking`, and messages that are `deferred`.
    """

    def __init__(self, database: Database, event_log_size: int = EVENT_LOG_SIZE) -> None:
        self._database = database
        self._numbers = iter(range(0))
        self._postponed: deque[tuple[Callable[[], None], Callable[[], None]]] = deque()
        self.transaction = database.transaction
        self.secure = database.secure
        self.events = EventLog(database, event_log_size)
        self.tracking = TrackingLog(database)
        self.deferred = DeferredMessages(database)

    @classmethod
    def open(cls, directory: Path, name: str = "", event_log_size: int = EVENT_LOG_SIZE) -> "Store":
        """Open the database in `directory` for the MTA `name`, making both when they are missing.

        The event log keeps about `event_log_size` octets.
        Messages that had not come whole when the MTA ended are forgotten: their senders hold them.
        Raises DatabaseVersionError, DiskFullError and sqlite3.Error.
        """
        database = Database.open(directory)
        store = cls(database, event_log_size)
        store.when_possible(partial(store._keep_name, name))
        for (message,) in database.execute("SELECT id FROM message WHERE NOT complete").fetchall():
            store.when_possible(partial(store.forget, message))
        return store

    @classmethod
    def reader(cls, directory: Path) -> "Store":
        """Look into the database of an MTA, running or not. Raises OSError when there is none."""
        return cls(Database.reader(directory))

    @property
    def name(self) -> str:
        """The name of the server whose MTA keeps its data here."""
        row = self._database.execute("SELECT value FROM property WHERE name = 'server'").fetchone()
        return str(row[0]) if row else ""

    def _keep_name(self, name: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO property VALUES ('server', ?)", (name,))

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # A full disk

    def watch_disk(
        self, on_full: Callable[[], None], on_failure: Callable[[Exception], None]
    ) -> None:
        """Call `on_full` whenever something does not fit on the disk, `on_failure` when it fails.

        After a failure nothing may go on: the database is put right when it is opened again.
        """
        self._database.on_full = on_full
        self._database.on_failure = on_failure

    def when_possible(
        self, work: Callable[[], None], done: Callable[[], None] = lambda: None
    ) -> None:
        """Do `work` in a transaction, now or, when the disk is full, as soon as it has space.

        For what nobody waits for, and what is put right at the next start when it does not come to
        it: a message that has been sent, a line of a log. Works are done in their order; `done` is
        called when this one is.
        """
        self._postponed.append((work, done))
        self.catch_up()

    @property
    def full(self) -> bool:
        """Whether the disk is full, so that no mail is taken."""
        return self._database.full

    def recover(self) -> bool:
        """Whether a disk that was full has room again, and what was postponed is done."""
        return self.catch_up() and self._database.has_room()

    def catch_up(self) -> bool:
        """Try to do what was postponed; whether nothing is left of it."""
        while self._postponed:
            work, done = self._postponed[0]
            try:
                with self.transaction():
                    work()
            except DiskFullError:
                return False
            self._postponed.popleft()
            done()
        return True

    # Messages

    def begin(self) -> int:
        """Begin to keep a message; its number. Raises DiskFullError, as everything that writes."""
        self._database.check_room()
        with self.transaction():
            return int(self._database.execute("INSERT INTO message DEFAULT VALUES").lastrowid or 0)

    def append(self, message: int, number: int, octets: bytes) -> None:
        """Keep piece `number` of a content; all but the last are PIECE octets long.

        A piece that was kept before is replaced.
        """
        with self.transaction():
            self._database.execute(
                "INSERT OR REPLACE INTO content VALUES (?, ?)", (message * _PIECES + number, octets)
            )

    def keep(self, content: bytes) -> int:
        """Keep a content that is all there; the number of its message."""
        with self.transaction():
            message = self.begin()
            for number, start in enumerate(range(0, len(content), PIECE)):
                self.append(message, number, content[start : start + PIECE])
            return message

    def forget(self, message: int) -> None:
        """Drop a message that will not come whole, or that nobody keeps."""
        with self.transaction():
            self._drop(message)

    def complete(
        self,
        message: int,
        came: TrackingEntry,
        *,
        content_length: int,
        copies: Sequence[QueuedCopy],
        deliveries: Sequence[Delivery],
        arrivals: Iterable[str],
        came_by: str | None = None,
        changes: Iterable[TrackingEntry] = (),
    ) -> None:
        """Take the responsibility for a message, in one transaction.

        `came` tells in the tracking log which message, when and how, `changes` what was changed
        then. `arrivals` are the recipients that it came for: `unseen` will not let them through
        again. It came in by the connector `came_by`; None: by that of `came`.
        """
        database, mts_identifier = self._database, came.mts_identifier
        with self.transaction():
            database.execute(
                "UPDATE message SET mts_identifier = ?, content_length = ?, complete = 1 "
                "WHERE id = ?",
                (mts_identifier, content_length, message),
            )
            database.execute_many(
                "INSERT INTO arrival (time, mts_identifier, recipient) VALUES (?, ?, ?)",
                ((came.time.isoformat(), mts_identifier, name) for name in arrivals),
            )
            for each in copies:
                self._enqueue(
                    each,
                    message,
                    self._group(each, came.connector if came_by is None else came_by, {}, 0),
                    each.expires.isoformat() if each.expires else None,
                )
            database.execute_many(
                "INSERT INTO mailbox (message, recipient, subject, time) VALUES (?, ?, ?, ?)",
                ((message, d.recipient, d.subject, came.time.isoformat()) for d in deliveries),
            )
            self.tracking.add(
                came,
                *changes,
                *(downgraded(came, d.connector, d.dropped) for d in copies if d.dropped),
                *(queued(came, each.connector, each.recipients) for each in copies),
                *(delivered(came, each.recipient) for each in deliveries),
            )

    def unseen(self, mts_identifier: str, recipients: Iterable[str]) -> list[str]:
        """Those of the recipients that this message has not come for before."""
        rows = self._database.execute(
            "SELECT recipient FROM arrival WHERE mts_identifier = ?", (mts_identifier,)
        )
        seen = {recipient for (recipient,) in rows}
        return [recipient for recipient in recipients if recipient not in seen]

    def prune(self, tracking_before: datetime, arrivals_before: datetime) -> bool:
        """Drop some of what is older: of the tracking log, and of what has come.

        True when there may be more. Raises DiskFullError.
        """
        ages = {
            "tracking": tracking_before,
            "failure": tracking_before,
            "arrival": arrivals_before,
        }
        with self.transaction():
            dropped = [
                self._database.drop_oldest(table, before, _AT_A_TIME)
                for table, before in ages.items()
            ]
        return _AT_A_TIME in dropped

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

    def content_reader(self, message: int, length: int) -> Read:
        """Reads a content from any offset; one of up to 1 MB is fetched once."""
        if length > _SHORT:
            return partial(self.read, message)
        whole = cache(partial(self.read, message, 0, length))
        return lambda offset, size: whole()[offset : offset + size]

    def next_number(self) -> int:
        """A number that this MTA has never given before, for identifiers."""
        number = next(self._numbers, None)
        return self._reserve() if number is None else number

    def _reserve(self) -> int:
        """Reserve the next numbers, so that not every message has to write one."""
        with self.transaction():
            rows = self._database.execute(
                "INSERT INTO counter VALUES ('message', :numbers) "
                "ON CONFLICT (name) DO UPDATE SET value = value + :numbers RETURNING value",
                {"numbers": _NUMBERS},
            )
            (last,) = rows.fetchone()
        self._database.secure_now()  # before a message with such a number goes anywhere
        self._numbers = iter(range(last - _NUMBERS + 1, last + 1))
        return next(self._numbers)

    # Queues

    def queue_lengths(self) -> dict[str, int]:
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
        self, connector: str, priorities: Collection[Priority] = tuple(Priority)
    ) -> Iterator[QueueEntry]:
        """What of these priorities a connector's queue has, the next to leave first."""
        ranks = [_RANK[priority] for priority in priorities]
        rows = self._database.execute(
            f"{_ENTRIES} {_OF_CONNECTOR} AND rank BETWEEN ? AND ? ORDER BY rank, queue.id",
            (connector, min(ranks), max(ranks)),
        )
        for row in rows:
            yield _entry(*row)

    def dequeue(self, entry: QueueEntry, *steps: TrackingEntry) -> None:
        """Drop an entry, and the message when no other entry or mailbox has it.

        `steps` tell why, in the tracking log.
        """
        with self.transaction():
            self._database.execute("DELETE FROM queue WHERE id = ?", (entry.id,))
            (left,) = self._database.execute(
                "SELECT EXISTS (SELECT 1 FROM queue WHERE message = :id) "
                "OR EXISTS (SELECT 1 FROM mailbox WHERE message = :id)",
                {"id": entry.message},
            ).fetchone()
            if not left:
                self._drop(entry.message)
            self.tracking.add(*steps)

    def next_expiry(self) -> datetime | None:
        """When the first message in any queue expires; None when none does."""
        (time,) = self._database.execute(
            "SELECT min(expires) FROM queue WHERE expires IS NOT NULL"
        ).fetchone()
        return datetime.fromisoformat(time) if time else None

    def expired(self, now: datetime) -> list[tuple[str, QueueEntry]]:
        """The connectors whose queues messages have expired in, and these."""
        rows = self._database.execute(
            f"{_ENTRIES}, connector FROM queue JOIN message ON message.id = queue.message "
            "WHERE expires < ?",
            (now.isoformat(),),
        )
        return [(connector, _entry(*row)) for *row, connector in rows]

    # Tries to open

    def failed_opens(self, connector: str) -> int:
        """How often a connector could not be opened, ever."""
        row = self._database.execute(
            "SELECT value FROM counter WHERE name = ?", (_FAILED_OPENS + connector,)
        ).fetchone()
        return int(row[0]) if row else 0

    def note_failed_open(self, connector: str) -> None:
        """Count another open that failed."""
        with self.transaction():
            self._database.execute(
                "INSERT INTO counter VALUES (?, 1) "
                "ON CONFLICT (name) DO UPDATE SET value = value + 1",
                (_FAILED_OPENS + connector,),
            )

    def groups(self, connector: str, *, after: int, limit: int) -> list[QueueGroup]:
        """The groups in a connector's queue with ids above `after`, by id."""
        rows = self._database.execute(
            "SELECT id, came_by, since, tries, reroutes, routing_facts FROM queue_group "
            "WHERE connector = ? AND id > ? ORDER BY id LIMIT ?",
            (connector, after, limit),
        )
        failed = self.failed_opens(connector)
        return [
            QueueGroup(
                number,
                connector,
                came_by,
                {**json.loads(tries), connector: failed - since},
                reroutes,
                routing_facts,
            )
            for number, came_by, since, tries, reroutes, routing_facts in rows
        ]

    def came_by(self, entry: QueueEntry) -> str:
        """The connector that the message of an entry came in by; empty: it began here."""
        (connector,) = self._database.execute(
            "SELECT came_by FROM queue "
            "JOIN queue_group ON queue_group.id = queue.queue_group WHERE queue.id = ?",
            (entry.id,),
        ).fetchone()
        return str(connector)

    def entries(self, group: QueueGroup, *, after: int, limit: int) -> list[QueueEntry]:
        """The entries of a group with ids above `after`, by id."""
        rows = self._database.execute(
            f"{_ENTRIES} FROM queue JOIN message ON message.id = queue.message "
            "WHERE queue_group = ? AND queue.id > ? ORDER BY queue.id LIMIT ?",
            (group.id, after, limit),
        )
        return [_entry(*row) for row in rows]

    def exhausted(self, connector: str, most: int, *, limit: int) -> list[QueueEntry]:
        """Entries that a connector was tried for at least `most` times."""
        rows = self._database.execute(
            f"{_ENTRIES} FROM queue_group JOIN queue ON queue.queue_group = queue_group.id "
            "JOIN message ON message.id = queue.message "
            "WHERE queue_group.connector = ? AND since <= ? LIMIT ?",
            (connector, self.failed_opens(connector) - most, limit),
        )
        return [_entry(*row) for row in rows]

    def move(
        self,
        entry: QueueEntry,
        group: QueueGroup,
        copies: Sequence[QueuedCopy],
        stays: QueuedCopy | None,
        steps: Sequence[TrackingEntry],
    ) -> None:
        """Put copies of an entry of a group into other queues, with what was tried for it.

        `stays` is the copy that is left where it was; None: none is.
        """
        with self.transaction():
            (expires,) = self._database.execute(
                "SELECT expires FROM queue WHERE id = ?", (entry.id,)
            ).fetchone()
            for each in copies:
                further = self._group(each, group.came_by, group.tries, group.reroutes + 1)
                self._enqueue(each, entry.message, further, expires)
            if stays is None:
                self._database.execute("DELETE FROM queue WHERE id = ?", (entry.id,))
            else:
                rest = self._group(stays, group.came_by, group.tries, group.reroutes)
                self._database.execute(
                    "UPDATE queue SET envelope = ?, queue_group = ?, conversion = ?, "
                    "converted_length = ? WHERE id = ?",
                    (stays.envelope, rest, *_conversion(stays), entry.id),
                )
            self.tracking.add(*steps)

    def _enqueue(self, copy: QueuedCopy, message: int, group: int, expires: str | None) -> None:
        self._database.execute(
            "INSERT INTO queue (connector, rank, message, queue_group, envelope, expires, "
            "conversion, converted_length) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                copy.connector,
                _RANK[copy.priority],
                message,
                group,
                copy.envelope,
                expires,
                *_conversion(copy),
            ),
        )

    def _group(
        self, copy: QueuedCopy, came_by: str, tries: Mapping[str, int], reroutes: int
    ) -> int:
        """The id of the group of a copy, with what was tried for it before."""
        connector = copy.connector
        since = self.failed_opens(connector) - tries.get(connector, 0)
        others = {name: count for name, count in sorted(tries.items()) if name != connector}
        values = (connector, since, came_by, json.dumps(others), reroutes, copy.routing_facts)
        self._database.execute(
            "INSERT INTO queue_group (connector, since, came_by, tries, reroutes, routing_facts) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            values,
        )
        (group,) = self._database.execute(
            "SELECT id FROM queue_group WHERE connector = ? AND since = ? AND came_by = ? "
            "AND tries = ? AND reroutes = ? AND routing_facts = ?",
            values,
        ).fetchone()
        return int(group)

    def _drop(self, message: int) -> None:
        self._database.execute("DELETE FROM message WHERE id = ?", (message,))
        first = message * _PIECES
        self._database.execute(
            "DELETE FROM content WHERE id BETWEEN ? AND ?", (first, first + _PIECES - 1)
        )

    # The mailbox

    def mailbox(self, after: int = 0) -> Iterator[Mail]:
        """What was delivered, oldest first, from the one behind number `after` on."""
        return self._mail("WHERE mailbox.id > ? ORDER BY mailbox.id", after)

    def mail(self, number: int) -> Mail | None:
        """The message in the mailbox with this number, when there is one."""
        return next(self._mail("WHERE mailbox.id = ?", number), None)

    def _mail(self, which: str, *values: object) -> Iterator[Mail]:
        rows = self._database.execute(
            "SELECT mailbox.id, message, mts_identifier, recipient, subject, content_length, time "
            f"FROM mailbox JOIN message ON message.id = mailbox.message {which}",
            values,
        )
        for number, message, identifier, recipient, subject, length, time in rows:
            came = datetime.fromisoformat(time)
            yield Mail(number, message, identifier, recipient, subject, length, came)

    # Reports

    def tell(self, told: Iterable[ReceivedReport]) -> None:
        """Keep what a report tells users here."""
        with self.transaction():
            self._database.execute_many(
                "INSERT INTO report (time, subject_identifier, content_identifier, originator, "
                "recipient, redirected_to, delivered, reason, diagnostic) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        each.time.isoformat(),
                        each.subject_identifier,
                        each.content_identifier,
                        each.originator,
                        each.recipient,
                        each.redirected_to,
                        *_columns(each.outcome),
                    )
                    for each in told
                ),
            )

    def told(self, subject_identifier: str | None = None) -> Iterator[ReceivedReport]:
        """What reports told, oldest first; of one message or probe, or of all."""
        rows = self._database.execute(
            "SELECT time, subject_identifier, content_identifier, originator, recipient, "
            "redirected_to, delivered, reason, diagnostic FROM report "
            "WHERE :subject IS NULL OR subject_identifier = :subject ORDER BY id",
            {"subject": subject_identifier},
        )
        for time, subject, content, originator, recipient, alternate, *codes in rows:
            came, outcome = datetime.fromisoformat(time), _outcome(*codes)
            yield ReceivedReport(came, subject, content, originator, recipient, outcome, alternate)


def _columns(outcome: Delivered | NotDelivered) -> tuple[str | None, int | None, int | None]:
    match outcome:
        case Delivered(time):
            return time.isoformat(), None, None
        case NotDelivered(reason, diagnostic):
            return None, reason, diagnostic


def _outcome(time: str | None, reason: int, diagnostic: int | None) -> Delivered | NotDelivered:
    return Delivered(datetime.fromisoformat(time)) if time else NotDelivered(reason, diagnostic)
