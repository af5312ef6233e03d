"""Long contents leave while others work."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from mta_emu.mta.store import contents
from mta_emu.mta.store.contents import PIECE
from mta_emu.mta.store.leftovers import clear_leftovers
from mta_emu.mta.store.store import Store
from tests.patience import PATIENCE

LONG = 3 * PIECE + 1


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(contents, "_AT_ONCE", 2)
    return Store.open(tmp_path)


def pieces(store: Store) -> int:
    (count,) = store._database.execute("SELECT count(*) FROM content").fetchone()
    return int(count)


async def test_they_are_cleared(store: Store) -> None:
    long, other = store.contents.keep(bytes(LONG)), store.contents.keep(bytes(LONG))
    store.contents.forget(long)
    assert pieces(store) == 8
    task = asyncio.create_task(clear_leftovers(store, 0.001))
    async with asyncio.timeout(PATIENCE):
        while pieces(store) > 4:  # noqa: ASYNC110, nothing says that it is over
            await asyncio.sleep(0.001)
    assert store.contents.read(other, 0, LONG) == bytes(LONG)
    task.cancel()


def test_a_number_is_free_when_its_content_has_gone(store: Store) -> None:
    message = store.contents.keep(bytes(LONG))
    store.contents.forget(message)
    assert store.contents.clear_some()
    assert store.contents.begin() != message
    while store.contents.clear_some():
        pass
    assert pieces(store) == 0


def test_what_is_kept_after_all_stays(store: Store) -> None:
    message = store.contents.keep(bytes(LONG))
    store.contents.complete(message, LONG)
    with suppress(ZeroDivisionError), store.transaction():
        store.contents.forget(message)
        raise ZeroDivisionError
    assert not store.contents.clear_some()
    assert store.contents.read(message, 0, LONG) == bytes(LONG)


def test_what_was_left_at_the_end_is_cleared_after_the_start(store: Store, tmp_path: Path) -> None:
    message = store.contents.keep(bytes(LONG))
    store.contents.complete(message, LONG)
    store.contents.forget(message)
    store.contents.clear_some()
    again = Store.open(tmp_path)  # without a goodbye
    while again.contents.clear_some():
        pass
    assert pieces(again) == 0
    assert [*again.contents.incomplete()] == []
