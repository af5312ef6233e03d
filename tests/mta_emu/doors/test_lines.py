"""What the HTTP door lists of a store, without the door."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import HTTPException

from mta_emu.doors import lines
from mta_emu.doors.lines import as_response
from mta_emu.mta.log.events import EVERY_EVENT, Event
from mta_emu.mta.policy.received import ReceivedReport
from mta_emu.mta.store.mailbox import Delivery
from mta_emu.mta.store.receivedreports import rows
from mta_emu.mta.store.store import Store
from mta_emu.mta.store.tracking import Action, TrackingEntry
from mta_emu.mts.report import Delivered, NotDelivered

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
REPORT = ReceivedReport(NOON, "A-1", "", "C=US;S=Jones", "C=US;S=Smith", Delivered(NOON))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.open(tmp_path, "A")
    message = store.contents.keep(b"content")
    store.contents.complete(message, 7, "A-1")
    store.mailbox.add(message, NOON, [Delivery(["S", "T", "U"], "Hello")])
    failed = replace(REPORT, originator="C=US;S=Brown", outcome=NotDelivered(1, 0))
    store.reports.add(rows([REPORT, failed]))
    store.tracking.add(*(TrackingEntry(NOON, name, Action.TRIED) for name in ("A-1", "A-2")))
    for number in (289, 290):
        store.events.add(Event(number, "Warning", "X.400 Service", "text"), NOON)
    return store


def test_so_many_lines_as_are_asked_for(store: Store) -> None:
    assert [each.number for each in lines.mails(store, after=1, limit=1)] == [2]
    assert [each.id for each in lines.events(store, EVERY_EVENT, limit=1)] == [289]
    assert len([*lines.reports(store, None, "", limit=1)]) == 1


def test_reports_of_one_originator(store: Store) -> None:
    (found,) = lines.reports(store, "A-1", "brown", limit=9)
    assert (found.outcome, found.reason) == ("not-delivered", "unable-to-transfer")


def test_the_steps_of_one_message(store: Store) -> None:
    (found,) = lines.steps(store, "A-1")
    assert (found.server, found.what) == ("A", "tried")
    with pytest.raises(HTTPException, match="2 messages have this"):
        [*lines.steps(store, "A-")]


async def test_they_are_json(store: Store) -> None:
    response = await as_response(store, lambda reader: lines.mails(reader, 0, 9))
    assert [each["recipient"] for each in json.loads(bytes(response.body))] == ["S", "T", "U"]
    assert response.media_type == "application/json"
