"""The write-ahead log is copied into the database while nobody waits."""

import asyncio
from pathlib import Path

import pytest

from mta_emu.mta.store.checkpoints import make_checkpoints
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.database import FILE_NAME, Database
from mta_emu.mta.store.store import Store
from tests.patience import PATIENCE

PIECES = 200  # 13 MB, three times what SQLite lets the log have by itself


def keep(store: Store) -> int:
    return store.contents.keep(bytes(PIECES * PIECE))


async def test_what_was_committed_comes_into_the_database(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    before = (tmp_path / FILE_NAME).stat().st_size
    message = keep(store)
    assert (tmp_path / FILE_NAME).stat().st_size == before  # no transaction did it
    task = asyncio.create_task(make_checkpoints(store, 0.001))
    async with asyncio.timeout(PATIENCE):
        while (tmp_path / FILE_NAME).stat().st_size < PIECES * PIECE:  # noqa: ASYNC110, a file
            await asyncio.sleep(0.001)
    task.cancel()
    async with asyncio.timeout(PATIENCE):  # that one may not have been at its end
        while store._database._checkpointed != store._database._committed:
            await store.checkpoint()
    log = (tmp_path / f"{FILE_NAME}-wal").stat().st_size
    store.contents.forget(message)
    keep(store)
    await store.checkpoint()
    assert (tmp_path / f"{FILE_NAME}-wal").stat().st_size < 1.2 * log  # it begins again
    store.close()


async def test_none_is_made_of_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, made = Store.open(tmp_path), list[Database]()
    keep(store)
    checkpoint = Database._checkpoint_now

    def count(database: Database) -> bool:
        made.append(database)
        return checkpoint(database)

    monkeypatch.setattr(Database, "_checkpoint_now", count)
    await store.checkpoint()
    await store.checkpoint()
    assert len(made) == 1
    store.contents.begin()
    await store.checkpoint()
    assert len(made) == 2
    store.close()


async def test_one_that_cannot_be_finished_is_made_again(tmp_path: Path) -> None:
    """Somebody still reads what was there before."""
    store = Store.open(tmp_path)
    store.contents.keep(b"content")
    reader = Database.reader(tmp_path)
    rows = reader.execute("SELECT id FROM message UNION ALL SELECT 0 FROM message")
    next(rows)
    keep(store)
    await store.checkpoint()
    assert (tmp_path / FILE_NAME).stat().st_size < PIECES * PIECE
    rows.close()
    reader.close()
    await store.checkpoint()
    assert (tmp_path / FILE_NAME).stat().st_size > PIECES * PIECE
    store.close()
