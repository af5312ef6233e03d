"""The page as one file: what is in it, and what it lets run."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

from mta_lab.web.model.page import Page
from mta_lab.web.report import html, write
from tests.mta_lab.web.conftest import Ran, ran
from tests.mta_lab.web.hostile import HOSTILE, hostile


class Document(HTMLParser):
    """What a browser would make of a document: its elements, and what is in scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style") and data.strip():
            self.inside.append((self.elements[-1][0], data))


def test_the_run_is_inside(seed: Ran, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    write(seed.page, file)
    document = Document(file.read_text("utf-8"))
    data = next(text for tag, text in document.inside if text.startswith('{"title"'))
    assert Page.model_validate_json(data) == seed.page


def test_it_needs_nothing_from_elsewhere(seed: Ran) -> None:
    for tag, attributes in Document(html(seed.page)).elements:
        assert not {"src", "href", "action", "style"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag


def test_only_its_own_script_and_style_may_run(seed: Ran) -> None:
    document = Document(html(seed.page))
    policy = next(
        attributes["content"] or ""
        for tag, attributes in document.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert "unsafe" not in policy
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        allowed = [
            f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
            for name, text in document.inside
            if name == tag and not text.startswith("{")
        ]
        assert [rules[rule]] == allowed
    first = [tag for tag, _ in document.elements].index("meta")
    assert "http-equiv" in document.elements[first + 1][1]  # before anything that it is about


def test_a_hostile_subject_comes_through_the_run_as_data(seed: Ran, tmp_path: Path) -> None:
    subject = "</script><script>hacked()</script><!--&lt;"
    page = ran("q196381-transparency-off", tmp_path, subject).page
    for texts in ([arrow.text for arrow in page.arrows], [said.text for said in page.said]):
        assert any(subject in each for each in texts)
    text = html(page)
    assert "hacked()</script>" not in text
    plain = Document(html(seed.page))
    assert [tag for tag, _ in Document(text).elements] == [tag for tag, _ in plain.elements]


def test_hostile_text_is_data(seed: Ran) -> None:
    page = hostile(seed.page)
    text = html(page)
    plain, found = Document(html(seed.page)), Document(text)
    assert [tag for tag, _ in found.elements] == [tag for tag, _ in plain.elements]
    assert HOSTILE not in text
    data = next(inside for tag, inside in found.inside if inside.startswith("{"))
    assert not re.search("<", data)
    assert json.loads(data)["title"] == page.title
