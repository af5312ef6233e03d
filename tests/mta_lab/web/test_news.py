"""That there is something new is heard by all who wait, and that it is over, too."""

import asyncio

from mta_lab.web.news import News, ended_together
from tests.patience import PATIENCE


async def test_each_change_is_another_version() -> None:
    news = News()
    async with asyncio.timeout(PATIENCE):
        assert await news.news(-1) == 0
        waiting = [asyncio.create_task(news.news(0)) for _ in range(2)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        news.changed()
        assert await asyncio.gather(*waiting) == [1, 1]


async def test_nobody_waits_for_what_is_over() -> None:
    news = News()
    waiting = asyncio.create_task(news.news(0))
    await asyncio.sleep(0)
    news.end(down=True)
    async with asyncio.timeout(PATIENCE):
        assert await waiting == 0
        assert await news.news(0) == 0
    news.end()
    assert news.down


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_tasks_end_with_the_block() -> None:
    async with ended_together() as tasks:
        tasks.append(asyncio.create_task(for_ever()))
    assert tasks[0].cancelled()
