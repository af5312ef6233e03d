"""Messages whose connector cannot be opened: rerouted, or not delivered in the end."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mta_emu.mta.store import Departure, Store
from mta_emu.mta.tracking import Step, What
from mta_emu.mts.envelope import Priority

Start = Callable[..., Awaitable[Any]]
SMITH = "C=US;A= ;P=Contoso;O=B;S=Smith"
NOBODY = "127.0.100.99"


def second_connector(document: dict[str, Any], **pages: Any) -> None:
    """Let the first connector of A lead to where nobody is, and a dearer one to B."""
    (first,) = document["connectors"]
    general = first["general"] | {"directory_name": "BACKUP"}
    spaces = [first["address_space"][0] | {"cost": 50}]
    document["connectors"].append(first | {"general": general, "address_space": spaces} | pages)
    first["stack"] = {"address": NOBODY}


async def test_what_waits_for_a_connector_that_cannot_be_opened_goes_another_way(
    start: Start, a_document: dict[str, Any], b_document: dict[str, Any]
) -> None:
    second_connector(a_document)
    a, b = await start(a_document), await start(b_document)
    sent = await a.send(SMITH, count=3)
    await b.until(lambda: len(b.all("delivered")) == 3)
    await a.until(lambda: not any(each.queued for each in a.mta._connectors.values()))
    moved = {each["mts_identifier"] for each in a.all("rerouted", connector="BACKUP")}
    assert moved
    assert moved <= set(sent)  # what came after the first try went there at once
    assert {each["association"] for each in b.all("transfer")} == {1}
    assert a.events == [9215, 1294, 4284, 289, 301]


async def test_a_message_is_tried_as_often_as_max_open_retries_says(
    start: Start, a_document: dict[str, Any]
) -> None:
    """Q157630: three times 600 seconds of lab time, then a non-delivery report."""
    a_document["connectors"][0]["override"] = {"max_open_retries": 3}
    a = await start(a_document, scale=3600)
    await a.send(SMITH)
    submitted = datetime.fromisoformat(a.all("submitted")[0]["time"])
    reported = await a.said("report", recipient=SMITH)
    after = (datetime.fromisoformat(reported["time"]) - submitted).total_seconds()
    assert after >= 1800
    assert len(a.all("event", id=301)) == 3
    text = (await a.said("event", id=290))["text"]
    assert "reason code transfer-failure and diagnostic code maximum-time-expired" in text
    assert a.mta._connectors["TO-B"].queued == 0


async def test_both_ways_are_tried_in_turn_before_the_end(
    start: Start, a_document: dict[str, Any]
) -> None:
    second_connector(a_document, override={"max_open_retries": 2})
    a_document["connectors"][0]["override"] = {"max_open_retries": 2}
    a = await start(a_document, scale=3600)
    await a.send(SMITH)
    await a.said("report", recipient=SMITH)
    tried = [each["connector"] for each in a.all("association", state="unreachable")]
    assert sorted(tried) == ["BACKUP", "BACKUP", "TO-B", "TO-B"]
    ways = [each["connector"] for each in a.all("rerouted")]
    assert ways[0] == "BACKUP"
    assert len(ways) >= 2


NOW = datetime(1999, 4, 26)
CAME = Step(NOW, "[C=US;A= ;1]", What.RECEIVED, "INBOUND")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path, "A")


def queue(store: Store, connector: str) -> None:
    message = store.begin()
    departures = [Departure(connector, Priority.NORMAL, b"envelope")]
    store.complete(
        message, CAME, content_length=0, departures=departures, deliveries=[], arrivals=[]
    )


def test_tries_count_from_the_moment_a_message_is_queued(store: Store) -> None:
    store.note_failed_open("ONE")
    queue(store, "ONE")
    store.note_failed_open("ONE")
    store.note_failed_open("ONE")
    (tried,) = store.tried("ONE", after=0, limit=10)
    assert (tried.came_by, dict(tried.tries), tried.reroutes) == ("INBOUND", {"ONE": 2}, 0)
    assert store.exhausted("ONE", 3, limit=10) == []
    assert store.exhausted("ONE", 2, limit=10) == [tried.entry]
    assert store.tried("ONE", after=tried.entry.id, limit=10) == []


def test_tries_travel_with_a_message_that_is_moved(store: Store) -> None:
    store.note_failed_open("TWO")
    queue(store, "ONE")
    store.note_failed_open("ONE")
    (tried,) = store.tried("ONE", after=0, limit=1)
    store.move(tried, [Departure("TWO", Priority.NORMAL, b"moved")], None, [])
    assert store.queue_lengths() == {"TWO": 1}
    store.note_failed_open("TWO")
    (there,) = store.tried("TWO", after=0, limit=1)
    assert dict(there.tries) == {"ONE": 1, "TWO": 1}
    assert (there.reroutes, there.came_by, there.entry.envelope) == (1, "INBOUND", b"moved")
    store.move(there, [Departure("ONE", Priority.NORMAL, b"back")], b"rest", [])
    assert store.queue_lengths() == {"ONE": 1, "TWO": 1}
    (back,) = store.tried("ONE", after=0, limit=1)
    assert dict(back.tries) == {"ONE": 1, "TWO": 1}
    assert next(store.waiting("TWO")).envelope == b"rest"
