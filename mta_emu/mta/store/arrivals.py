"""The recipients that each message has come for, so that none gets it twice."""

import json
from collections.abc import Sequence
from datetime import datetime

from mta_emu.mta.store.database import Database

_MOST_ASKED = 1000  # messages of which the last arrival is remembered


class Arrivals:
    """The messages that have come, by MTS identifier and recipient."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._asked: dict[str, int] = {}  # what `last` said, of those that have not come since

    def add(self, time: datetime, mts_identifier: str, recipients: Sequence[str]) -> None:
        """Take note that a message has come for recipients, of whom there may be thousands."""
        if not recipients:
            return
        self._asked.pop(mts_identifier, None)
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO arrival (time, mts_identifier, recipients) VALUES (?, ?, ?)",
                (time.isoformat(), mts_identifier, json.dumps(recipients)),
            )

    def last(self, mts_identifier: str) -> int:
        """A number for the last time that a message has come; 0: it never has."""
        number = self._last(mts_identifier)
        if len(self._asked) >= _MOST_ASKED:  # the first of them did not come after all
            del self._asked[next(iter(self._asked))]
        self._asked[mts_identifier] = number
        return number

    def come_since(self, last: int, mts_identifier: str) -> bool:
        """Whether a message has come again since `last` gave that number."""
        known = self._asked.get(mts_identifier)
        return (self._last(mts_identifier) if known is None else known) != last

    def _last(self, mts_identifier: str) -> int:
        (number,) = self._database.execute(
            "SELECT coalesce(max(number), 0) FROM arrival WHERE mts_identifier = ?",
            (mts_identifier,),
        ).fetchone()
        return int(number)

    def seen(self, mts_identifier: str) -> frozenset[str]:
        """The recipients that a message has come for before; there may be very many."""
        rows = self._database.execute(
            "SELECT recipients FROM arrival WHERE mts_identifier = ?", (mts_identifier,)
        )
        return frozenset(name for (recipients,) in rows for name in json.loads(recipients))
