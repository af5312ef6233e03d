"""The MTA's SQLite file: transactions, what is on the disk for certain, and a disk that is full.

SQLite because it survives a kill at any point and every tool can read it. A transaction survives
the end of the process as soon as it is committed; `secure` makes it survive the machine's too, and
is waited for before anything is answered for on the wire. So the disk is waited for once a
promise, and once for all promises that are given at the same time.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

FILE_NAME = "mta.db"
_VERSION = 9  # of the schema
_ROOM = 1 << 20  # octets that must be free before a disk that was full takes mail

Values = Sequence[Any] | Mapping[str, Any]


class DiskFullError(Exception):
    """There was no space for it, and nothing of it was kept; the text is for people."""


class DatabaseVersionError(Exception):
    """The database is another version's; the text is for people."""


class Database:
    """A database of an MTA; one process writes it."""

    def __init__(self, connection: sqlite3.Connection, path: Path, log: int | None) -> None:
        """Use `connection`; `log` is the write-ahead log's file descriptor, for `secure`."""
        self._connection = connection
        self._path = path
        self._log = log
        self._committed = 0  # transactions
        self._secured = 0
        self._securing = asyncio.Lock()
        self.full = False  # something did not fit, and there has been no room since
        self.on_full: Callable[[], None] = lambda: None  # called before DiskFullError is raised
        self.on_failure: Callable[[Exception], None] = lambda _: None  # it cannot go on

    @classmethod
    def open(cls, directory: Path) -> "Database":
        """Open the database in `directory` to write it, making both when they are missing.

        Raises DatabaseVersionError, DiskFullError and sqlite3.Error.
        """
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / FILE_NAME
        connection = sqlite3.connect(path, isolation_level=None)
        database = cls(connection, path, None)
        with database._errors():
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = OFF")  # else a long content leaves slowly
            connection.execute("PRAGMA foreign_keys = ON")
            version = database._version()
            schema = files(__package__).joinpath("schema.sql").read_text("utf-8")
            connection.executescript(
                f"BEGIN; {'' if version else schema} PRAGMA user_version = {_VERSION}; COMMIT"
            )
            connection.execute("PRAGMA synchronous = NORMAL")
        database._log = os.open(path.with_name(f"{FILE_NAME}-wal"), os.O_RDONLY)
        return database

    @classmethod
    def reader(cls, directory: Path) -> "Database":
        """Look into the database of an MTA, running or not.

        Raises OSError when there is none, DatabaseVersionError and sqlite3.Error.
        """
        path = directory / FILE_NAME
        if not path.exists():
            raise FileNotFoundError(f"{path}: no MTA has kept its data here")
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        database = cls(connection, path, None)
        database._version()
        return database

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
        if self._log is not None:
            os.close(self._log)

    @property
    def directory(self) -> Path:
        """Where the database lies."""
        return self._path.parent

    def _version(self) -> int:
        """The version of the schema; 0 when there is none yet."""
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        (tables,) = self._connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if version != _VERSION and tables:
            raise DatabaseVersionError(
                f"{self._path}: version {version} of the database, and this program has "
                f"{_VERSION}; use the program that made it, or another --data"
            )
        return int(version)

    def execute(self, statement: str, values: Values = ()) -> sqlite3.Cursor:
        """Execute a statement; one that writes, inside `transaction`."""
        return self._connection.execute(statement, values)

    def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        """Execute a statement for each of the values, inside `transaction`."""
        self._connection.executemany(statement, values)

    def drop_oldest(self, table: str, before: datetime, most: int) -> int:
        """Drop up to `most` first rows of a table with `number` and `time`; how many there were.

        Inside `transaction`.
        """
        return self._connection.execute(
            f"DELETE FROM {table} WHERE number IN (SELECT number FROM "
            f"(SELECT number, time FROM {table} ORDER BY number LIMIT ?) WHERE time < ?)",
            (most, before.isoformat()),
        ).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """What is done in the block is done whole or not at all; a block inside joins the outer.

        Raises DiskFullError when there was no space for it.
        """
        if self._connection.in_transaction:
            yield
            return
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        self._committed += 1

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_FULL:
                self.on_failure(error)
                raise
            self.full = True
            self.on_full()
            raise DiskFullError(self._no_space) from error

    def check_room(self) -> None:
        """Raise DiskFullError when the disk was full and has not had room for mail since."""
        if self.full:
            raise DiskFullError(self._no_space)

    def has_room(self) -> bool:
        """Whether there is room for mail (again)."""
        disk = os.statvfs(self._path.parent)
        self.full = self.full and disk.f_bavail * disk.f_frsize < _ROOM
        return not self.full

    @property
    def _no_space(self) -> str:
        return f"no space left on the disk of {self._path.parent}"

    async def secure(self) -> None:
        """Wait until everything committed so far is on the disk.

        Raises OSError when the disk does not take it: what was not secured before is not sure then,
        now or later, so that nobody may go on.
        """
        wanted = self._committed
        async with self._securing:
            if self._secured < wanted:
                committed = self._committed
                try:
                    await asyncio.to_thread(self.secure_now)
                except OSError as error:
                    self.on_failure(error)
                    raise
                self._secured = committed

    def secure_now(self) -> None:
        """Do what `secure` waits for, while everybody waits."""
        if self._log is not None:
            os.fdatasync(self._log)
