"""Long work, on a thread and in pieces, does not hold the event loop."""

import asyncio
import threading
import time
from itertools import count
from types import SimpleNamespace

import pytest

from labkit import loop
from labkit.loop import Breaks, free_on_thread, on_thread, run, to_its_end
from tests.patience import PATIENCE


def test_a_result_and_an_error_come_back_from_the_thread() -> None:
    async def main() -> None:
        assert await on_thread(pow, 2, 10) == 1024
        assert await on_thread(threading.get_ident) != threading.get_ident()
        with pytest.raises(ZeroDivisionError):
            await on_thread(divmod, 1, 0)

    run(main())


def test_works_are_done_one_after_the_other() -> None:
    busy: list[int] = []

    def work(number: int) -> int:
        busy.append(number)
        assert len(busy) == 1
        time.sleep(0.001)
        busy.remove(number)
        return number

    async def main() -> None:
        assert await asyncio.gather(*(on_thread(work, n) for n in range(20))) == list(range(20))

    run(main())


def test_parts_are_freed_on_the_thread() -> None:
    class Part:
        def __del__(self) -> None:
            freed_on.append(threading.get_ident())

    freed_on: list[int] = []

    async def main() -> None:
        parts: list[object] = [[Part(), [Part()]]]
        free_on_thread(parts)
        thread = await on_thread(threading.get_ident)
        assert freed_on == [thread, thread]

    run(main())


def test_breaks_let_others_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look at the clock takes a millisecond here, and ten are the most."""
    ticks = count()
    clock = SimpleNamespace(perf_counter=lambda: next(ticks) / 1000)
    monkeypatch.setattr(loop, "time", clock)

    async def main() -> None:
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task, breaks = asyncio.create_task(other()), Breaks(0.0095)
        for _ in range(100):
            await breaks.take()
        assert turns == 10
        task.cancel()

    run(main())


@pytest.mark.parametrize("fails", [False, True])
def test_a_work_goes_to_its_end_however_often_it_is_cancelled(fails: bool) -> None:
    begun, may_end, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> int:
        begun.set()
        assert may_end.wait(PATIENCE)
        ended.set()
        return 1 // (not fails)

    async def main() -> None:
        waiting = asyncio.create_task(to_its_end(asyncio.to_thread(work)))
        await asyncio.to_thread(begun.wait, PATIENCE)
        for _ in range(2):
            waiting.cancel()
            await asyncio.sleep(0)
        assert not waiting.done()
        may_end.set()
        with pytest.raises(ZeroDivisionError if fails else asyncio.CancelledError):
            await waiting
        assert ended.is_set()

    run(main())


def test_the_result_of_a_work_that_is_not_cancelled() -> None:
    assert run(to_its_end(asyncio.to_thread(pow, 2, 3))) == 8
