"""The event log in the MTA's database, and what of it somebody wants to see."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mta_emu.mta.database import Database
from mta_emu.mta.events import Event


@dataclass(frozen=True)
class Logged:
    """An event as the log has it: the line's number, lab time, the connector that it is about."""

    number: int
    time: datetime
    event: Event
    connector: str = ""


@dataclass(frozen=True)
class Wanted:
    """Which events; an empty field wants them all, `until` is not included."""

    ids: frozenset[int] = frozenset()
    type: str = ""
    category: str = ""
    connector: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __contains__(self, logged: Logged) -> bool:
        event = logged.event
        return (
            (not self.ids or event.id in self.ids)
            and self.type.casefold() in ("", event.type.casefold())
            and self.category.casefold() in ("", event.category.casefold())
            and self.connector.casefold() in ("", logged.connector.casefold())
            and (self.since is None or self.since <= logged.time)
            and (self.until is None or logged.time < self.until)
        )


EVERY_EVENT = Wanted()


_HEADER = 56  # octets that NT has before the strings of an event (EVENTLOGRECORD)


def _strings(event: Event) -> tuple[str, ...]:
    return event.type, event.source, event.category, event.text


class EventLog:
    """The event log of an MTA."""

    def __init__(self, database: Database, size: int) -> None:
        """Keep about `size` octets: the oldest events go when those after them have as many."""
        self._database = database
        self._size = size

    def add(self, event: Event, time: datetime, connector: str = "") -> None:
        """Add a line."""
        octets = _HEADER + sum(len(each.encode()) for each in (*_strings(event), connector))
        with self._database.transaction():
            rows = self._database.execute(
                "INSERT INTO event (time, id, type, source, category, text, connector, ends) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ? + coalesce((SELECT max(ends) FROM event), 0)) "
                "RETURNING ends",
                (
                    time.isoformat(timespec="milliseconds"),
                    event.id,
                    event.type,
                    event.source,
                    event.category,
                    event.text,
                    connector,
                    octets,
                ),
            )
            (ends,) = rows.fetchone()
            self._database.execute("DELETE FROM event WHERE ends <= ?", (ends - self._size,))

    def read(self, wanted: Wanted = EVERY_EVENT, after: int = 0) -> Iterator[Logged]:
        """The lines that are wanted, oldest first, from the one behind number `after` on."""
        rows = self._database.execute(
            "SELECT number, time, connector, id, type, category, text, source FROM event "
            "WHERE number > ? ORDER BY number",
            (after,),
        )
        for number, time, connector, *fields in rows:
            logged = Logged(number, datetime.fromisoformat(time), Event(*fields), connector)
            if logged in wanted:
                yield logged
