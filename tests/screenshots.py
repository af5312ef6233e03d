"""The pictures of the page in docs/, made of a run of the seed: `python -m tests.screenshots`."""

from pathlib import Path
from tempfile import TemporaryDirectory

from mta_lab.web.report import write
from tests.mta_lab.conftest import ROOT
from tests.mta_lab.web.browser import chromium, opened
from tests.mta_lab.web.conftest import ran

_PICTURES = {
    "page.png": {"width": 1280, "height": 800, "theme": "light"},
    "page-dark.png": {"width": 1280, "height": 800, "theme": "dark"},
    "page-phone.png": {"width": 390, "height": 844, "theme": "light"},
}


def main() -> None:
    """Play the seed, and take the pictures."""
    with TemporaryDirectory() as directory:
        file = Path(directory) / "q196381.html"
        write(ran("q196381", Path(directory)).page, file)
        _take(file)


def _take(file: Path) -> None:
    with chromium() as browser:
        for name, how in _PICTURES.items():
            page = opened(browser, file, **how)
            page.screenshot(path=ROOT / "docs" / name, full_page=name == "page-phone.png")


if __name__ == "__main__":
    main()
