"""A document to print: nothing in it runs, and nothing is loaded."""

import base64
import hashlib

import pytest

from mta_lab.sheet.document import document, text
from tests.mta_lab.web.hostile import HOSTILE
from tests.mta_lab.web.test_report import Document


@pytest.mark.parametrize("value", [HOSTILE, "<b>", "\x1b[2J", "\u202egnp.exe", "a&b"])
def test_text_is_text(value: str) -> None:
    made = Document(f"<td>{text(value)}</td>")
    assert [tag for tag, _ in made.elements] == ["td"]
    assert not {"\x1b", "\u202e"} & {*text(value)}


def test_it_needs_nothing_from_elsewhere_and_runs_nothing() -> None:
    made = Document(document(HOSTILE, [f"<p>{text(HOSTILE)}</p>"]))
    assert {tag for tag, _ in made.elements} == {
        *("html", "head", "meta", "title", "style", "body", "h1", "p")
    }
    for tag, attributes in made.elements:
        assert not {"src", "href", "action", "style"} & attributes.keys(), tag
        assert not [name for name in attributes if name.startswith("on")], tag
    ((_, style),) = made.inside
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'"
    assert policy in [attributes.get("content") for _, attributes in made.elements]
