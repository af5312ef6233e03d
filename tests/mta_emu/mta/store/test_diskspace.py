"""A database that another program has locked, or that is damaged."""

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from mta_emu.mta.store.database import (
    DatabaseDamagedError,
    DatabaseLockedError,
    UnavailableError,
)
from mta_emu.mta.store.store import Store
from tests.patience import PATIENCE


@pytest.fixture
def other(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that has the database open."""
    Store.open(tmp_path).close()
    connection = sqlite3.connect(tmp_path / "mta.db", isolation_level=None)
    yield connection
    connection.close()


async def test_a_lock_holds_nobody_up_and_is_waited_out(
    tmp_path: Path, other: sqlite3.Connection
) -> None:
    store, met, done = Store.open(tmp_path), list[UnavailableError](), list[str]()
    store.disk.watch(met.append, lambda error: pytest.fail(str(error)))
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLockedError, match=r"mta\.db: locked by another program"):
        store.contents.begin()
    store.when_possible(lambda: store.groups.note_failed_open("C"), lambda: done.append("noted"))
    (milliseconds,) = store._database._connection.execute("PRAGMA busy_timeout").fetchone()
    assert milliseconds <= 20  # what SQLite waits for the other one
    assert [type(each) for each in met] == [DatabaseLockedError]
    assert (store.disk.locked, store.disk.available) == (True, False)
    assert not store.disk.recover()

    ready = asyncio.create_task(store.disk.ready())
    await asyncio.sleep(0)
    assert not ready.done()
    other.execute("COMMIT")
    assert store.disk.recover()
    await asyncio.wait_for(ready, PATIENCE)
    assert done == ["noted"]
    assert store.contents.begin()
    store.close()


def test_a_lock_for_reading_too_is_one_that_passes(
    tmp_path: Path, other: sqlite3.Connection
) -> None:
    store = Store.open(tmp_path)
    store.close()
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    other.execute("INSERT INTO property VALUES ('x', 'y')")
    other.execute("COMMIT")
    with pytest.raises(DatabaseLockedError):
        Store.reader(tmp_path)


def test_a_work_that_fails_blocks_no_other(tmp_path: Path) -> None:
    store, done = Store.open(tmp_path), list[str]()

    def fail() -> None:
        raise sqlite3.IntegrityError("UNIQUE")

    with pytest.raises(sqlite3.IntegrityError):
        store.when_possible(fail)
    store.when_possible(lambda: done.append("next"))
    assert done == ["next"]
    assert store.disk.available
    store.close()


def test_a_damaged_page_says_what_to_do(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.contents.complete(store.contents.keep(bytes(1 << 18)), 1 << 18)
    (root,) = store._database.execute(
        "SELECT rootpage FROM sqlite_schema WHERE name = 'content'"
    ).fetchone()
    store.close()
    file, page = tmp_path / "mta.db", 4096
    octets = bytearray(file.read_bytes())
    octets[(root - 1) * page : root * page] = b"\xff" * page
    file.write_bytes(octets)
    failed: list[Exception] = []
    again = Store.open(tmp_path)  # the first pages are sound
    again.disk.watch(lambda _: None, failed.append)
    with pytest.raises(DatabaseDamagedError, match=r"damaged .*move .* away and start again"):
        again.contents.read(1, 0, 1 << 20)
    assert [type(each) for each in failed] == [DatabaseDamagedError]
    (tmp_path / "mta.db-wal").unlink(missing_ok=True)
    file.write_bytes(b"no database at all" * 1000)
    with pytest.raises(DatabaseDamagedError, match="file is not a database"):
        Store.open(tmp_path)


def test_text_that_utf8_cannot_hold_is_written_out(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with store.transaction():
        store._keep_name("A\ud800")
    assert store.name == "A\\ud800"
    store.close()
