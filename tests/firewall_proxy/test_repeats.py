"""What repeats is said once, and counted."""

import asyncio

from firewall_proxy.repeats import Repeats
from tests.patience import PATIENCE


async def test_the_first_is_said_and_the_others_are_counted() -> None:
    over: asyncio.Queue[tuple[str, int]] = asyncio.Queue()
    repeats = Repeats[str](0.05, lambda key, count: over.put_nowait((key, count)))
    said = [repeats.is_first("a") for _ in range(5)]
    assert said == [True, False, False, False, False]
    assert repeats.is_first("b")
    async with asyncio.timeout(PATIENCE):
        assert await over.get() == ("a", 4)
        assert repeats.is_first("a")
    repeats.close()
    assert over.empty()  # of b there was one


async def test_what_was_counted_is_told_at_the_end() -> None:
    told = []
    repeats = Repeats[str](60, lambda key, count: told.append((key, count)))
    for _ in range(3):
        repeats.is_first("a")
    repeats.close()
    assert told == [("a", 2)]
