"""The database: transactions, a disk that is full or fails, other versions."""

import asyncio
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.database import (
    FILE_NAME,
    Database,
    DatabaseVersionError,
    DiskFullError,
    UnavailableError,
)
from mta_emu.mta.store.store import Store
from tests.patience import PATIENCE


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.open(tmp_path)


def count(database: Database) -> int:
    (number,) = database.execute("SELECT count(*) FROM counter").fetchone()
    return int(number)


def add(database: Database, name: str) -> None:
    database.execute("INSERT INTO counter VALUES (?, 1)", (name,))


def add_two(database: Database, *, fail: bool) -> None:
    with database.transaction():
        add(database, "a")
        with database.transaction():
            add(database, "b")
        if fail:
            raise ZeroDivisionError


def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        add_two(database, fail=True)
    assert count(database) == 0
    add_two(database, fail=False)
    assert count(database) == 2


def fill(database: Database) -> None:
    """Let the database grow no more; the rootless stand-in for a full disk."""
    (pages,) = database.execute("PRAGMA page_count").fetchone()
    database.execute(f"PRAGMA max_page_count = {pages}")


def free(database: Database) -> None:
    database.execute("PRAGMA max_page_count = 1000000")


def add_much(database: Database) -> None:
    with database.transaction():
        add(database, "a")
        database.execute("INSERT INTO content VALUES (1, ?)", (bytes(PIECE),))


def test_a_full_disk(database: Database, tmp_path: Path) -> None:
    met: list[UnavailableError] = []
    database.on_obstacle = met.append
    fill(database)
    with pytest.raises(DiskFullError, match=f"no space left on the disk of {tmp_path}"):
        add_much(database)
    assert [type(each) for each in met] == [DiskFullError]
    assert count(database) == 0
    free(database)
    add_much(database)
    assert count(database) == 1


def test_what_is_postponed_is_done_in_order_when_there_is_space(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    done: list[str] = []
    fill(store._database)

    def work(number: int) -> Any:
        return lambda: store.contents.append(number, 0, bytes(PIECE))

    store.when_possible(work(1), lambda: done.append("first"))
    store.when_possible(work(2), lambda: done.append("second"))
    assert not store.disk.catch_up()
    assert done == []
    free(store._database)
    assert store.disk.catch_up()
    assert done == ["first", "second"]
    assert store.contents.read(2, 0, PIECE) == bytes(PIECE)


async def test_securing_waits_for_the_disk_once_for_all(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:

    calls: list[int] = []
    fdatasync = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda fd: (calls.append(fd), fdatasync(fd)))
    with database.transaction():
        add(database, "a")
    await asyncio.gather(*(database.secure() for _ in range(10)))
    assert len(calls) == 1
    await database.secure()  # nothing was committed since
    assert len(calls) == 1
    with database.transaction():
        add(database, "b")
    await database.secure()
    assert len(calls) == 2
    assert os.path.samestat(os.fstat(calls[0]), os.stat(f"{database._path}-wal"))


async def test_what_the_disk_has_begun_to_take_is_not_given_to_it_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    begun, finish = threading.Event(), threading.Event()

    def sync(descriptor: int) -> None:
        calls.append(descriptor)
        begun.set()
        assert finish.wait(PATIENCE)

    monkeypatch.setattr(os, "fdatasync", sync)
    database.begin_to_secure()  # there is nothing
    with database.transaction():
        add(database, "a")
    database.begin_to_secure()
    database.begin_to_secure()
    securing = asyncio.create_task(database.secure())
    assert await asyncio.to_thread(begun.wait, PATIENCE)
    assert not securing.done()
    with database.transaction():
        add(database, "b")  # too late for what the disk is at
    both = asyncio.create_task(database.secure())
    await asyncio.sleep(0)
    finish.set()
    await asyncio.gather(securing, both)
    assert len(calls) == 2


async def test_a_disk_that_fails_while_nobody_waits_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed: asyncio.Future[Exception] = asyncio.get_running_loop().create_future()
    database.on_failure = failed.set_result
    monkeypatch.setattr(os, "fdatasync", mock.Mock(side_effect=OSError(5, "Input/output error")))
    with database.transaction():
        add(database, "a")
    database.begin_to_secure()
    assert isinstance(await asyncio.wait_for(failed, PATIENCE), OSError)


async def test_a_disk_that_fails_is_told(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures: list[Exception] = []
    database.on_failure = failures.append

    def fail(_: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with database.transaction():
        add(database, "a")
    with pytest.raises(OSError, match="Input/output error"):
        await database.secure()
    assert len(failures) == 1


def test_another_versions_database_is_not_touched(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / FILE_NAME)
    other.execute("CREATE TABLE message (id)")
    other.close()
    for use in (Database.open, Database.reader):
        with pytest.raises(DatabaseVersionError, match="version 0 of the database"):
            use(tmp_path)
