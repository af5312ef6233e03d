"""A page with a server behind it: its files, and the news of it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from labkit.addresses import End, parse_address
from labkit.sockets import listening_socket
from mta_emu.doors.serving import serving
from mta_lab.web.bundle import STATIC, text_of
from mta_lab.web.live import Live
from mta_lab.web.server import application
from tests.mta_lab.web.asking import TOKEN, client, live_of
from tests.mta_lab.web.conftest import Ran
from tests.patience import PATIENCE

HERE = parse_address("127.0.113.93")


@pytest.mark.parametrize("name", sorted(each.name for each in STATIC.iterdir()))
async def test_each_file_of_the_page_is_served(seed: Ran, name: str) -> None:
    async with client(live_of(seed)) as asking:
        answer = await asking.get(name)
    assert answer.status_code == 200
    assert answer.text == text_of(name)
    kind = {"js": "text/javascript", "css": "text/css", "html": "text/html"}[
        name.rpartition(".")[2]
    ]
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["none.js", "..%2Fserver.py", "%2e%2e/server.py", "docs", "a/b"])
async def test_no_other_file_is(seed: Ran, path: str) -> None:
    async with client(live_of(seed)) as asking:
        assert (await asking.get(path)).status_code in (403, 404)


async def next_event(lines: AsyncIterator[str]) -> tuple[str, str]:
    """The name and the data of the next event."""
    found = {}
    async for line in lines:
        if not line and found:
            return found["event"], found["data"]
        name, _, value = line.partition(": ")
        if name:
            found[name] = value
    raise AssertionError


async def test_news_come_first_then_when_there_are_some_and_at_the_end(seed: Ran) -> None:
    live = Live(seed.minutes.lab, None)
    listening = listening_socket(End(HERE, 0))
    url = f"http://{End.of_socket(listening.getsockname())}/{TOKEN}/changes"
    async with (
        serving(application(live, TOKEN), listening),
        httpx.AsyncClient(timeout=PATIENCE) as asking,
        asking.stream("GET", url) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        lines = answer.aiter_lines()
        assert await next_event(lines) == ("changed", "0")
        live.hear("EXTERNAL", seed.minutes.records["EXTERNAL"][0])
        assert await next_event(lines) == ("changed", "1")
        live.end(down=True)
        assert await next_event(lines) == ("over", "true")


async def test_what_came_in_between_is_one_event(seed: Ran) -> None:
    live = live_of(seed)
    live.end()
    async with client(live) as asking:
        answer = await asking.get("changes")
    lines = [line for line in answer.text.splitlines() if line]
    version = f"data: {live.version}"
    assert lines == ["event: changed", version, "event: over", "data: false"]
