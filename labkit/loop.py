"""The event loop: uvloop where it is installed, asyncio's own elsewhere."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

try:
    from uvloop import new_event_loop
except ImportError:  # a platform without uvloop
    from asyncio import new_event_loop

ResultT = TypeVar("ResultT")


def run(main: Coroutine[Any, Any, ResultT]) -> ResultT:
    """Run `main` to its end on the fastest event loop at hand."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(main)
