"""Several servers on one loop: each hears of its own errors, and takes its own tasks with it."""

import asyncio
import gc
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest

from labkit.loop import new_event_loop
from labkit.owner import owner

LOOPS = pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, new_event_loop])


def run(new_loop: Callable[[], asyncio.AbstractEventLoop], main: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main)


class Server:
    """Does something in a block of its own until it is told to stop."""

    def __init__(self, work: Callable[[], Awaitable[None] | None]) -> None:
        self.heard: list[str] = []
        self.stop = asyncio.Event()
        self.begun = asyncio.Event()
        self._work = work

    async def run(self) -> None:
        async with owner(lambda error: self.heard.append(str(error))):
            if (waited := self._work()) is not None:
                await waited
            self.begun.set()
            await self.stop.wait()


async def fail(why: str) -> None:
    raise ValueError(why)


def raise_it(why: str) -> None:
    raise ValueError(why)


async def run_together(*servers: Server) -> None:
    tasks = [asyncio.create_task(each.run()) for each in servers]
    for each in servers:
        await each.begun.wait()
    for _ in range(10):  # of the loop's rounds, more than any of the tasks takes
        await asyncio.sleep(0)
    for each in servers:
        each.stop.set()
    await asyncio.gather(*tasks)
    gc.collect()  # a task that failed is missed when nobody has it any more


@LOOPS
def test_each_hears_of_the_tasks_and_callbacks_that_it_started(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        servers = (
            Server(lambda: (asyncio.create_task(fail("a task of A")), None)[1]),
            Server(lambda: (loop.call_soon(raise_it, "a callback of B"), None)[1]),
            Server(lambda: None),
        )
        await run_together(*servers)
        assert [each.heard for each in servers] == [["a task of A"], ["a callback of B"], []]

    run(new_loop, main())


@LOOPS
def test_what_a_task_starts_belongs_to_the_same_server(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def begin() -> None:
        await asyncio.wait([asyncio.create_task(fail("started by a task"))])

    async def main() -> None:
        server, other = Server(lambda: asyncio.create_task(begin())), Server(lambda: None)
        await run_together(server, other)
        assert (server.heard, other.heard) == (["started by a task"], [])

    run(new_loop, main())


@LOOPS
def test_what_is_left_ends_with_the_block_and_nothing_else_does(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    async def main() -> None:
        started: list[asyncio.Task[None]] = []

        async def stubborn() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                started.append(asyncio.create_task(wait()))

        async def wait() -> None:
            await asyncio.Event().wait()

        def begin() -> None:
            started.append(asyncio.create_task(stubborn()))

        outside = asyncio.create_task(wait())
        server = Server(begin)
        await run_together(server)
        assert [task.cancelled() for task in started] == [True, True]
        assert not outside.done()
        outside.cancel()

    run(new_loop, main())


@LOOPS
def test_what_nobody_owns_is_logged(
    new_loop: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        server = Server(lambda: None)
        asyncio.get_running_loop().call_soon(raise_it, "of nobody")
        await run_together(server)
        assert server.heard == []

    run(new_loop, main())
    assert "of nobody" in caplog.text
