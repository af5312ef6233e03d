"""Groups of queue entries that are routed alike, and how often their connector was tried for them.

What decides about the route of waiting copies is looked at, and counted, once for each group.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mta_emu.mta.store.database import Database
from mta_emu.mta.store.queues import (
    ENTRY_COLUMNS,
    QueuedCopy,
    QueueEntry,
    Queues,
    conversion_columns,
    entry_of,
)

_FAILED_OPENS = "failed opens of "  # with the connector's name, in the counter table


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


class QueueGroups:
    """The groups in the queues of an MTA."""

    def __init__(self, database: Database, queues: Queues) -> None:
        self._database = database
        self._queues = queues

    def failed_opens(self, connector: str) -> int:
        """How often a connector could not be opened, ever."""
        row = self._database.execute(
            "SELECT value FROM counter WHERE name = ?", (_FAILED_OPENS + connector,)
        ).fetchone()
        return int(row[0]) if row else 0

    def note_failed_open(self, connector: str) -> None:
        """Count another open that failed."""
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO counter VALUES (?, 1) "
                "ON CONFLICT (name) DO UPDATE SET value = value + 1",
                (_FAILED_OPENS + connector,),
            )

    def of(self, connector: str) -> Iterator[QueueGroup]:
        """The groups in a connector's queue, each as it is when it is asked for."""
        last = 0
        while group := self._behind(connector, last):
            yield group
            last = group.id

    def _behind(self, connector: str, last: int) -> QueueGroup | None:
        """The first group in a connector's queue with an id above `last`."""
        row = self._database.execute(
            "SELECT id, came_by, since, tries, reroutes, routing_facts FROM queue_group "
            "WHERE connector = ? AND id > ? ORDER BY id LIMIT 1",
            (connector, last),
        ).fetchone()
        if row is None:
            return None
        number, came_by, since, tries, reroutes, routing_facts = row
        counted = {**json.loads(tries), connector: self.failed_opens(connector) - since}
        return QueueGroup(number, connector, came_by, counted, reroutes, routing_facts)

    def entries(self, group: QueueGroup) -> Iterator[QueueEntry]:
        """The entries of a group, each as it is when it is asked for."""
        last = 0
        while row := self._database.execute(
            f"{ENTRY_COLUMNS} FROM queue JOIN message ON message.id = queue.message "
            "WHERE queue_group = ? AND queue.id > ? ORDER BY queue.id LIMIT 1",
            (group.id, last),
        ).fetchone():
            entry = entry_of(*row)
            yield entry
            last = entry.id

    def move(
        self,
        entry: QueueEntry,
        group: QueueGroup,
        copies: Sequence[QueuedCopy],
        stays: QueuedCopy | None,
    ) -> None:
        """Put copies of an entry of a group into other queues, with what was tried for it.

        `stays` is the copy that is left where it was; None: none is.
        """
        with self._database.transaction():
            (expires,) = self._database.execute(
                "SELECT expires FROM queue WHERE id = ?", (entry.id,)
            ).fetchone()
            until = datetime.fromisoformat(expires) if expires else None
            for each in copies:
                further = self._group(each, group.came_by, group.tries, group.reroutes + 1)
                self._queues.add(each, entry.message, further, until)
            if stays is None:
                self._database.execute("DELETE FROM queue WHERE id = ?", (entry.id,))
            else:
                rest = self._group(stays, group.came_by, group.tries, group.reroutes)
                self._database.execute(
                    "UPDATE queue SET envelope = ?, queue_group = ?, conversion = ?, "
                    "converted_length = ? WHERE id = ?",
                    (stays.envelope, rest, *conversion_columns(stays), entry.id),
                )

    def add(self, copy: QueuedCopy, message: int, came_by: str) -> None:
        """Queue a copy of a message that came by a connector; nothing was tried for it yet."""
        self._queues.add(copy, message, self._group(copy, came_by, {}, 0), copy.expires)

    def _group(
        self, copy: QueuedCopy, came_by: str, tries: Mapping[str, int], reroutes: int
    ) -> int:
        """The id of the group of a copy, with what was tried for it before."""
        connector = copy.connector
        since = self.failed_opens(connector) - tries.get(connector, 0)
        others = {name: count for name, count in sorted(tries.items()) if name != connector}
        values = (connector, since, came_by, json.dumps(others), reroutes, copy.routing_facts)
        row = self._database.execute(
            "SELECT id FROM queue_group WHERE connector = ? AND since = ? AND came_by = ? "
            "AND tries = ? AND reroutes = ? AND routing_facts = ?",
            values,
        ).fetchone()
        if row:
            return int(row[0])
        added = self._database.execute(
            "INSERT INTO queue_group (connector, since, came_by, tries, reroutes, routing_facts) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            values,
        )
        return int(added.lastrowid or 0)
