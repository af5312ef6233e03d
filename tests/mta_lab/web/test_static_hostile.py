"""Whatever a lab's hosts, connectors, mail and faults are called, the page shows it as text."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Route, expect

from tests.mta_lab.web.browser import chromium, opened
from tests.mta_lab.web.hostile import HOSTILE
from tests.mta_lab.web.served import Served, served

#: What the page asks for, beside its model: tests of that are in test_static.py.
ASKED = ("connectors.json", "queue.json*", "messages.json", "way.json*", "users.json")
ASKED += ("mailbox.json*", "letter.json*", "reports.json", "switches.json")
HOLE = {"fault": {"on": "outside", "black_hole": True}}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def lab() -> Iterator[Served]:
    with served() as found:
        yield found


def spoilt(value: Any) -> Any:
    """The same answer, every text of it hostile."""
    if isinstance(value, dict):
        return {name: spoilt(each) for name, each in value.items()}
    if isinstance(value, list):
        return [spoilt(each) for each in value]
    return HOSTILE if isinstance(value, str) else value


def answer_in_hostile_words(route: Route) -> None:
    response = route.fetch()
    route.fulfill(response=response, json=spoilt(response.json()))


def foresee_in_hostile_words(route: Route) -> None:
    """What the page asks is hostile by now, too."""
    response = route.fetch(post_data=HOLE)
    route.fulfill(response=response, json=spoilt(response.json()))


def test_each_view_shows_hostile_names_as_text(lab: Served, browser: Browser) -> None:
    lab.send(2)
    page = opened(browser, lab.url)
    expect(page.locator(".now")).to_contain_text("EXTERNAL FIREWALL: 2 queued")
    for each in ASKED:
        page.route(f"**/{each}", answer_in_hostile_words)
    page.route("**/foresee", foresee_in_hostile_words)
    page.get_by_role("link", name="Queues and mail").click()
    expect(page.locator("#connectors tbody th").first).to_have_text(HOSTILE)
    expect(page.locator("#mail .panel").nth(1).locator("tbody th").first).to_have_text(HOSTILE)
    expect(page.get_by_label("Mailbox of").locator("option").first).to_have_text(HOSTILE)
    page.get_by_role("link", name="Switches").click()
    board = page.locator("#switches .board tbody")
    expect(board.locator("th").first).to_have_text(HOSTILE)
    expect(page.locator(".faults option").first).to_have_text(HOSTILE)
    page.locator(".faults").get_by_role("button", name="Predict").click()
    expect(page.locator(".foreseen tbody th").first).to_contain_text(HOSTILE)
    for markup in ("img", "svg", "script", "iframe"):
        expect(page.locator(f"main {markup}")).to_have_count(0)
    assert page.evaluate("window.hacked") is None
    assert all("422" in each for each in page.said)  # no MTA has the name that is asked about
    page.context.close()
