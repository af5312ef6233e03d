"""The page of a lab that is up, in a browser: it shows what happens, and one can go on looking."""

import re
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.mta_lab.conftest import elsewhere
from tests.mta_lab.web.browser import chromium, everybody_can_use, opened
from tests.mta_lab.web.served import Served, served
from tests.patience import PATIENCE

#: The views by their links, and something of each.
VIEWS = {
    "Packets and logs": "#ladder .row, #events .row, .nothing",
    "Queues and mail": "#connectors tbody tr",
    "Switches": "#switches tbody tr",
    "Rehearsal": "#rehearsal tbody tr",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(name="served")
def _served() -> Iterator[Served]:
    """The seed, up, with its page."""
    with served() as found:
        yield found


def event(page: Page, number: int) -> Any:
    """The line of an event in the logs."""
    exactly = re.compile(f"^{number}$")
    return page.locator("#events .row", has=page.locator(".event", has_text=exactly))


def test_five_wait_transparency_is_switched_off_and_none_waits(
    served: Served, browser: Browser
) -> None:
    """The page follows the lab without being loaded again; what is selected stays selected."""
    page = opened(browser, served.url)
    expect(page.locator("h1")).to_have_text(re.compile("^Mail piles up outside"))
    page.evaluate("window.loaded = 'once'")
    now = page.locator(".now")
    served.send(5)
    expect(now).to_contain_text("EXTERNAL FIREWALL: 5 queued")
    event(page, 1293).click()
    heading = page.locator("#detail h3")
    expect(heading).to_have_text("Event 1293 at INTERNAL")
    logs = page.get_by_role("listbox", name="Logs, in order")
    logs.focus()
    summary = page.locator(".lanes svg")
    before = summary.get_attribute("aria-label")
    served.change("firewall.transparency=off")
    served.on_host("EXTERNAL", "mta-emu", "call", "FIREWALL")
    expect(summary).not_to_have_attribute("aria-label", before)
    expect(logs).to_be_focused()
    expect(heading).to_have_text("Event 1293 at INTERNAL")
    expect(page.locator("#events [aria-selected=true]")).to_contain_text("1293")
    page.get_by_role("slider").press("End")
    expect(now).to_contain_text("EXTERNAL FIREWALL: 0 queued")
    assert page.evaluate("window.loaded") == "once"
    assert page.said == []
    page.context.close()


def test_an_operator_sees_what_waits_and_lets_it_call_now(served: Served, browser: Browser) -> None:
    """The button keeps the focus while the table is renewed; what came of the call is said."""
    page = opened(browser, served.url + "#mail")
    served.send(2)
    row = page.locator(".queues tbody tr", has=page.get_by_role("rowheader", name="EXTERNAL"))
    expect(row.locator("td").nth(1)).to_have_text("2")
    expect(row.locator("td").nth(2)).to_contain_text("waiting")
    expect(row.locator("td").nth(3)).to_have_text(re.compile(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$"))
    page.get_by_role("button", name=re.compile("^Queue: EXTERNAL")).click()
    waiting = page.locator("#connectors h3 + div tbody tr")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text("normal")
    waiting.first.get_by_role("button").click()
    expect(page.locator("h3", has_text="The way of [")).to_be_visible()
    button = page.get_by_role("button", name=re.compile("^Call now: EXTERNAL"))
    button.focus()
    button.press("Enter")
    came = page.locator(".queues [role=status]")
    expect(came).to_contain_text("EXTERNAL has called: refused")
    expect(button).to_be_focused()
    served.change("firewall.transparency=off")
    button.press("Enter")
    expect(came).to_contain_text("EXTERNAL has called: open")
    expect(row.locator("td").nth(1)).to_have_text("0")
    expect(waiting).to_have_count(0)
    assert page.said == []
    page.context.close()


def test_everybody_can_use_each_view(served: Served, browser: Browser) -> None:
    page = opened(browser, served.url)
    served.send(1)
    expect(page.locator(".now")).to_contain_text("EXTERNAL FIREWALL: 1 queued")
    for view, something in VIEWS.items():
        page.get_by_role("link", name=view, exact=True).click()
        expect(page.locator(something).first).to_be_visible()
        everybody_can_use(page)
    assert page.said == []
    page.context.close()


def test_on_a_phone_what_one_presses_and_fills_in_can_be_seen(
    served: Served, browser: Browser
) -> None:
    page = opened(browser, served.url + "#mail", width=390)
    for view, panel, controls in (
        ("Queues and mail", ".queues", "tbody td:last-child button"),
        ("Switches", ".board", "td select, td input"),
    ):
        page.get_by_role("link", name=view, exact=True).click()
        around = page.locator(panel)
        expect(around.locator(controls).first).to_be_visible()
        edge = around.bounding_box()
        assert edge
        for each in around.locator(controls).all():
            box = each.bounding_box()
            assert box
            assert box["x"] + box["width"] <= edge["x"] + edge["width"], view
    page.context.close()


def test_a_view_stands_in_the_address_and_one_can_go_back(served: Served, browser: Browser) -> None:
    page = opened(browser, served.url + "#mail")
    queues = page.get_by_role("heading", name="Queues now")
    packets = page.get_by_role("heading", name="Packets", exact=True)
    expect(queues).to_be_visible()
    expect(packets).to_be_hidden()
    page.get_by_role("link", name="Packets and logs").click()
    expect(packets).to_be_visible()
    expect(queues).to_be_hidden()
    page.go_back()
    expect(queues).to_be_visible()
    expect(page.locator("[aria-current=page]")).to_have_text("Queues and mail")
    page.context.close()


def is_hidden(page: Page, hidden: bool) -> None:
    """Let the page believe that its tab is behind another, or in front again."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_tab_behind_others_leaves_them_the_server_and_goes_on_in_front(
    served: Served, browser: Browser
) -> None:
    """A browser has six connections to a server, for all its tabs."""
    first = opened(browser, served.url)
    tabs = [first, *(first.context.new_page() for _ in range(7))]
    for tab in tabs:
        if tab is not first:
            tab.goto(served.url)
        expect(tab.locator("h1")).to_have_text(re.compile("^Mail piles up outside"))
        is_hidden(tab, True)
    served.send(5)
    is_hidden(first, False)
    expect(first.locator(".now")).to_contain_text("EXTERNAL FIREWALL: 5 queued")
    first.context.close()


def test_it_says_that_the_lab_is_down_and_shows_what_it_was(
    served: Served, browser: Browser
) -> None:
    page = opened(browser, served.url)
    heads = page.locator(".head-of b")
    expect(heads).to_have_text(["EXTERNAL", "firewall", "INTERNAL"])
    done = elsewhere("down", served.lab)
    assert done.returncode == 0, done.stderr
    expect(page.locator("#state")).to_have_text("The lab is down: this is what it was.")
    expect(heads).to_have_text(["EXTERNAL", "firewall", "INTERNAL"])
    assert served.process.wait(PATIENCE) == 0
    page.context.close()


def test_it_says_that_nobody_serves_it_any_more(served: Served, browser: Browser) -> None:
    page = opened(browser, served.url)
    heads = page.locator(".head-of b")
    expect(heads).to_have_text(["EXTERNAL", "firewall", "INTERNAL"])
    served.process.send_signal(signal.SIGTERM)
    expect(page.locator("#state")).to_have_text("The server has ended: this is what the lab was.")
    expect(heads).to_have_text(["EXTERNAL", "firewall", "INTERNAL"])
    page.context.close()


def test_without_the_token_there_is_nothing(served: Served, browser: Browser) -> None:
    page = opened(browser, served.url.rsplit("/", 2)[0] + "/")
    expect(page.locator("body")).to_contain_text("the page needs its whole address")
    page.context.close()
