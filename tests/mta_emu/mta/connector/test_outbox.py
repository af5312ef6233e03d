"""A connector's queue: what is in hand, what rests after a failure, what is given up."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.clock import LabClock
from labkit.config import parse
from mta_emu.mta.configuration.file import MtaConfig
from mta_emu.mta.connector.outbox import Outbox
from mta_emu.mta.policy.calling import ANY_LANE
from mta_emu.mta.policy.reports import TRANSFER_RETRIES_USED_UP
from mta_emu.mta.store.queues import QueuedCopy, QueueEntry
from mta_emu.mta.store.store import Store
from mta_emu.mts.fields import Priority
from mta_emu.mts.report import NotDelivered
from tests.patience import PATIENCE

OVERRIDE = {
    "max_transfer_retries": 1,
    "transfer_interval": 60,
    "transfer_timeout_urgent": 10,
    "transfer_timeout_normal": 20,
    "transfer_timeout_non_urgent": 30,
}


class Dispatcher:
    """Notes what is given up."""

    def __init__(self) -> None:
        self.given_up: list[tuple[QueueEntry, str, NotDelivered]] = []
        self.done: list[Callable[[], None]] = []

    def give_up(
        self, entry: QueueEntry, connector: str, why: NotDelivered, done: Callable[[], None]
    ) -> None:
        self.given_up.append((entry, connector, why))
        self.done.append(done)


class Scene:
    def __init__(self, store: Store, config: MtaConfig) -> None:
        self.store, self.dispatcher = store, Dispatcher()
        self.left = 0
        self.waits = asyncio.Event()
        shared: Any = SimpleNamespace(
            store=store, clock=LabClock(scale=1000), dispatcher=self.dispatcher
        )
        queued = store.queues.lengths().get("TO-B", 0)
        self.outbox = Outbox(
            config.connectors[0], shared, queued, left=self._left, waits=self.waits.set
        )

    def _left(self) -> None:
        self.left += 1

    def take(self) -> QueueEntry:
        entry = self.outbox.take(ANY_LANE)
        assert entry
        return entry

    def tracked(self, name: str) -> list[str]:
        return [str(each.what) for each in self.store.tracking.follow(name)]


def put(store: Store, name: str, priority: Priority = Priority.NORMAL, octets: int = 7) -> None:
    message = store.contents.keep(bytes(octets))
    store.contents.complete(message, octets, name)
    store.groups.add(QueuedCopy("TO-B", priority, b"envelope"), message, "")


@pytest.fixture
def scene(tmp_path: Path, a_document: dict[str, Any]) -> Scene:
    store = Store.open(tmp_path)
    for name in ("one", "two"):
        put(store, name)
    a_document["connectors"][0]["override"] = OVERRIDE
    return Scene(store, parse(a_document, MtaConfig, "a.yaml"))


async def test_what_was_transferred_is_gone_and_tracked(scene: Scene) -> None:
    entry, sent = scene.take(), list[str]()
    assert (scene.outbox.total, scene.outbox.waiting(ANY_LANE)) == (2, 1)
    scene.outbox.transferred(entry, 3, lambda: sent.append("sent"))
    assert (scene.outbox.total, sent) == (2, [])  # until it is committed
    scene.store.group.finish()
    assert (scene.outbox.total, scene.left, sent) == (1, 1, ["sent"])
    assert [each.mts_identifier for each in scene.store.queues.waiting("TO-B")] == ["two"]
    assert scene.tracked("one") == ["tried", "transferred"]


async def test_what_is_put_back_waits_at_once_in_its_place(scene: Scene) -> None:
    entry = scene.take()
    scene.outbox.put_back(entry, 3, "the MTA stops")
    assert scene.outbox.resting == 0
    assert scene.take() == entry
    assert scene.tracked("one") == ["tried", "not transferred"]


async def test_what_failed_rests_for_the_interval_and_goes_last(scene: Scene) -> None:
    entry = scene.take()
    scene.outbox.failed(entry, 3, "refused")
    assert (scene.outbox.resting, scene.outbox.waiting(ANY_LANE)) == (1, 1)
    async with asyncio.timeout(PATIENCE):
        await scene.waits.wait()
    assert (scene.outbox.resting, scene.outbox.waiting(ANY_LANE)) == (0, 2)
    assert scene.take().mts_identifier == "two"
    assert scene.take() == entry
    assert scene.dispatcher.given_up == []


async def test_what_fails_too_often_is_given_up_and_leaves_once_that_is_kept(
    scene: Scene,
) -> None:
    entry = scene.take()
    scene.outbox.failed(entry, 3, "refused")
    async with asyncio.timeout(PATIENCE):
        await scene.waits.wait()
    scene.take()
    assert scene.take() == entry
    scene.outbox.failed(entry, 4, "refused")
    assert scene.dispatcher.given_up == [(entry, "TO-B", TRANSFER_RETRIES_USED_UP)]
    assert (scene.outbox.holds(entry), scene.outbox.total, scene.left) == (True, 2, 0)
    scene.dispatcher.done[0]()
    assert (scene.outbox.total, scene.left) == (1, 1)


async def test_a_transfer_has_time_by_priority_and_by_each_kilobyte(scene: Scene) -> None:
    put(scene.store, "long", Priority.NON_URGENT, 5000)
    put(scene.store, "urgent", Priority.URGENT)
    times = {
        entry.mts_identifier: scene.outbox.transfer_time(entry)
        for entry in scene.store.queues.waiting("TO-B")
    }
    assert times == pytest.approx({"urgent": 0.01, "one": 0.02, "two": 0.02, "long": 5 * 0.03})


async def test_who_decides_about_a_message_has_it_in_hand_meanwhile(scene: Scene) -> None:
    (one, two) = scene.store.queues.waiting("TO-B")
    scene.outbox.hold(one)
    assert scene.take() == two
    scene.outbox.let_go(one, gone=False)
    assert scene.waits.is_set()
    assert scene.outbox.most_urgent(ANY_LANE) is Priority.NORMAL
    scene.outbox.hold(one)
    scene.outbox.let_go(one, gone=True)
    assert (scene.outbox.total, scene.left) == (1, 1)


async def test_after_the_end_nothing_waits_again(scene: Scene) -> None:
    scene.outbox.failed(scene.take(), 3, "refused")
    scene.outbox.close()
    assert scene.outbox.resting == 0
    await scene.outbox._shared.clock.sleep(120)
    assert not scene.waits.is_set()
