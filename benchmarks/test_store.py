"""A queue of a thousand messages beside one of a million: to open, and for each message."""

import os
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from benchmarks.table import Table
from mta_emu.mta.store.queues import QueuedCopy
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.fields import Priority

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CONTENT = bytes(1024)
LENGTHS = (1_000, 1_000_000)
_FILL = """
WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :length)
INSERT INTO {table} SELECT {values} FROM number
"""
#: What `complete` would write for that many messages, without a million calls of it.
_TABLES = {
    "message": "n, '[C=US;A= ;' || n || ']', 1024, 1",
    "content": "n << 20, zeroblob(1024)",
    "queue": "n, 'C', 1, n, 1, zeroblob(400), NULL, NULL, NULL",
    "arrival": "n, '2026-01-01', '[C=US;A= ;' || n || ']', 'C=US;A= ;P=Contoso;O=Inside;S=Smith'",
    "tracking": "n, '2026-01-01', '[C=US;A= ;' || n || ']', 'queued', 'C', NULL, '', ''",
}


def fill(store: Store, length: int, routing_facts: str = "") -> None:
    """Queue `length` messages that go one way."""
    store._database.execute("PRAGMA synchronous = OFF")
    with store.transaction():
        store._database.execute(
            "INSERT INTO queue_group VALUES (1, 'C', 0, '', '{}', 0, ?)", (routing_facts,)
        )
        for table, values in _TABLES.items():
            statement = _FILL.format(table=table, values=values)
            store._database.execute(statement, {"length": length})


@pytest.fixture(scope="module", params=LENGTHS, ids=lambda length: f"{length:,} queued")
def directory(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store")
    store = Store.open(path)
    fill(store, request.param)
    store.close()
    os.sync()  # or the first to open it would wait until the disk has it all
    return path


@pytest.mark.benchmark(group="open the store, look at the queues, take the first message")
def test_open(benchmark: Any, directory: Path, table: Table) -> None:
    def look() -> None:
        store = Store.open(directory)
        assert store.queues.lengths()["C"] >= LENGTHS[0]
        assert next(store.queues.waiting("C")).content_length == len(CONTENT)
        store.close()

    benchmark.pedantic(look, rounds=20)
    table.add("queue", f"opens in {benchmark.stats['max'] * 1e3:.0f} ms at most")


@pytest.mark.benchmark(group="one message of 1 KB in, and the first of the queue out")
def test_a_message_through_the_store(benchmark: Any, directory: Path, table: Table) -> None:
    store = Store.open(directory)
    number = count(10_000_000)

    def pass_through() -> None:
        name = f"[C=US;A= ;{next(number)}]"
        message = store.contents.begin()
        store.contents.append(message, 0, CONTENT)
        store.complete(
            message,
            TrackingEntry(NOW, name, Action.RECEIVED),
            content_length=len(CONTENT),
            copies=[QueuedCopy("C", Priority.NORMAL, bytes(400))],
            deliveries=[],
            arrivals=["C=US;A= ;P=Contoso;O=Inside;S=Smith"],
        )
        entry = next(store.queues.waiting("C"))
        store.contents.read(entry.message, 0, entry.content_length)
        store.dequeue(entry, TrackingEntry(NOW, entry.mts_identifier, Action.TRANSFERRED))

    benchmark.pedantic(pass_through, rounds=500)
    table.add("queue", f"a message costs {benchmark.stats['median'] * 1e3:.2f} ms")
    store.close()
