"""The event log in the MTA's database, and what of it somebody wants to see."""

from collections.abc import Iterator
from datetime import datetime

from mta_emu.mta.log.events import EVERY_EVENT, Event, EventFilter, LoggedEvent
from mta_emu.mta.store.database import Database

_HEADER = 56  # octets that NT has before the strings of an event (EVENTLOGRECORD)


def _strings(event: Event) -> tuple[str, ...]:
    return event.type, event.source, event.category, event.text, event.reason


class EventLog:
    """The event log of an MTA."""

    def __init__(self, database: Database, size: int) -> None:
        """Keep about `size` octets: the oldest events go when those after them have as many."""
        self._database = database
        self._size = size

    def add(self, event: Event, time: datetime, connector: str = "") -> int:
        """Add a line; its number."""
        octets = _HEADER + sum(len(each.encode()) for each in (*_strings(event), connector))
        with self._database.transaction():
            rows = self._database.execute(
                "INSERT INTO event "
                "(time, id, type, source, category, text, reason, repeats, connector, ends) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, "
                "? + coalesce((SELECT max(ends) FROM event), 0)) "
                "RETURNING number, ends",
                (
                    time.isoformat(timespec="milliseconds"),
                    event.id,
                    event.type,
                    event.source,
                    event.category,
                    event.text,
                    event.reason,
                    event.repeats,
                    connector,
                    octets,
                ),
            )
            number, ends = rows.fetchone()
            self._database.execute("DELETE FROM event WHERE ends <= ?", (ends - self._size,))
            return int(number)

    def repeat(self, number: int, event: Event, time: datetime) -> bool:
        """Let the line of that number stand for another repeat; False: it is there no more."""
        with self._database.transaction():
            changed = self._database.execute(
                "UPDATE event SET time = ?, text = ?, reason = ?, repeats = ? WHERE number = ?",
                (
                    time.isoformat(timespec="milliseconds"),
                    event.text,
                    event.reason,
                    event.repeats,
                    number,
                ),
            )
            return bool(changed.rowcount)

    def read(self, wanted: EventFilter = EVERY_EVENT, after: int = 0) -> Iterator[LoggedEvent]:
        """The lines that are wanted, oldest first, from the one behind number `after` on."""
        rows = self._database.execute(
            "SELECT number, time, connector, id, type, category, text, source, reason, "
            "repeats FROM event "
            "WHERE number > ? ORDER BY number",
            (after,),
        )
        for number, time, connector, *fields in rows:
            logged = LoggedEvent(number, datetime.fromisoformat(time), Event(*fields), connector)
            if logged in wanted:
                yield logged
