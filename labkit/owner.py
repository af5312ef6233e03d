"""Whose task or callback it is, where several servers share one event loop.

A loop has one handler for what a task or a callback raises that nobody waits for, and ends no task
before it ends itself. So each server runs in a block of its own, `owner`. What is started in the
block, and in what that starts, is the server's: its errors go to the server's report, and what is
left of it ends with the block.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from contextvars import Context, ContextVar
from typing import Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

Outcome = TypeVar("Outcome")
Report = Callable[[BaseException | str], None]


class _Owner:
    """A server, as far as its loop knows it."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.tasks: WeakSet[asyncio.Task[Any]] = WeakSet()

    async def end(self) -> None:
        """End the tasks that are left, and those that they still start."""
        while left := [task for task in self.tasks if not task.done()]:
            for task in left:
                task.cancel()
            await asyncio.wait(left)


_OWNER: ContextVar[_Owner | None] = ContextVar("owner", default=None)
_OF_TASK: WeakKeyDictionary[asyncio.Task[Any], _Owner] = WeakKeyDictionary()


@asynccontextmanager
async def owner(report: Report) -> AsyncIterator[None]:
    """Own what the block starts.

    `report` gets what a task or a callback of the block raised that nobody waits for, or what the
    loop says of it. Tasks that run at the end of the block are cancelled.
    """
    loop = asyncio.get_running_loop()
    loop.set_task_factory(_start)
    loop.set_exception_handler(_unhandled)
    mine = _Owner(report)
    token = _OWNER.set(mine)
    try:
        yield
    finally:
        _OWNER.reset(token)
        await mine.end()


def _start(
    loop: asyncio.AbstractEventLoop,
    work: Coroutine[Any, Any, Outcome] | Generator[Any, None, Outcome],
    /,
    **named: Any,
) -> asyncio.Task[Outcome]:
    """Make a task, as the loop would, and remember whose it is."""
    task = asyncio.Task(work, loop=loop, **named)
    context: Context | None = named.get("context")
    if mine := context.get(_OWNER) if context else _OWNER.get():
        mine.tasks.add(task)
        _OF_TASK[task] = mine
    return task


def _unhandled(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report it to its owner; what has none is logged, as loops do."""
    if mine := _owner_of(context):
        mine.report(context.get("exception") or context["message"])
    else:
        loop.default_exception_handler(context)


def _owner_of(context: dict[str, Any]) -> _Owner | None:
    """The owner of the task or callback that a loop speaks of."""
    task = context.get("task") or context.get("future")
    if isinstance(task, asyncio.Task):
        return _OF_TASK.get(task)
    of_callback = getattr(context.get("handle"), "_context", None)  # asyncio's; uvloop is in it now
    if isinstance(of_callback, Context):
        return of_callback.get(_OWNER)
    return _OWNER.get()
