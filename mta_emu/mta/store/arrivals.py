"""Whom each message has come for, so that it does not come twice."""

from collections.abc import Iterable
from datetime import datetime

from mta_emu.mta.store.database import Database


class Arrivals:
    """The messages that have come, by MTS identifier and recipient."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, time: datetime, mts_identifier: str, recipients: Iterable[str]) -> None:
        """Take note that a message has come for recipients."""
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO arrival (time, mts_identifier, recipient) VALUES (?, ?, ?)",
                ((time.isoformat(), mts_identifier, name) for name in recipients),
            )

    def seen(self, mts_identifier: str) -> frozenset[str]:
        """The recipients that a message has come for before."""
        rows = self._database.execute(
            "SELECT recipient FROM arrival WHERE mts_identifier = ?", (mts_identifier,)
        )
        return frozenset(recipient for (recipient,) in rows)
