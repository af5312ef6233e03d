"""The switches of a lab that is up, in a browser: predicted first, then set, then observed."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.mta_lab.conftest import skip_without_netns
from tests.mta_lab.web.browser import chromium, everybody_can_use, opened
from tests.mta_lab.web.served import Served, served

TRANSPARENCY = "transparency, firewall x400-inbound"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module", name="seed_up")
def _seed_up() -> Iterator[Served]:
    """The seed, up; nothing is set in it but by the one test that comes last."""
    with served() as found:
        yield found


def flow(page: Page, ends: str) -> Locator:
    """The cells of a flow: as it is, predicted, observed."""
    rows = page.locator(".foreseen tbody tr")
    return rows.filter(has=page.get_by_role("rowheader", name=ends)).locator("td")


def test_each_switch_shows_what_it_would_do_and_changes_nothing(
    seed_up: Served, browser: Browser
) -> None:
    page = opened(browser, seed_up.url + "#switches")
    said = page.locator(".foreseen .about")
    outward, inward = flow(page, "EXTERNAL → INTERNAL"), flow(page, "INTERNAL → EXTERNAL")
    schedule = page.get_by_label("schedule, EXTERNAL FIREWALL", exact=True)
    schedule.select_option("never")
    expect(outward.nth(0)).to_contain_text("collected")
    expect(outward.nth(2)).to_have_text("not set")
    alternate = page.get_by_label("two-way alternate, INTERNAL FIREWALL", exact=True)
    alternate.select_option("off")
    expect(outward.nth(1)).to_contain_text("refused")
    expect(inward.nth(1)).to_have_text("the same")
    expect(said).to_have_text("Of 2 flows of mail 1 would change.")
    address = page.get_by_label("Stack address, INTERNAL FIREWALL", exact=True)
    address.fill("203.0.113.10")
    address.press("Enter")
    expect(outward.nth(1)).to_contain_text("delivered")
    address.fill("203.0.113")
    address.press("Enter")
    expect(said).to_contain_text("It cannot be: ")
    expect(said).to_contain_text("203.0.113")
    expect(page.get_by_role("button", name="Set it")).to_be_hidden()
    rules = page.get_by_label("rules, firewall all services", exact=True)
    rules.fill('[{"name": "nobody", "action": "deny"}]')
    rules.press("Enter")
    expect(outward.nth(1)).to_contain_text("blocked")
    expect(inward.nth(1)).to_contain_text("blocked")
    page.get_by_role("button", name="Leave it").click()
    expect(rules).to_have_value("[]")
    expect(page.locator(".foreseen table")).to_be_hidden()
    page.get_by_label("rewriting, firewall x400-outbound", exact=True).select_option("off")
    expect(said).to_contain_text("would change")
    page.get_by_role("button", name="Predict").click()  # of a fault
    expect(outward.nth(1)).to_contain_text("there is a fault on outside: black hole")
    expect(page.get_by_label("schedule, EXTERNAL FIREWALL", exact=True)).to_have_value("always")
    expect(page.get_by_role("button", name="Set it")).to_be_hidden()
    expect(page.locator(".faults")).to_contain_text("--backend netns, not loopback")
    assert len(page.said) == 1
    assert "422" in page.said[0]  # the address that is none
    page.context.close()


def test_five_wait_transparency_is_thrown_and_none_waits(seed_up: Served, browser: Browser) -> None:
    """The seed, by the page alone: predicted, set, observed."""
    seed_up.send(5)
    page = opened(browser, seed_up.url + "#switches")
    now = page.locator(".now")
    expect(now).to_contain_text("EXTERNAL FIREWALL: 5 queued")
    switch = page.get_by_label(TRANSPARENCY, exact=True)
    expect(switch).to_have_value("on")
    switch.select_option("off")
    cells = flow(page, "EXTERNAL → INTERNAL")
    expect(cells.nth(0)).to_contain_text("collected")
    expect(cells.nth(0)).to_contain_text("INTERNAL sees 203.0.113.10")
    expect(cells.nth(1)).to_contain_text("delivered")
    expect(cells.nth(1)).to_contain_text("INTERNAL sees 198.51.100.1")
    expect(cells.nth(2)).to_have_text("not set")
    everybody_can_use(page)
    expect(now).to_contain_text("EXTERNAL FIREWALL: 5 queued")
    page.get_by_role("button", name="Set it").click()
    expect(page.locator(".foreseen .about")).to_contain_text("lab time")
    expect(cells.nth(2)).to_have_text("nothing yet")
    waits = page.locator(".waiting li")
    expect(waits).to_contain_text(re.compile("5 messages wait for connector FIREWALL.*it moves"))
    waits.get_by_role("button", name="Let EXTERNAL call now: FIREWALL").click()
    expect(cells.nth(2)).to_contain_text("5 arrived")
    expect(cells.nth(2)).to_contain_text("delivered")
    expect(cells.nth(2)).to_contain_text("INTERNAL saw 198.51.100.1")
    expect(waits).to_have_count(0)
    page.get_by_role("slider").press("End")
    expect(now).to_contain_text("EXTERNAL FIREWALL: 0 queued")
    expect(switch).to_have_value("off")
    assert page.said == []
    page.context.close()


def test_a_fault_is_predicted_brought_about_observed_and_lifted(browser: Browser) -> None:
    """In networks of the lab's own, which can have some."""
    skip_without_netns()
    with served("labs/q196381-transparency-off.yaml", "--backend", "netns") as lab:
        page = opened(browser, lab.url + "#switches")
        faults = page.locator(".faults")
        expect(faults).to_contain_text("There are none.")
        faults.get_by_label("Where").select_option("inside")
        faults.get_by_label("What happens").select_option("reset")
        faults.get_by_role("button", name="Predict").click()
        outward = flow(page, "EXTERNAL → INTERNAL")
        expect(outward.nth(0)).to_contain_text("delivered")
        expect(outward.nth(1)).to_contain_text("there is a fault on inside: reset")
        page.get_by_role("button", name="Set it").click()
        expect(faults).to_contain_text("There are: inside: reset.")
        lab.send(1)
        expect(outward.nth(2)).to_contain_text("calls")
        expect(page.locator(".waiting li")).to_contain_text("1 message waits")
        faults.get_by_label("What happens").select_option("lift")
        faults.get_by_role("button", name="Predict").click()
        expect(outward.nth(1)).to_contain_text("delivered")
        page.get_by_role("button", name="Set it").click()
        expect(faults).to_contain_text("There are none.")
        page.get_by_role("button", name="Let EXTERNAL call now: FIREWALL").click()
        expect(outward.nth(2)).to_contain_text("1 arrived")
        page.context.close()
