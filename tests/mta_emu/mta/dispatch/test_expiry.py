"""Messages whose latest delivery time passes in a queue."""

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.clock import LabClock
from mta_emu.mta.dispatch.expiry import Expiry
from mta_emu.mta.policy.reports import TOO_OLD
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.fields import Priority
from mta_emu.mts.report import NotDelivered

CLOCK = LabClock()
NOW = CLOCK.now()
MINUTE = timedelta(minutes=1)


class Outbox:
    def __init__(self) -> None:
        self.given_up: list[tuple[str, NotDelivered]] = []
        self.in_hand = ""

    def holds(self, entry: QueueEntry) -> bool:
        return entry.mts_identifier == self.in_hand

    def give_up(self, entry: QueueEntry, why: NotDelivered) -> None:
        self.given_up.append((entry.mts_identifier, why))


class Scene:
    def __init__(self, store: Store) -> None:
        self.store, self.outbox = store, Outbox()
        connectors: dict[str, Any] = {"C": SimpleNamespace(outbox=self.outbox)}
        self.expiry = Expiry(CLOCK, store, connectors)

    def put(self, name: str, minutes: int | None, connector: str = "C") -> None:
        message = self.store.contents.keep(b"x")
        self.store.contents.complete(message, 1, name)
        expires = None if minutes is None else NOW + minutes * MINUTE
        copy = QueuedCopy(connector, Priority.NORMAL, b"e", expires=expires)
        self.store.groups.add(copy, message, "")


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(Store.open(tmp_path))


async def test_what_is_over_is_given_up_as_too_old_and_nothing_else(scene: Scene) -> None:
    """X.411 8.2.1.1.1.8: maximum-time-expired."""
    for name, minutes in (("old", -1), ("young", 5), ("for ever", None)):
        scene.put(name, minutes)
    assert scene.expiry.next_due() == NOW - MINUTE
    await scene.expiry.act(NOW)
    assert scene.outbox.given_up == [("old", TOO_OLD)]


async def test_what_is_being_transferred_is_looked_at_again_later(scene: Scene) -> None:
    scene.put("old", -1)
    scene.outbox.in_hand = "old"
    await scene.expiry.act(NOW)
    assert scene.outbox.given_up == []
    assert scene.expiry.next_due() == NOW - MINUTE  # still due
    scene.outbox.in_hand = ""
    await scene.expiry.act(NOW)
    assert scene.outbox.given_up == [("old", TOO_OLD)]


async def test_the_queue_of_a_connector_that_is_gone_waits_for_its_return(scene: Scene) -> None:
    scene.put("old", -1, connector="GONE")
    await scene.expiry.act(NOW)
    assert scene.outbox.given_up == []
    assert scene.store.queues.lengths() == {"GONE": 1}
