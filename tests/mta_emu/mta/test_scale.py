"""A queue of a million messages costs what one of a thousand does: counted, not timed."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry

from .store.test_store import NOW, put

_FILL = """
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :length)
INSERT INTO {table} SELECT {values} FROM number
"""
_COUNTED = 10  # instructions of SQLite's machine at a time


def fill(directory: Path, length: int) -> Path:
    """A store with so many messages for C, without the triggers and indexes on the way there."""
    store = Store.open(directory)
    connection = store._database._connection
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("PRAGMA foreign_keys = OFF")
    helpers = connection.execute(
        "SELECT type, name, sql FROM sqlite_schema "
        "WHERE tbl_name IN ('queue', 'message') AND type IN ('index', 'trigger') AND sql NOT NULL"
    ).fetchall()
    with store.transaction():
        for kind, name, _ in helpers:
            connection.execute(f"DROP {kind} {name}")
        connection.execute(
            "INSERT INTO queue_group (id, connector, since, came_by, tries, reroutes, "
            "routing_facts) VALUES (1, 'C', 0, '', '{}', 0, '')"
        )
        connection.execute("INSERT INTO backlog VALUES ('C', ?)", (length,))
        for table, values in (
            ("message (id, mts_identifier, content_length, complete)", "n, 'M-' || n, 1, 1"),
            (
                "queue (id, connector, rank, message, queue_group, envelope)",
                "n, 'C', 1, n, 1, x'31'",
            ),
        ):
            connection.execute(_FILL.format(table=table, values=values), {"length": length})
        for *_, statement in helpers:
            connection.execute(statement)
    store.close()
    return directory


@pytest.fixture(scope="module")
def thousand(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("thousand"), 1_000)


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fill(tmp_path_factory.mktemp("million"), 1_000_000)


@pytest.fixture
def instructions(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], int]:
    """Counts what SQLite executes for some work, on every connection that it opens."""
    count = 0
    connect = sqlite3.connect

    def counting(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)

        def more() -> None:
            nonlocal count
            count += _COUNTED

        connection.set_progress_handler(more, _COUNTED)
        return connection

    def count_in(work: Callable[[], None]) -> int:
        nonlocal count
        count = 0
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", counting)
            work()
        return count

    return count_in


def open_and_look(directory: Path) -> None:
    """What the start of an MTA asks, and its first association."""
    store = Store.open(directory)
    assert store.queues.lengths()["C"] >= 1_000
    assert store.queues.urgent("C") == 0
    assert store.expiring.next_due() is None
    assert store.deferred.next_due() is None
    assert next(store.queues.waiting("C")).mts_identifier == "M-1"
    assert len([*store.groups.of("C")]) == 1
    store.close()


def test_opening_looks_at_no_more_of_a_million_messages_than_of_a_thousand(
    thousand: Path, million: Path, instructions: Callable[[Callable[[], None]], int]
) -> None:
    few = instructions(lambda: open_and_look(thousand))
    many = instructions(lambda: open_and_look(million))
    assert 100 < few < 10_000
    assert many <= few + _COUNTED


def test_a_message_costs_the_same_beside_a_million_as_beside_a_thousand(
    thousand: Path, million: Path, instructions: Callable[[Callable[[], None]], int]
) -> None:
    def pass_through(directory: Path) -> None:
        store = Store.open(directory)
        put(store, "new")
        entry = next(store.queues.waiting("C"))
        store.dequeue(entry, TrackingEntry(NOW, entry.mts_identifier, Action.TRANSFERRED))
        store.close()

    few, many = (instructions(lambda at=at: pass_through(at)) for at in (thousand, million))
    assert 100 < few < 10_000
    assert many <= few + _COUNTED
