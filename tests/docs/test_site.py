"""The documentation as a site: built strictly, every link leads somewhere, nothing is from afar."""

import os
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
#: What a browser loads by itself when it shows an element: the attribute that names it.
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}


class Page(HTMLParser):
    """What a page leads to, what it loads, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.places: set[str] = set()
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.places.update(given[each] for each in ("id", "name") if each in given)
        if target := given.get(LOADED.get(tag, "")):
            self.loaded.append(target)
        if target := given.get("href") or given.get("src"):
            self.links.append(target)


def leading_nowhere(site: Path) -> Iterator[str]:
    """The links within a site whose file or place is not there, each with its page."""
    pages = {path: Page(path.read_text("utf-8")) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            place = unquote(parts.fragment)
            known = pages[target].places if target in pages else {place}
            if not target.is_file() or (place and place not in known):
                yield f"{path.relative_to(site)}: {link}"


def from_afar(site: Path) -> Iterator[str]:
    """What a browser that shows a page would ask another machine for."""
    for path in sorted(site.rglob("*.html")):
        for target in Page(path.read_text("utf-8")).loaded:
            if urlsplit(target).netloc:
                yield f"{path.relative_to(site)}: {target}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    directory = tmp_path_factory.mktemp("site").resolve()
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", directory],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == 0, done.stderr
    return directory


def test_every_link_leads_somewhere(site: Path) -> None:
    # the page that a server shows for one that is not there has links from a server's top
    (site / "404.html").unlink(missing_ok=True)
    assert len([*site.rglob("*.html")]) > 15
    assert [*leading_nowhere(site)] == []


def test_a_reader_asks_no_other_machine_for_anything(site: Path) -> None:
    assert [*from_afar(site)] == []


def test_what_is_wrong_in_a_site_is_found(tmp_path: Path) -> None:
    (tmp_path / "b.html").write_text('<h1 id="there">B</h1>')
    (tmp_path / "a.html").write_text(
        '<a href="b.html#there">1</a><a href="b.html#gone">2</a><a href="c.html">3</a>'
        '<a href="#gone">4</a><a href="https://example.com/">5</a>'
        '<link href="https://fonts.example/x.css"><script src="//cdn.example/x.js"></script>'
    )
    assert [*leading_nowhere(tmp_path)] == [
        "a.html: b.html#gone",
        "a.html: c.html",
        "a.html: #gone",
    ]
    assert [*from_afar(tmp_path)] == [
        "a.html: https://fonts.example/x.css",
        "a.html: //cdn.example/x.js",
    ]
