"""A browser for the tests of the page: Debian's chromium, driven by Playwright."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

PATIENCE = 60_000  # milliseconds: a busy machine is no fault of the page

expect.set_options(timeout=PATIENCE)


@contextmanager
def chromium() -> Iterator[Browser]:
    """One browser for the block; without one the tests are skipped, but never in CI."""
    executable = shutil.which("chromium")
    if executable is None:
        if os.environ.get("CI"):
            pytest.fail("chromium is not installed")
        pytest.skip("the page is looked at with Debian's chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


def opened(
    browser: Browser, what: Path | str, width: int = 1280, height: int = 800, theme: Any = "light"
) -> Page:
    """A file in a tab that has no network, or an address; what its console says is `page.said`."""
    is_file = isinstance(what, Path)
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, offline=is_file
    )
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.said = said
    page.goto(what.as_uri() if isinstance(what, Path) else what)
    return page


THEMES: tuple[Any, ...] = ("light", "dark")


def everybody_can_use(page: Page) -> None:
    """Wide and narrow, light and dark: axe finds nothing serious, and nothing sticks out."""
    before = page.viewport_size
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in THEMES:
            page.emulate_media(color_scheme=theme)
            found = Axe().run(page).response["violations"]
            bad = [each["id"] for each in found if each["impact"] in ("serious", "critical")]
            assert bad == [], (width, theme)
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width
    assert before
    page.set_viewport_size(before)
