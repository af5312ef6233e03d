"""What arrives together is one commit, and nobody hears of it before."""

import asyncio
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from mta_emu.mta.store import diskspace, groupcommit
from mta_emu.mta.store.database import DatabaseLockedError
from mta_emu.mta.store.store import Store


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No group is cut because the machine is busy."""
    monkeypatch.setattr(groupcommit, "_LONGEST", float("inf"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path)


def count(store: Store, name: str) -> Callable[[], str]:
    """A work: another failed open of a connector; it returns the connector's name."""

    def work() -> str:
        store.groups.note_failed_open(name)
        return name

    return work


def counted(store: Store, *names: str) -> list[int]:
    return [store.groups.failed_opens(name) for name in names]


def statements(store: Store) -> list[str]:
    """The ends of transactions, as they come."""
    said: list[str] = []
    ends = {"COMMIT", "ROLLBACK"}
    store._database._connection.set_trace_callback(
        lambda statement: said.append(statement) if statement in ends else None
    )
    return said


async def test_what_arrives_together_is_one_commit(store: Store) -> None:
    said = statements(store)
    names = [f"C{number}" for number in range(20)]
    kept = await asyncio.gather(*(store.keep(count(store, name)) for name in names))
    assert kept == names
    assert said == ["COMMIT"]
    assert counted(store, *names) == [1] * 20


async def test_nobody_hears_before_the_commit(store: Store) -> None:
    said = statements(store)
    heard: list[tuple[str, list[str]]] = []

    async def keep(name: str) -> None:
        heard.append((await store.keep(count(store, name)), list(said)))

    async def soon(name: str) -> None:
        store.soon(count(store, name), lambda: heard.append((name, list(said))))

    await asyncio.gather(keep("A"), soon("B"), keep("C"))
    assert sorted(heard) == [("A", ["COMMIT"]), ("B", ["COMMIT"]), ("C", ["COMMIT"])]


async def test_a_commit_that_fails_is_success_for_none(store: Store) -> None:
    def reference() -> None:
        store._database.execute("PRAGMA defer_foreign_keys = ON")
        store._database.execute("INSERT INTO mailbox VALUES (1, 1, 99, '', '', '', '', '')")

    said = statements(store)
    works = (count(store, "A"), reference)
    results = await asyncio.gather(*map(store.keep, works), return_exceptions=True)
    assert [type(each) for each in results] == [sqlite3.IntegrityError] * 2
    assert said == ["COMMIT", "ROLLBACK"]
    assert counted(store, "A") == [0]


async def test_a_work_that_raises_is_undone_alone(store: Store) -> None:
    def wrong() -> None:
        store.groups.note_failed_open("WRONG")
        raise ZeroDivisionError

    works = (count(store, "A"), wrong, count(store, "B"))
    results = await asyncio.gather(*map(store.keep, works), return_exceptions=True)
    assert [type(each) for each in results] == [str, ZeroDivisionError, str]
    assert counted(store, "A", "WRONG", "B") == [1, 0, 1]


async def test_a_locked_database_keeps_all_when_it_is_released(
    store: Store, tmp_path: Path
) -> None:
    locked = asyncio.Event()
    store.disk.watch(lambda _: locked.set(), lambda error: pytest.fail(str(error)))
    other = sqlite3.connect(tmp_path / "mta.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done: list[str] = []
    store.soon(count(store, "SOON"), lambda: done.append("SOON"))
    keeping = asyncio.create_task(store.keep(count(store, "A")))
    await locked.wait()
    assert (done, keeping.done(), counted(store, "A", "SOON")) == ([], False, [0, 0])
    other.execute("ROLLBACK")
    other.close()
    assert store.disk.recover()
    assert await keeping == "A"
    assert (done, counted(store, "A", "SOON")) == (["SOON"], [1, 1])


async def test_nobody_waits_for_ever_for_a_locked_database(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diskspace, "_PATIENCE", 0.0)
    other = sqlite3.connect(tmp_path / "mta.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseLockedError):
        await store.keep(count(store, "A"))
    other.close()
    assert counted(store, "A") == [0]


async def test_a_group_that_takes_long_is_cut(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groupcommit, "_LONGEST", -1.0)  # over with the first work
    said = statements(store)
    assert await asyncio.gather(*(store.keep(count(store, name)) for name in "AB")) == ["A", "B"]
    assert said == ["COMMIT", "COMMIT"]


async def test_who_is_cancelled_undoes_nothing(store: Store) -> None:
    keeping = asyncio.create_task(store.keep(count(store, "A")))
    await asyncio.sleep(0)  # it has said what it wants
    keeping.cancel()
    await store.keep(count(store, "B"))
    assert counted(store, "A", "B") == [1, 1]
    assert keeping.cancelled()


async def test_one_who_fails_to_hear_keeps_nobody_else_from_it(store: Store) -> None:
    errors: list[object] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: errors.append(type(context["exception"])))

    def hear() -> None:
        raise ZeroDivisionError

    store.soon(lambda: None, hear)
    assert await store.keep(count(store, "A")) == "A"
    await asyncio.sleep(0)
    assert errors == [ZeroDivisionError]


async def test_what_waits_is_kept_when_the_store_is_closed(store: Store, tmp_path: Path) -> None:
    done: list[str] = []
    store.soon(lambda: store.groups.note_failed_open("A"), lambda: done.append("A"))
    assert not store.group.idle
    store.close()
    assert done == ["A"]
    again = Store.open(tmp_path)
    assert counted(again, "A") == [1]
    again.close()


@pytest.mark.parametrize("at", ["before the commit", "after the commit"])
def test_a_kill_loses_all_of_a_group_or_nothing(tmp_path: Path, at: str) -> None:
    """A process that is killed around a commit, with two who wait to confirm something."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            asyncio.run(confirm_two(tmp_path, writing, at))
        finally:
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as answers:
        confirmed = answers.readlines()
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    store = Store.open(tmp_path)
    kept = counted(store, "A", "B")
    store.close()
    if at == "before the commit":
        assert (confirmed, kept) == ([], [0, 0])
    else:
        assert (confirmed, kept) == (["A\n"], [1, 1])


async def confirm_two(directory: Path, writing: int, at: str) -> None:
    store = Store.open(directory)

    def kill(statement: str) -> None:
        if statement == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)

    async def keep(name: str) -> None:
        kept = await store.keep(count(store, name))
        os.write(writing, f"{kept}\n".encode())
        os.kill(os.getpid(), signal.SIGKILL)

    if at == "before the commit":
        store._database._connection.set_trace_callback(kill)
    await asyncio.gather(keep("A"), keep("B"))
