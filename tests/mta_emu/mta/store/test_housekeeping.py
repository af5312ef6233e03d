"""What is kept no longer: by the store, and by an MTA on a clock that runs fast."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from labkit.config import parse
from mta_emu.mta.association.incoming import Arrived
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, Failure, TrackingEntry
from mta_emu.mts.envelope import Envelope
from mta_emu.mts.identifiers import GlobalDomain, MtsIdentifier
from mta_emu.mts.oraddress import ORAddress
from mta_emu.mts.subject import Recipient

Start = Callable[..., Awaitable[Any]]
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
JONES = "C=US;A= ;P=Contoso;O=A;S=Jones"


def put(store: Store, name: str, time: datetime) -> None:
    """A message that has come and gone."""
    step = TrackingEntry(time, name, Action.RECEIVED)
    store.complete(
        store.contents.begin(), step, content_length=0, copies=[], deliveries=[], arrivals=["R"]
    )
    store.tracking.add_failure(Failure(time, "C", 1, "refused", ""))


def rows(store: Store) -> dict[str, int]:
    tables = ("tracking", "failure", "arrival")
    counts = (store._database.execute(f"SELECT count(*) FROM {table}") for table in tables)
    return {table: count.fetchone()[0] for table, count in zip(tables, counts, strict=True)}


def test_what_is_older_is_dropped_and_nothing_else(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    for number in range(10):
        put(store, f"M{number}", NOON + number * DAY)
    assert not store.prune(NOON + 4 * DAY, NOON + 7 * DAY)
    assert rows(store) == {"tracking": 6, "failure": 6, "arrival": 3}
    assert [bool(store.tracking.follow(f"M{number}")) for number in (3, 4)] == [False, True]
    assert [store.arrivals.seen(f"M{number}") for number in (6, 7)] == [set(), {"R"}]
    assert not store.prune(NOON, NOON)
    assert rows(store) == {"tracking": 6, "failure": 6, "arrival": 3}


def test_much_is_dropped_in_several_transactions(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    with store.transaction():
        for number in range(1500):
            put(store, f"M{number}", NOON)
    assert store.prune(NOON + DAY, NOON)
    assert rows(store) == {"tracking": 500, "failure": 500, "arrival": 1500}
    assert not store.prune(NOON + DAY, NOON)
    assert rows(store) == {"tracking": 0, "failure": 0, "arrival": 1500}


def test_few_arrivals_are_dropped_at_once(tmp_path: Path) -> None:
    """Each may have a megabyte of recipients."""
    store = Store.open(tmp_path)
    with store.transaction():
        for number in range(70):
            put(store, f"M{number}", NOON)
    assert store.prune(NOON, NOON + DAY)
    assert rows(store)["arrival"] == 20
    assert not store.prune(NOON, NOON + DAY)
    assert rows(store)["arrival"] == 0


@pytest.mark.parametrize(
    ("days", "override", "kept"),
    [
        (7, {}, timedelta(days=7)),
        (1, {"max_open_retries": 288}, timedelta(days=2)),  # of 600 s
        (3, {"max_open_retries": 288}, timedelta(days=3)),
    ],
)
def test_duplicates_are_known_as_long_as_connectors_retry(
    a_document: dict[str, Any], days: int, override: dict[str, Any], kept: timedelta
) -> None:
    a_document["server"]["retention"] = {"duplicates_days": days}
    a_document["connectors"][0]["override"] = override
    assert parse(a_document, MtaConfig, "a.yaml").duplicates_kept() == kept


def test_defaults_are_those_of_nt_and_exchange(a_document: dict[str, Any]) -> None:
    retention = parse(a_document, MtaConfig, "a.yaml").server.retention
    assert dict(retention) == {"event_log_size": 512, "tracking_days": 7, "duplicates_days": 7}


async def test_an_mta_forgets_in_its_time(start: Start, a_document: dict[str, Any]) -> None:
    """A message that comes again: known at first, and after a week a new one."""
    a = await start(a_document, scale=2 * 86400)  # two days a second
    jones = ORAddress.parse(JONES)
    message = Envelope(MtsIdentifier(GlobalDomain("US", " "), "M"), jones, (Recipient(jones),))
    length, store = len(b"content"), a.mta.store

    async def come() -> None:
        kept = store.contents.keep(b"content")
        await a.mta._dispatcher.take(Arrived(message, length, kept, length))

    await come()
    await come()
    assert len(a.all("delivered")) == 1
    await a.until(lambda: not store.tracking.follow(str(message.identifier)))
    await a.until(lambda: not store.arrivals.seen(str(message.identifier)))
    await come()
    assert len(a.all("delivered")) == 2
