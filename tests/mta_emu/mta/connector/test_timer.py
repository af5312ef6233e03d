"""The timer of a connector, and its watchdog."""

import asyncio
from datetime import timedelta

import pytest

from labkit.clock import LabClock
from labkit.records import Record
from mta_emu.mta.connector import timer as module
from mta_emu.mta.connector.timer import Timer, Watchdog
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.log.records import Problem
from tests.patience import PATIENCE


async def test_it_calls_back_at_the_last_moment_that_was_set() -> None:
    clock, came = LabClock(scale=1000), asyncio.Event()
    timer = Timer(clock, came.set)
    assert not timer.running
    timer.set(clock.now() + timedelta(days=10))
    assert timer.running
    begun = clock.now()
    timer.set(begun + timedelta(seconds=50))
    async with asyncio.timeout(PATIENCE):
        await came.wait()
    assert timedelta(seconds=45) < clock.now() - begun < timedelta(days=9)
    assert not timer.running


async def test_a_moment_that_is_over_comes_at_once_and_none_never() -> None:
    clock, came = LabClock(), asyncio.Event()
    timer = Timer(clock, came.set)
    timer.set(clock.now() - timedelta(seconds=1))
    timer.set(None)
    assert not timer.running
    timer.set(clock.now() - timedelta(seconds=1))
    async with asyncio.timeout(PATIENCE):
        await came.wait()


async def test_the_watchdog_says_what_stands_still_and_mends_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "WATCH_INTERVAL", 0.01)
    heard: asyncio.Queue[Record] = asyncio.Queue()
    journal = Journal(LabClock())
    journal.listen(heard.put_nowait)
    mended = asyncio.Event()
    watchdog = Watchdog(
        "connector X", journal, lambda: "" if mended.is_set() else "no timer", mended.set
    )
    watchdog.start()
    async with asyncio.timeout(PATIENCE):
        said = [await heard.get(), await heard.get()]
    watchdog.stop()
    assert [(each.part, each.state) for each in said if isinstance(each, Problem)] == [
        ("connector X", "failed"),
        ("connector X", "works again"),
    ]
    assert "no timer" in str(said[0])
