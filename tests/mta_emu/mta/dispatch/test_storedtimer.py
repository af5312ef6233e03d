"""Work that is due at times which the store keeps."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from labkit.clock import LabClock
from mta_emu.mta.dispatch.storedtimer import StoredTimer

DUE = datetime(2026, 1, 1, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


class Steps(LabClock):
    """A lab clock that shows given times, one after the other, and then the last."""

    times: list[datetime]

    def now(self) -> datetime:
        return self.times.pop(0) if len(self.times) > 1 else self.times[0]


class Timer(StoredTimer):
    """One thing to do, that is due at noon, and that can be done or not."""

    def __init__(self, clock: LabClock, *, possible: bool = True) -> None:
        super().__init__(clock)
        self._possible = possible
        self.due: datetime | None = DUE
        self.acted: list[datetime] = []
        self.done = asyncio.Event()

    def next_due(self) -> datetime | None:
        return self.due

    async def act(self, now: datetime) -> None:
        self.acted.append(now)
        if self.due and self.due < now and self._possible:
            self.due = None
            self.done.set()


def clock(*times: datetime) -> Steps:
    made = Steps()
    object.__setattr__(made, "times", list(times))
    return made


async def run(timer: Timer, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await timer.run()


@pytest.mark.parametrize("early", [MOMENT, timedelta(0)])
async def test_a_timer_that_is_early_is_not_ten_seconds_late(early: timedelta) -> None:
    """It acts a moment before the time, and looks how long to wait a moment after it."""
    timer = Timer(clock(DUE - early, DUE + MOMENT))
    running = asyncio.create_task(timer.run())
    async with asyncio.timeout(9):  # not PATIENCE: ten would be late
        await timer.done.wait()
    running.cancel()


async def test_what_cannot_be_done_is_tried_again_after_ten_seconds() -> None:
    timer = Timer(clock(DUE + MOMENT), possible=False)
    await run(timer, 0.1)
    assert timer.acted == [DUE + MOMENT]
    assert timer._patience(DUE + MOMENT) == 10


async def test_it_waits_for_the_time_and_for_an_earlier_one() -> None:
    timer = Timer(clock(DUE - timedelta(seconds=5)))
    assert timer._patience(DUE - timedelta(seconds=6)) == 5
    timer.wake()
    await run(timer, 0.05)
    assert len(timer.acted) == 1  # woken before it ran: the time is looked at anyway
    timer.due = None
    assert timer._patience(DUE) is None
