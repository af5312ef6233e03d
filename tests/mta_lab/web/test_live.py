"""A lab that is up, heard: its records, its packets, and its end."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mta_lab.commands import the_lab
from mta_lab.lab.directory import Lab, find
from mta_lab.lab.points import may_capture
from mta_lab.play import lifecycle
from mta_lab.web.live import Live, living
from mta_lab.web.model.build import NO_PACKETS
from mta_lab.web.model.page import Page
from tests.mta_lab.conftest import elsewhere, here, own_name
from tests.mta_lab.web.conftest import Ran
from tests.patience import PATIENCE

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"
JONES, SMITH = "C=US;A= ;P=Contoso;O=Outside;S=Jones", "C=US;A= ;P=Contoso;O=Inside;S=Smith"


@pytest.fixture
def lab() -> Iterator[Lab]:
    """The seed, up; each test sends its own mail."""
    name = own_name("live")
    up = here("up", SEED, "--name", name)
    assert up.returncode == 0, up.stderr
    lab = the_lab(name)
    yield lab
    if find(lab.directory):
        lifecycle.down(lab)


async def page_with(live: Live, wanted: Callable[[Page], bool]) -> Page:
    """The page as soon as it shows what is wanted."""
    seen = -1
    async with asyncio.timeout(PATIENCE):
        while True:
            seen = await live.news(seen)
            page = Page.model_validate_json(await live.page())
            if wanted(page):
                return page


def events(page: Page) -> set[int | None]:
    return {said.event for said in page.said}


async def test_what_happens_is_seen(lab: Lab) -> None:
    """The seed's refusal: the event, and the packet that caused it."""

    def refused(page: Page) -> bool:
        """Records and packets come each in their own time."""
        causes = [said.caused_by for said in page.said if said.event == 1293]
        if not may_capture():
            return bool(causes)
        calls = [page.calls[page.arrows[cause].call] for each in causes for cause in each]
        return [call.disposition for call in calls] == ["refused"]

    async with living(lab) as live:
        page = await page_with(live, lambda page: len({said.host for said in page.said}) == 3)
        assert 1293 not in events(page)
        send = ("mta-emu", "send", SMITH, "--from", JONES, "--subject", "By hand")
        sent = await asyncio.to_thread(elsewhere, "exec", "--lab", lab.name, "EXTERNAL", *send)
        assert sent.returncode == 0, sent.stderr
        page = await page_with(live, refused)
    assert page.verdict == ""
    if may_capture():
        (cause,) = next(said for said in page.said if said.event == 1293).caused_by
        assert page.arrows[cause].name == "MTA-BIND response"
    else:
        assert page.notes == (NO_PACKETS,)


async def test_it_is_over_when_the_lab_is_down(lab: Lab) -> None:
    async with living(lab) as live:
        version = live.version
        assert not live.over.is_set()
        down = await asyncio.to_thread(elsewhere, "down", lab.name)
        assert down.returncode == 0, down.stderr
        async with asyncio.timeout(PATIENCE):
            await live.over.wait()
        assert live.down
        assert await live.news(live.version) >= version


async def test_nothing_is_left_in_the_temporary_directory(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with living(lab) as live:
        assert json.loads(await live.page())["title"]
    assert os.listdir(tmp_path) == []
    assert live.over.is_set()
    assert not live.down


async def test_the_page_is_made_once_for_all_who_ask(
    seed: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []

    def counted(*arguments: Any) -> str:
        made.append(arguments)
        return str(len(made))

    monkeypatch.setattr("mta_lab.web.live._page", counted)
    live = Live(seed.minutes.lab, None)
    assert await asyncio.gather(live.page(), live.page(), live.page()) == ["1", "1", "1"]
    live.changed()
    assert await live.page() == "2"


async def test_whoever_waits_is_woken_by_news_and_by_the_end(seed: Ran) -> None:
    live = Live(seed.minutes.lab, None)
    waiting = [asyncio.create_task(live.news(0)) for _ in range(2)]
    live.changed()
    assert await asyncio.gather(*waiting) == [1, 1]
    waiting = [asyncio.create_task(live.news(1))]
    live.end()
    assert await asyncio.gather(*waiting) == [1]


async def test_without_the_right_to_see_packets_it_says_so(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mta_lab.capture.kernel.packet_socket", refuse)
    async with living(lab) as live:
        page = await page_with(live, lambda page: bool(page.said))
    assert page.notes == (NO_PACKETS,)
    assert page.arrows == ()


def refuse(*_: object) -> None:
    raise PermissionError
