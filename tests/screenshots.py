"""The pictures of the page in docs/, of the seed and an exercise: `python -m tests.screenshots`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page, expect

from mta_lab.web.report import write
from tests.mta_lab.conftest import ROOT
from tests.mta_lab.web.browser import chromium, opened
from tests.mta_lab.web.conftest import ran
from tests.mta_lab.web.exercised import exercise_web, new
from tests.mta_lab.web.served import Served, served

_PICTURES = {
    "page.png": {"width": 1280, "height": 800, "theme": "light"},
    "page-dark.png": {"width": 1280, "height": 800, "theme": "dark"},
    "page-phone.png": {"width": 390, "height": 844, "theme": "light"},
}


def main() -> None:
    """Play the seed, put it up, and take the pictures."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "q196381.html"
        write(ran("q196381", Path(directory)).page, file)  # before there is a browser's loop
        given = new("mail-waits", "2", Path(directory) / "mine")
        with served() as lab, exercise_web(given.directory) as url, chromium() as browser:
            _of_the_run(browser, file)
            _of_the_lab(browser, lab)
            _of_an_exercise(browser, url)


def _of_the_run(browser: Browser, file: Path) -> None:
    for name, how in _PICTURES.items():
        page = opened(browser, file, **how)
        _take(page, name, whole=name == "page-phone.png")


def _of_the_lab(browser: Browser, lab: Served) -> None:
    """Five wait; what the switch would do; that it did it; and one of the five, read inside."""
    lab.send(5)
    page = opened(browser, lab.url + "#switches")
    expect(page.locator(".now")).to_contain_text("5 queued")
    page.get_by_label("transparency, firewall x400-inbound", exact=True).select_option("off")
    expect(page.locator(".foreseen tbody")).to_contain_text("delivered")
    _take(page, "page-switches.png")
    page.get_by_role("button", name="Set it").click()
    page.get_by_role("button", name="Let EXTERNAL call now: FIREWALL").click()
    expect(page.locator(".foreseen tbody")).to_contain_text("5 arrived")
    page.get_by_role("link", name="Queues and mail").click()
    page.get_by_label("Mailbox of").select_option("INTERNAL")
    page.get_by_role("button", name="Number 4").click()
    expect(page.locator(".letter dl")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 1650})  # all of a view that scrolls
    _take(page, "page-mail.png")


def _of_an_exercise(browser: Browser, url: str) -> None:
    """The first question, answered wrong; a hint; and the frame that the feedback names."""
    page = opened(browser, url)
    page.get_by_role("textbox").fill("9")
    page.get_by_role("button", name="Answer", exact=True).click()
    page.get_by_role("button", name="Take a hint").click()
    expect(page.locator(".hints li")).to_be_visible()
    page.get_by_role("button", name="Show frame").click()
    page.locator(".story summary").first.click()
    _take(page, "page-exercise.png")


def _take(page: Page, name: str, *, whole: bool = False) -> None:
    page.screenshot(path=ROOT / "docs" / name, full_page=whole)


if __name__ == "__main__":
    main()
