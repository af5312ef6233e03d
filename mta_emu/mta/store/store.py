"""All that an MTA must not lose, in one database: what lies where, and what changes together.

Each kind of thing has a class of its own, over tables of its own. Here is what changes several of
them, always in one transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path

from mta_emu.mta.store.arrivals import Arrivals
from mta_emu.mta.store.associations import KeptAssociations
from mta_emu.mta.store.contents import Contents
from mta_emu.mta.store.database import Database
from mta_emu.mta.store.diskspace import DiskSpace
from mta_emu.mta.store.eventlog import EventLog
from mta_emu.mta.store.groupcommit import GroupCommit
from mta_emu.mta.store.mailbox import Delivery, Mailbox
from mta_emu.mta.store.numbers import Numbers
from mta_emu.mta.store.postponed import DeferredMessages, ExpiringEntries
from mta_emu.mta.store.queuegroups import QueueGroup, QueueGroups
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry, Queues
from mta_emu.mta.store.receivedreports import ReceivedReports
from mta_emu.mta.store.tracking import TrackingEntry, TrackingLog, delivered, downgraded, queued

EVENT_LOG_SIZE = 512 << 10  # octets, as NT has it
#: Rows that are dropped in one transaction; an arrival may name thousands of recipients.
_AT_A_TIME = {"tracking": 1000, "failure": 1000, "arrival": 50}


class Store:
    """What an MTA keeps.

    `transaction`, `secure`, `begin_to_secure`, `checkpoint`, `when_possible`, `keep` and `soon` are
    those of database.py, diskspace.py and groupcommit.py.
    """

    def __init__(self, database: Database, event_log_size: int = EVENT_LOG_SIZE) -> None:
        self._database = database
        self.transaction = database.transaction
        self.secure = database.secure
        self.begin_to_secure = database.begin_to_secure
        self.checkpoint = database.checkpoint
        self.disk = DiskSpace(database)
        self.when_possible = self.disk.when_possible
        self.group = GroupCommit(database, self.disk)
        self.keep = self.group.keep
        self.soon = self.group.soon
        self.numbers = Numbers(database)
        self.contents = Contents(database)
        self.arrivals = Arrivals(database)
        self.associations = KeptAssociations(database)
        self.queues = Queues(database)
        self.groups = QueueGroups(database, self.queues)
        self.deferred = DeferredMessages(database, self.contents)
        self.expiring = ExpiringEntries(database)
        self.mailbox = Mailbox(database)
        self.reports = ReceivedReports(database)
        self.events = EventLog(database, event_log_size)
        self.tracking = TrackingLog(database)

    @classmethod
    def open(cls, directory: Path, name: str = "", event_log_size: int = EVENT_LOG_SIZE) -> "Store":
        """Open the database in `directory` for the MTA `name`, making both when they are missing.

        The event log keeps about `event_log_size` octets.
        Messages that had not come whole when the MTA ended are forgotten, because their senders
        hold them; but for those of associations that it goes on with.
        Raises DatabaseVersionError, UnavailableError and sqlite3.Error.
        """
        store = cls(Database.open(directory), event_log_size)
        store.when_possible(partial(store._keep_name, name))
        for message in store.contents.incomplete():
            store.when_possible(partial(store.contents.forget, message))
        return store

    @classmethod
    def reader(cls, directory: Path) -> "Store":
        """Look into the database of an MTA, running or not. Raises OSError when there is none."""
        return cls(Database.reader(directory))

    @contextmanager
    def reading(self) -> Iterator["Store"]:
        """The store, to be read on another thread while the block runs there."""
        store = Store.reader(self._database.directory)
        try:
            yield store
        finally:
            store.close()

    @property
    def name(self) -> str:
        """The name of the server whose MTA keeps its data here."""
        row = self._database.execute("SELECT value FROM property WHERE name = 'server'").fetchone()
        return str(row[0]) if row else ""

    def _keep_name(self, name: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO property VALUES ('server', ?)", (name,))

    def close(self) -> None:
        """Do what waits for its commit, and close the database."""
        self.group.finish()
        self._database.close()

    def complete(
        self,
        message: int,
        came: TrackingEntry,
        *,
        content_length: int,
        copies: Sequence[QueuedCopy],
        deliveries: Sequence[Delivery],
        arrivals: Sequence[str],
        came_by: str | None = None,
        changes: Iterable[TrackingEntry] = (),
    ) -> None:
        """Take the responsibility for a message, in one transaction.

        `came` says in the tracking log which message, when and how, `changes` what was changed
        then. `arrivals` are the recipients that it came for. It came in by the connector
        `came_by`; None: by that of `came`.
        """
        with self.transaction():
            self.contents.complete(message, content_length, came.mts_identifier)
            self.arrivals.add(came.time, came.mts_identifier, arrivals)
            for each in copies:
                self.groups.add(each, message, came.connector if came_by is None else came_by)
            self.mailbox.add(message, came.time, deliveries)
            self.tracking.add(
                came,
                *changes,
                *(downgraded(came, copy) for copy in copies if copy.dropped),
                *(queued(came, copy) for copy in copies),
                *delivered(came, [name for each in deliveries for name in each.recipients]),
            )

    def dequeue(self, entry: QueueEntry, *reasons: TrackingEntry) -> None:
        """Drop an entry, and the message when no other entry or mailbox has it.

        `reasons` say why, in the tracking log.
        """
        with self.transaction():
            if self.queues.remove(entry):
                self.contents.forget(entry.message)
            self.tracking.add(*reasons)

    def move(
        self,
        entry: QueueEntry,
        group: QueueGroup,
        copies: Sequence[QueuedCopy],
        stays: QueuedCopy | None,
        reasons: Sequence[TrackingEntry],
    ) -> None:
        """Put copies of an entry of a group into other queues; see QueueGroups.move."""
        with self.transaction():
            self.groups.move(entry, group, copies, stays)
            self.tracking.add(*reasons)

    def prune(self, tracking_before: datetime, arrivals_before: datetime) -> bool:
        """Drop some of what is older: of the tracking log, and of what has come.

        True when there may be more. Raises UnavailableError.
        """
        ages = {
            "tracking": tracking_before,
            "failure": tracking_before,
            "arrival": arrivals_before,
        }
        with self.transaction():
            full = [
                self._database.drop_oldest(table, before, _AT_A_TIME[table]) == _AT_A_TIME[table]
                for table, before in ages.items()
            ]
        return any(full)
