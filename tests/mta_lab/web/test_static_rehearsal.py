"""Rehearsal on the page of a lab that is up, in a browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.mta_lab.conftest import ROOT
from tests.mta_lab.web.browser import chromium, everybody_can_use, opened
from tests.mta_lab.web.served import Served, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def never(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The seed without two-way alternate: mail waits outside for ever, as nobody collects it."""
    seed = (ROOT / "labs" / "q196381.yaml").read_text("utf-8")
    file = tmp_path_factory.mktemp("never") / "never.yaml"
    file.write_text(seed.replace("two_way_alternate: true", "two_way_alternate: false"), "utf-8")
    with served(str(file)) as found:
        yield found


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def test_what_is_predicted_is_explained_varied_observed_and_mended(
    never: Served, browser: Browser
) -> None:
    page = opened(browser, never.url + "#rehearsal")
    matrix = part(page, "Predicted, and observed")
    cell = matrix.get_by_role("button", name="refused, EXTERNAL to INTERNAL: trace")
    refused = matrix.locator("td", has_text="refused")
    expect(refused).to_contain_text("nothing observed yet")
    cell.click()
    trace = part(page, "Trace")
    expect(trace.locator("h3")).to_have_text("EXTERNAL to INTERNAL: refused")
    expect(trace).to_contain_text("caller's address 203.0.113.10 is not 198.51.100.1")
    expect(trace.locator("small").last).to_contain_text(".yaml:")
    what_if = part(page, "What if")
    what_if.get_by_label("A setting and its values").fill("firewall.transparency=on,off")
    what_if.get_by_role("button", name="Predict each").click()
    rows = what_if.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("as it is")
    expect(rows.nth(1).locator("td").first).to_contain_text("delivered")
    what_if.get_by_label("A setting and its values").fill("firewall.nothing=1,2")
    what_if.get_by_role("button", name="Predict each").click()
    expect(what_if.get_by_role("status")).to_contain_text("It cannot be: ")
    suggestions = part(page, "Suggestions")
    suggestions.get_by_role("button", name="Search").click()
    first = suggestions.locator("article").first
    expect(first.locator("pre")).to_contain_text("@@")
    expect(first).to_contain_text("Mends EXTERNAL -> INTERNAL")
    everybody_can_use(page)
    never.send(1)
    expect(refused).to_contain_text("observed: refused, as predicted")
    expect(trace.locator("h3")).to_have_text("EXTERNAL to INTERNAL: refused")
    page.context.close()
