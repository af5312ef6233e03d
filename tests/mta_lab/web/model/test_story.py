"""exercise.md as a tree of elements and texts."""

from mta_lab.web.model.story import Chapter, Node, story
from tests.mta_lab.web.hostile import HOSTILE

TEXT = """# Title

Level 1 of 4.

Two sites, *Turku* and **Ghent**
with `WALL`:

| Host | Address |
|---|---|
| WALL | 192.0.2.1 |

## What you are given

- `capture.pcapng`: open it
- more

## Questions

1. **refusal** In which frame?

## Events

Text.
"""


def test_the_title_and_the_questions_have_their_own_places() -> None:
    first, given, events = story(TEXT)
    assert [each.heading for each in (first, given, events)] == [
        "",
        "What you are given",
        "Events",
    ]
    assert "refusal" not in str((first, given, events))
    level, sites, table = first.parts
    assert level == Node(tag="p", parts=("Level 1 of 4.",))
    assert sites == Node(
        tag="p",
        parts=(
            *("Two sites, ", Node(tag="i", parts=("Turku",)), " and "),
            *(Node(tag="b", parts=("Ghent",)), " ", "with ", Node(tag="code", parts=("WALL",))),
            ":",
        ),
    )
    assert isinstance(table, Node)
    assert table.tag == "table"
    assert "192.0.2.1" in str(table)
    [points] = given.parts
    assert isinstance(points, Node)
    item = Node(tag="li", parts=(Node(tag="code", parts=("capture.pcapng",)), ": open it"))
    assert points == Node(tag="ul", parts=(item, Node(tag="li", parts=("more",))))


def test_nothing_is_a_story_too() -> None:
    assert story("") == (Chapter(heading="", parts=()),)


def test_markup_is_text_and_a_link_is_its_words() -> None:
    [chapter] = story(f"{HOSTILE}\n\n[here](http://y.test) ![a picture](http://x.test/)\n")
    text = str(chapter)
    assert "window.hacked=1" in text
    assert ".test" not in text
    assert "here" in text
    tags = {node.tag for node in chapter.parts if isinstance(node, Node)}
    assert tags <= {"p", "div"}


def test_what_cannot_be_shown_is_written_out() -> None:
    [chapter] = story("a\x1b[2J \u202e b\n\n```\n\x07\n```\n")
    assert "\x1b" not in str(chapter.model_dump())
    assert chapter.parts[0] == Node(tag="p", parts=("a\\x1b[2J \\u202e b",))


def test_what_is_nested_deeply_is_no_error() -> None:
    assert story("> " * 5000 + "x\n" + "*" * 20_000 + "[" * 5000)
