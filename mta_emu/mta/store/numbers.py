"""Numbers that an MTA gives once and never again, for the identifiers of what begins here."""

from collections.abc import Iterator

from mta_emu.mta.store.database import Database

_NUMBERS = 1000  # that are reserved at a time


class Numbers:
    """Gives numbers; they are reserved in the database, so that not each has to be written."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reserved: Iterator[int] = iter(range(0))
        self._returned: list[int] = []

    def next(self) -> int:
        """A number that was never given before. Raises UnavailableError."""
        if self._returned:
            return self._returned.pop()
        number = next(self._reserved, None)
        return self._reserve() if number is None else number

    def give_back(self, number: int) -> None:
        """Let a number that was not used be given next."""
        self._returned.append(number)

    def _reserve(self) -> int:
        with self._database.transaction():
            rows = self._database.execute(
                "INSERT INTO counter VALUES ('message', :numbers) "
                "ON CONFLICT (name) DO UPDATE SET value = value + :numbers RETURNING value",
                {"numbers": _NUMBERS},
            )
            (last,) = rows.fetchone()
        self._database.secure_now()  # before a message with such a number goes anywhere
        self._reserved = iter(range(last - _NUMBERS + 1, last + 1))
        return next(self._reserved)
