"""Parts that mail does not depend on: told once when they fail, and started again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from labkit.clock import LabClock
from labkit.records import Record
from mta_emu.mta import supervisor
from mta_emu.mta.log.journal import Journal
from mta_emu.mta.supervisor import Supervisor
from tests.patience import PATIENCE


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> tuple[Supervisor, list[Record]]:
    monkeypatch.setattr(supervisor, "_FIRST_PAUSE", 0.001)
    journal, records = Journal(LabClock()), list[Record]()
    journal.listen(records.append)
    return Supervisor(journal), records


async def test_a_door_that_cannot_be_opened_is_tried_again(
    said: tuple[Supervisor, list[Record]],
) -> None:
    supervisor, records = said
    tries, opened, closed = 0, asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def door() -> AsyncIterator[None]:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise OSError(98, "address already in use")
        opened.set()
        yield
        closed.set()

    @asynccontextmanager
    async def steady() -> AsyncIterator[None]:
        try:
            yield
        finally:
            closed.set()

    await supervisor.keep_open("http door", door)  # tried once, and the rest goes on
    assert not opened.is_set()
    await asyncio.wait_for(opened.wait(), PATIENCE)
    await asyncio.sleep(0)
    assert [str(each) for each in records] == [
        "http door has failed: [Errno 98] address already in use",
        "http door works again",
    ]
    await supervisor.keep_open("smtp door", steady)
    await supervisor.close()
    assert closed.is_set()


async def test_a_chore_that_fails_is_started_again_after_ever_longer_pauses(
    said: tuple[Supervisor, list[Record]],
) -> None:
    supervisor, records = said
    loop, times, done = asyncio.get_running_loop(), list[float](), asyncio.Event()

    async def chore() -> None:
        times.append(loop.time())
        if len(times) < 6:
            raise KeyError("what")
        done.set()
        await asyncio.Event().wait()

    supervisor.run("chore", chore)
    await asyncio.wait_for(done.wait(), PATIENCE)
    gaps = [b - a for a, b in pairwise(times)]
    assert all(gap >= 0.002 * 2**n for n, gap in enumerate(gaps))
    assert [each.kind for each in records] == ["problem"]
    await supervisor.close()
