"""The recipients that each message has come for, so that none gets it twice."""

import json
from collections.abc import Sequence
from datetime import datetime

from mta_emu.mta.store.database import Database


class Arrivals:
    """The messages that have come, by MTS identifier and recipient."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, time: datetime, mts_identifier: str, recipients: Sequence[str]) -> None:
        """Take note that a message has come for recipients, of whom there may be thousands."""
        if not recipients:
            return
        with self._database.transaction():
            self._database.execute(
                "INSERT INTO arrival (time, mts_identifier, recipients) VALUES (?, ?, ?)",
                (time.isoformat(), mts_identifier, json.dumps(recipients)),
            )

    def last(self, mts_identifier: str) -> int:
        """A number for the last time that a message has come; 0: it never has."""
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
