"""Associations with long transfers, for the next start of an MTA that is killed."""

from dataclasses import dataclass

from mta_emu.mta.store.database import Database


@dataclass(frozen=True)
class KeptAssociation:
    """An association of a connector; `message` is what came over it, `state` is JSON."""

    id: int
    connector: str
    message: int | None
    state: str


class KeptAssociations:
    """The associations that the next start goes on with."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def keep(self, number: int | None, connector: str, message: int | None, state: str) -> int:
        """Keep an association, or what it has become; its number here."""
        with self._database.transaction():
            kept = self._database.execute(
                "INSERT OR REPLACE INTO association VALUES (?, ?, ?, ?)",
                (number, connector, message, state),
            )
        return number or int(kept.lastrowid or 0)

    def forget(self, number: int) -> None:
        """Drop an association: it has ended, or what it transferred."""
        with self._database.transaction():
            self._database.execute("DELETE FROM association WHERE id = ?", (number,))

    def all(self) -> list[KeptAssociation]:
        """All of them."""
        rows = self._database.execute("SELECT id, connector, message, state FROM association")
        return [KeptAssociation(*row) for row in rows.fetchall()]
