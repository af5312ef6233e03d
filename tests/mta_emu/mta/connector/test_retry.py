"""The retry timer, and what is done with the queue before and after it."""

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from labkit.clock import LabClock
from mta_emu.mta.connector.retry import Retry
from tests.patience import PATIENCE


class Rerouter:
    """Notes what it is asked for; may take its time, or fail."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def reroute(self, connector: str) -> None:
        self.asked.append(("reroute", connector))
        await self.go_on.wait()

    async def give_up(self, connector: str, most: int) -> None:
        self.asked.append(("give up", connector, most))
        await self.go_on.wait()
        if self.error:
            raise self.error


class Scene:
    def __init__(self, scale: float = 1000) -> None:
        self.clock, self.rerouter, self.ended = LabClock(scale), Rerouter(), asyncio.Event()
        config: Any = SimpleNamespace(name="X", override=SimpleNamespace(max_open_retries=144))
        shared: Any = SimpleNamespace(clock=self.clock, rerouter=self.rerouter)
        self.retry = Retry(config, shared, self.ended.set)

    async def over(self, seconds: int = 10) -> None:
        """Begin the timer, and let its time pass."""
        assert self.retry.begin(seconds)
        await self.clock.sleep(seconds + 5)
        self.retry.check()


async def test_one_timer_runs_at_a_time() -> None:
    scene = Scene(scale=1)  # ten minutes do not pass
    assert scene.retry.begin(600)
    assert not scene.retry.begin(5)
    assert scene.retry.until
    assert scene.retry.until - scene.clock.now() > timedelta(seconds=500)
    scene.retry.check()  # it is not over
    assert scene.rerouter.asked == []
    scene.retry.skip()
    assert scene.retry.until is None


async def test_when_it_is_over_what_was_tried_too_often_is_given_up_first() -> None:
    scene = Scene()
    await scene.over()
    scene.retry.check()  # once
    await asyncio.sleep(0)
    assert scene.rerouter.asked == [("give up", "X", 144)]
    assert scene.retry.ending
    assert not scene.retry.settled
    assert not scene.ended.is_set()
    scene.rerouter.go_on.set()
    async with asyncio.timeout(PATIENCE):
        await scene.ended.wait()
    assert scene.retry.until is None
    assert not scene.retry.ending


async def test_it_ends_though_giving_up_raises() -> None:
    scene = Scene()
    scene.rerouter.error = ZeroDivisionError()
    scene.rerouter.go_on.set()
    await scene.over()
    async with asyncio.timeout(PATIENCE):
        await scene.ended.wait()
    assert scene.retry.until is None


async def test_rerouting_is_not_settled_until_it_is_done() -> None:
    scene = Scene()
    scene.retry.reroute()
    await asyncio.sleep(0)
    assert scene.rerouter.asked == [("reroute", "X")]
    assert not scene.retry.settled
    scene.rerouter.go_on.set()
    async with asyncio.timeout(PATIENCE):
        while not scene.retry.settled:  # noqa: ASYNC110, a task's end
            await asyncio.sleep(0)


async def test_after_the_end_no_timer_begins() -> None:
    scene = Scene()
    scene.retry.stop()
    assert not scene.retry.begin(5)


@pytest.mark.parametrize("early", [True, False])
async def test_a_timer_of_the_loop_that_comes_early_is_set_again(early: bool) -> None:
    """The clock of the loop and that of the lab differ a little; nothing may be lost between."""
    scene = Scene(scale=1)
    scene.retry.begin(600 if early else -1)
    scene.retry.check()
    assert scene.retry.ending is not early
