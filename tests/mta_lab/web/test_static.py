"""The page in a browser: it opens offline, and shows and links what the run showed."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from mta_lab.web.model.page import Finding
from mta_lab.web.report import write
from tests.mta_lab.web.browser import chromium, opened
from tests.mta_lab.web.conftest import Ran
from tests.mta_lab.web.hostile import HOSTILE, hostile

PANELS = (".panel.ladder", ".panel.detail", ".panel.events")
PACKETS = "Packets, in order"
Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser(seed: Ran) -> Iterator[Browser]:
    """One for all; as long as it runs, no other event loop may, so the seed was played before."""
    with chromium() as found:
        yield found


@pytest.fixture
def open_seed(browser: Browser, seed: Ran, tmp_path: Path) -> Iterator[Open]:
    """Open the seed's report in a tab of its own; at the end no tab has complained."""
    file, pages = tmp_path / "q196381.html", list[Page]()
    write(seed.page, file)

    def opening(**how: object) -> Page:
        pages.append(opened(browser, file, **how))
        return pages[-1]

    yield opening
    for page in pages:
        assert page.said == []
        page.context.close()


def event(page: Page, number: int) -> object:
    """The line of an event in the logs: by its ID, which a time or a text may have in it, too."""
    exactly = re.compile(f"^{number}$")
    return page.locator("#events .row", has=page.locator(".event", has_text=exactly))


def logs(page: Page, name: str) -> object:
    return page.get_by_role("button", name=name, exact=True)


def heading(page: Page, text: str) -> None:
    expect(page.locator("#detail h3")).to_have_text(text)


def test_it_opens_offline_and_shows_what_was_refused(open_seed: Open, seed: Ran) -> None:
    page = open_seed()
    expect(page).to_have_title(seed.page.title)
    expect(page.locator(".verdict")).to_have_text("pass")
    heading(page, "MTA-BIND response")
    chosen = page.locator("#ladder [aria-selected=true]")
    expect(chosen).to_have_class("row arrow refused")
    expect(chosen).to_contain_text("refused")
    expect(page.locator(".head-of b")).to_have_text(["EXTERNAL", "firewall", "INTERNAL"])


def test_the_source_address_is_seen_at_both_sides_of_the_firewall(open_seed: Open) -> None:
    """The firewall's record leads to the first packet of each side."""
    page = open_seed()
    logs(page, "Firewalls").click()
    band = page.locator(".lifeline.firewall").bounding_box()
    for line, (left, right) in enumerate(
        [("203.0.113.10", "203.0.113.10"), ("203.0.113.1", "198.51.100.10")]
    ):
        page.locator(f"#line-{line}").click()
        both = page.locator("#ladder .lit .from")
        expect(both).to_have_count(2)
        sources, lines = [], []
        for at in range(2):
            sources.append(both.nth(at).inner_text().rpartition(":")[0])
            lines.append(page.locator("#ladder .lit .line").nth(at).bounding_box())
        lines.sort(key=lambda box: box["x"])
        assert lines[0]["x"] + lines[0]["width"] <= band["x"] + 1
        assert lines[1]["x"] >= band["x"] + band["width"] - 1
        assert sorted(sources) == sorted((left, right))


def test_an_event_leads_to_its_packet_and_back(open_seed: Open) -> None:
    page = open_seed()
    event(page, 1293).click()
    heading(page, "Event 1293 at INTERNAL")
    expect(page.locator("#ladder .lit")).to_contain_text("MTA-BIND response")
    expect(page.locator("#detail")).to_contain_text("203.0.113.10 is not 198.51.100.1")
    page.locator("#detail").get_by_role("button", name="MTA-BIND response").click()
    heading(page, "MTA-BIND response")
    expect(page.locator("#events .lit")).to_contain_text("1293")
    expect(page.locator("#events .lit")).to_have_count(1)
    page.locator("#detail").get_by_role("button", name="INTERNAL: event 1293").click()
    heading(page, "Event 1293 at INTERNAL")
    expect(page.locator("#events [aria-selected=true]")).to_contain_text("1293")


def test_an_arrow_has_its_layers_its_octets_and_its_filter(open_seed: Open, seed: Ran) -> None:
    page = open_seed()
    refusal = next(arrow for arrow in seed.page.arrows if arrow.outcome == "refused")
    detail = page.locator("#detail")
    layers = detail.locator("details.layer summary b")
    expect(layers).to_have_text([layer.layer for layer in reversed(refusal.layers)])
    detail.locator("details.octets summary").click()
    expect(detail.locator("pre")).to_contain_text("0000  03 00")
    expect(detail.locator("code")).to_have_text(refusal.filter)
    detail.get_by_role("button", name="Copy display filter").click()
    expect(page.locator("#live")).to_have_text(re.compile("Copied|Selected"))


def test_keys_go_through_the_ladder_and_hide_a_call(open_seed: Open, seed: Ran) -> None:
    page = open_seed()
    packets = page.get_by_role("listbox", name=PACKETS)
    packets.focus()
    packets.press("Home")
    heading(page, "EXTERNAL calls INTERNAL")
    packets.press("ArrowDown")
    heading(page, "N-CONNECT request")
    expect(packets).to_have_attribute("aria-activedescendant", "row-1")
    packets.press("ArrowLeft")
    heading(page, "EXTERNAL calls INTERNAL")
    left = sum(arrow.call == 1 for arrow in seed.page.arrows)
    expect(page.locator("#row-1")).to_have_attribute("aria-setsize", str(left + 2))
    expect(page.locator("#row-1")).to_contain_text("INTERNAL calls EXTERNAL")
    packets.press("ArrowRight")
    expect(page.locator("#row-1")).to_have_attribute("aria-setsize", str(len(seed.page.arrows) + 2))
    packets.press("End")
    last = seed.page.arrows[-1]
    heading(page, last.name)
    packets.press("Tab")
    expect(page.locator("#detail")).to_be_focused()


def queued(seed: Ran, number: int) -> int:
    """How long EXTERNAL's queue was when an event was logged."""
    time = next(said.time for said in seed.page.said if said.event == number)
    points = next(queue.points for queue in seed.page.queues if queue.host == "EXTERNAL")
    return [depth for since, depth in points if since <= time][-1]


def test_one_axis_goes_back_to_what_waited_and_on_to_none(open_seed: Open, seed: Ran) -> None:
    page = open_seed()
    now, slider = page.locator(".now"), page.get_by_role("slider")
    expect(now).to_contain_text("EXTERNAL FIREWALL: 0 queued")
    event(page, 301).click()
    expect(now).to_contain_text(f"EXTERNAL FIREWALL: {queued(seed, 301)} queued")
    event(page, 1293).click()
    expect(now).to_contain_text(f"EXTERNAL FIREWALL: {queued(seed, 1293)} queued")
    refused = next(said.time for said in seed.page.said if said.event == 1293)
    later = [said for said in seed.page.said if said.event and said.time > refused]
    expect(page.locator("#events .later")).to_have_count(len(later))
    slider.press("End")
    expect(now).to_contain_text("EXTERNAL FIREWALL: 0 queued")
    expect(now).to_contain_text("the play is over")
    slider.press("Home")
    expect(page.locator("#events .row:not(.later)")).to_have_count(0)


def test_the_logs_are_events_firewalls_or_everything(open_seed: Open, seed: Ran) -> None:
    page = open_seed()
    first = page.locator("#line-0")
    for name, number in (
        ("Firewalls", sum(said.kind == "connection" for said in seed.page.said)),
        ("Everything", len(seed.page.said)),
        ("Event logs", sum(said.event is not None for said in seed.page.said)),
    ):
        logs(page, name).click()
        expect(first).to_have_attribute("aria-setsize", str(number))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_everybody_can_use_it(open_seed: Open, width: int, theme: str) -> None:
    """axe knows most of what keeps people out; nothing of it that is serious."""
    page = open_seed(width=width, theme=theme)
    event(page, 1293).click()
    found = Axe().run(page).response["violations"]
    serious = [
        (each["id"], node["html"], node["failureSummary"])
        for each in found
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]
    assert serious == []


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_overlaps_and_nothing_sticks_out(open_seed: Open, width: int) -> None:
    page = open_seed(width=width)
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    boxes = [page.locator(each).bounding_box() for each in (".top", ".axis", *PANELS)]
    assert all(boxes)
    for number, one in enumerate(boxes):
        assert one["x"] >= 0
        assert one["x"] + one["width"] <= width
        for other in boxes[number + 1 :]:
            apart = (
                one["x"] + one["width"] <= other["x"]
                or other["x"] + other["width"] <= one["x"]
                or one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
            )
            assert apart, (one, other)


def test_the_theme_is_the_systems_until_somebody_chooses(open_seed: Open) -> None:
    page = open_seed(theme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(18, 22, 27)"
    page.get_by_role("button", name="Light").click()
    assert page.evaluate(paper) == "rgb(246, 247, 249)"
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) == "rgb(18, 22, 27)"


def test_hostile_text_is_shown_and_does_nothing(
    browser: Browser, seed: Ran, tmp_path: Path
) -> None:
    file = tmp_path / "a<b>&'c.html"
    write(hostile(seed.page), file)
    page = opened(browser, file)
    expect(page.locator("h1")).to_have_text(HOSTILE)
    heading(page, HOSTILE)
    logs(page, "Everything").click()
    page.locator("#line-0").click()
    expect(page.locator("#detail .lead")).to_have_text(HOSTILE)
    assert page.evaluate("window.hacked") is None
    assert page.locator("img, iframe, svg[onload]").count() == 0
    assert page.said == []
    page.context.close()


def test_a_broken_protocol_is_red_and_says_so(browser: Browser, seed: Ran, tmp_path: Path) -> None:
    file = tmp_path / "broken.html"
    wrong = Finding(severity="protocol broken", layer="session", text="no such SPDU", count=2)
    first, *rest = seed.page.arrows
    broken = first.model_copy(update={"findings": (wrong,)})
    write(seed.page.model_copy(update={"arrows": (broken, *rest)}), file)
    page = opened(browser, file)
    page.get_by_role("listbox", name=PACKETS).press("Home")
    row = page.locator("#row-1")
    expect(row).to_have_attribute("aria-label", re.compile("protocol broken"))
    expect(row.locator(".line")).to_have_css("background-color", "rgb(194, 36, 44)")
    row.click()
    expect(page.locator("#detail .finding")).to_have_text(
        "protocol broken: session: no such SPDU (2 times, the first here)"
    )
    page.context.close()


def test_a_run_without_packets_is_a_page_too(browser: Browser, seed: Ran, tmp_path: Path) -> None:
    file = tmp_path / "nothing.html"
    none = dict.fromkeys(("arrows", "calls", "said", "queues", "played", "columns"), ())
    write(seed.page.model_copy(update={**none, "packets": {}}), file)
    page = opened(browser, file)
    expect(page.locator("h1")).to_have_text(seed.page.title)
    page.get_by_role("listbox", name=PACKETS).press("End")
    page.get_by_role("slider").press("Home")
    assert page.said == []
    page.context.close()


def test_no_other_script_runs(open_seed: Open) -> None:
    page = open_seed()
    page.evaluate(
        """() => {
            window.refused = new Promise((done) =>
                document.addEventListener("securitypolicyviolation",
                    (event) => done(event.effectiveDirective)));
            const other = document.createElement("script");
            other.textContent = "window.hacked = 1";
            document.body.append(other);
        }"""
    )
    assert page.evaluate("window.refused") == "script-src-elem"
    assert page.evaluate("window.hacked") is None
    page.said.clear()  # which says so


def test_of_ten_thousand_arrows_only_those_that_are_seen_are_there(
    browser: Browser, seed: Ran, tmp_path: Path
) -> None:
    file, many = tmp_path / "many.html", 10_000
    arrows = (seed.page.arrows * (many // len(seed.page.arrows) + 1))[:many]
    write(seed.page.model_copy(update={"arrows": arrows}), file)
    page = opened(browser, file)
    packets = page.get_by_role("listbox", name=PACKETS)
    packets.press("End")
    expect(page.locator(f"#row-{many + 1}")).to_have_attribute("aria-selected", "true")
    assert page.locator("#ladder .row").count() < 60
    packets.press("Home")
    expect(page.locator("#row-0")).to_have_attribute("aria-selected", "true")
    assert page.locator("#ladder .row").count() < 60
    assert page.said == []
    page.context.close()
