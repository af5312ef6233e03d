"""The MTA's SQLite file: transactions, what is on the disk for certain, and what stands in the way.

SQLite because it survives a kill at any point and every tool can read it. A transaction survives
the end of the process as soon as it is committed; `secure` makes it survive the machine's too, and
is waited for before anything is answered for on the wire. So the disk is waited for once a
promise, and once for all promises that are given at the same time.

A disk that is full, and another program that has locked the database, pass: nothing of a
transaction is kept meanwhile, and it may be tried again. A database that is damaged does not.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn, TypeVar

FILE_NAME = "mta.db"
_VERSION = 13  # of the schema
_ROOM = 1 << 20  # octets that must be free before a disk that was full takes mail
_LONGEST_LOG = 16_384  # pages, 64 MB, after which a transaction makes a checkpoint itself
_BUSY = 0.02  # seconds that the event loop may wait for another program to release the database
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_PRIMARY = 0xFF  # of an extended result code

_JOINED = nullcontext()  # of a transaction in another
_DISK = ThreadPoolExecutor(4, "disk")  # wait for it, of all databases of this process

Values = Sequence[Any] | Mapping[str, Any]
ResultT = TypeVar("ResultT")


class UnavailableError(Exception):
    """Nothing of it could be kept, and later it may be; the text is for people."""


class DiskFullError(UnavailableError):
    """There was no space for it."""


class DatabaseLockedError(UnavailableError):
    """Another program has locked the database."""


class DatabaseDamagedError(Exception):
    """The file is no sound database any more; the text is for people, and says what to do."""


class DatabaseVersionError(Exception):
    """The database is another version's; the text is for people."""


class _Cursor(sqlite3.Cursor):
    """A cursor whose errors are those above."""

    connection: "_Connection"

    def __next__(self) -> Any:
        try:
            return super().__next__()
        except sqlite3.DatabaseError:
            with self.connection.errors():
                raise

    def fetchone(self) -> Any:
        try:
            return super().fetchone()
        except sqlite3.DatabaseError:
            with self.connection.errors():
                raise

    def fetchall(self) -> Any:
        try:
            return super().fetchall()
        except sqlite3.DatabaseError:
            with self.connection.errors():
                raise


class _Connection(sqlite3.Connection):
    """A connection that knows the database it is of."""

    errors: Callable[[], AbstractContextManager[None]]


class Database:
    """A database of an MTA; one process writes it."""

    def __init__(self, connection: _Connection, path: Path, log: int | None) -> None:
        """Use `connection`; `log` is the write-ahead log's file descriptor, for `secure`."""
        self._connection = connection
        self._path = path
        self._log = log
        self._committed = 0  # transactions
        self._secured = 0
        self._securing: asyncio.Task[OSError | None] | None = None  # what the disk is at
        self._disk_works: Future[None] | None = None  # the same, on its thread
        self._checkpointed = 0
        self.obstacle: UnavailableError | None = None  # what kept something from being kept
        self.on_obstacle: Callable[[UnavailableError], None] = lambda _: None  # before it is raised
        self.on_failure: Callable[[Exception], None] = lambda _: None  # it cannot go on
        connection.errors = self._errors

    @classmethod
    def open(cls, directory: Path) -> "Database":
        """Open the database in `directory` to write it, making both when they are missing.

        Raises DatabaseVersionError, UnavailableError, DatabaseDamagedError and sqlite3.Error.
        """
        directory.mkdir(parents=True, exist_ok=True)
        path = directory / FILE_NAME
        connection = sqlite3.connect(path, isolation_level=None, factory=_Connection)
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
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LONGEST_LOG}")
            connection.execute(f"PRAGMA busy_timeout = {int(_BUSY * 1000)}")
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
        uri = f"{path.absolute().as_uri()}?mode=ro"
        connection = sqlite3.connect(uri, uri=True, factory=_Connection)
        database = cls(connection, path, None)
        with database._errors():
            database._version()
        return database

    def close(self) -> None:
        """Close the database, when the disk has done what it is at."""
        if self._disk_works:
            wait((self._disk_works,))
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
        cursor = self._connection.cursor(_Cursor)
        try:
            return cursor.execute(statement, values)
        except UnicodeEncodeError:
            with self._errors():
                return cursor.execute(statement, _storable_values(values))
        except sqlite3.DatabaseError:
            with self._errors():
                raise

    def execute_many(self, statement: str, values: Iterable[Values]) -> None:
        """Execute a statement for each of the values, inside `transaction`."""
        if rows := list(map(_storable_values, values)):
            self._connection.executemany(statement, rows)

    def drop_oldest(self, table: str, before: datetime, most: int) -> int:
        """Drop up to `most` first rows of a table with `number` and `time`; how many there were.

        Inside `transaction`.
        """
        return self._connection.execute(
            f"DELETE FROM {table} WHERE number IN (SELECT number FROM "
            f"(SELECT number, time FROM {table} ORDER BY number LIMIT ?) WHERE time < ?)",
            (most, before.isoformat()),
        ).rowcount

    def transaction(self) -> AbstractContextManager[None]:
        """What is done in the block is done whole or not at all; a block inside joins the outer.

        Raises UnavailableError.
        """
        return _JOINED if self._connection.in_transaction else self._transaction()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
        self._committed += 1

    def alone(self, work: Callable[[], ResultT]) -> ResultT:
        """Do a work of several in one transaction: what it raises undoes it, and no other.

        When SQLite gave up the transaction, it has undone them all; `in_transaction` tells.
        """
        self._connection.execute("SAVEPOINT work")
        try:
            result = work()
        except BaseException:
            if self.in_transaction:
                self._connection.execute("ROLLBACK TO work")
                self._connection.execute("RELEASE work")
            raise
        self._connection.execute("RELEASE work")
        return result

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction has begun and has not ended."""
        return self._connection.in_transaction

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise what SQLite raises in the block as the errors above."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise  # a bug of ours, which the transaction undoes
        except sqlite3.DatabaseError as error:
            code = (error.sqlite_errorcode or 0) & _PRIMARY
            if code == sqlite3.SQLITE_FULL:
                self._met(DiskFullError(f"no space left on the disk of {self.directory}"), error)
            if code in _LOCKED:
                self._met(DatabaseLockedError(f"{self._path}: locked by another program"), error)
            if code in _DAMAGED:
                damaged = DatabaseDamagedError(
                    f"{self._path}: the database is damaged ({error}); move {self.directory} away "
                    f"and start again, or put a copy in its place; `sqlite3 {self._path} .recover` "
                    "shows what can still be read"
                )
                self.on_failure(damaged)
                raise damaged from error
            self.on_failure(error)
            raise

    def _met(self, obstacle: UnavailableError, error: Exception) -> NoReturn:
        self.obstacle = obstacle
        self.on_obstacle(obstacle)
        raise obstacle from error

    def check_available(self) -> None:
        """Raise UnavailableError when there is an obstacle, and it has not passed."""
        if self.obstacle:
            raise self.obstacle

    def is_available(self) -> bool:
        """Whether an obstacle has passed, if there was one."""
        match self.obstacle:
            case DiskFullError():
                disk = os.statvfs(self.directory)
                passed = disk.f_bavail * disk.f_frsize >= _ROOM
            case DatabaseLockedError():
                passed = self._can_write()
            case _:
                passed = True
        if passed:
            self.obstacle = None
        return passed

    def look_for_lock(self) -> None:
        """Meet the obstacle of another program's lock, if there is one, outside of any work."""
        if self._connection.in_transaction:
            return
        with suppress(UnavailableError), self._errors():
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.execute("ROLLBACK")

    def _can_write(self) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        self._connection.execute("ROLLBACK")
        return True

    async def secure(self) -> None:
        """Wait until everything committed so far is on the disk.

        Raises OSError when the disk does not take it: what was not secured before is not sure then,
        now or later, so that nobody may go on.
        """
        wanted = self._committed
        while self._secured < wanted:
            if error := await asyncio.shield(self._secure_soon()):
                raise error

    def begin_to_secure(self) -> None:
        """Let the disk take what is committed while others work; `secure` waits for it."""
        if self._secured < self._committed:
            self._secure_soon()

    def _secure_soon(self) -> asyncio.Task[OSError | None]:
        """What the disk is at, or else what it begins to take now: all that is committed."""
        if self._securing is None:
            self._disk_works = _DISK.submit(self.secure_now)
            self._securing = asyncio.create_task(self._has_secured(self._committed))
        return self._securing

    async def _has_secured(self, committed: int) -> OSError | None:
        """Wait until the disk has what was committed then; why it does not take it."""
        assert self._disk_works  # noqa: S101, they have just begun
        try:
            await asyncio.wrap_future(self._disk_works)
        except OSError as error:
            self.on_failure(error)
            return error
        else:
            self._secured = committed
            return None
        finally:
            self._securing = None

    def secure_now(self) -> None:
        """Do what `secure` waits for, while everybody waits."""
        if self._log is not None:
            os.fdatasync(self._log)

    async def checkpoint(self) -> None:
        """Copy what was committed from the write-ahead log into the database file, on a thread.

        A copy that fails, because the disk is full, is made another time.
        """
        committed = self._committed
        if self._checkpointed != committed and await asyncio.to_thread(self._checkpoint_now):
            self._checkpointed = committed

    def _checkpoint_now(self) -> bool:
        """Whether all of the log is copied. Nobody waits for it, and it waits for nobody."""
        try:
            with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
                checkpoint = connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
                busy, pages, copied = checkpoint.fetchone()
        except sqlite3.Error:
            return False
        return not busy and bool(pages == copied)


def storable(text: str) -> str:
    """Text as UTF-8 can hold it: half a surrogate pair is written out."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()


def _storable_values(values: Values) -> Values:
    if isinstance(values, Mapping):
        return {name: _storable_value(value) for name, value in values.items()}
    return [_storable_value(value) for value in values]


def _storable_value(value: Any) -> Any:
    return storable(value) if isinstance(value, str) else value
