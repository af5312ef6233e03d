"""exercise.md as the page draws it: a tree of elements and texts, of which no text is markup.

markdown-it-py reads it (rich has it, too): to read Markdown is no business of ours. What is HTML
in the file is text here, and a link is its words.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from labkit.config import Section
from labkit.text import visible

# fmt: off
Tag = Literal[
    "h4", "p", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td",
    "code", "pre", "b", "i", "div",
]
# fmt: on

_TAGS: dict[str, Tag] = {
    "paragraph": "p",
    "bullet_list": "ul",
    "ordered_list": "ol",
    "list_item": "li",
    "table": "table",
    "thead": "thead",
    "tbody": "tbody",
    "tr": "tr",
    "th": "th",
    "td": "td",
    "strong": "b",
    "em": "i",
    "blockquote": "div",
}
_VERBATIM: dict[str, Tag] = {"code_inline": "code", "code_block": "pre", "fence": "pre"}
_QUESTIONS = "Questions"  # they have a place of their own on the page


class Node(Section):
    """An element of the story."""

    tag: Tag
    """What it is, as HTML calls it."""
    parts: tuple["Node | str", ...]
    """What is in it: elements and texts."""


class Chapter(Section):
    """A part of the story."""

    heading: str
    """Its heading; empty: the beginning."""
    parts: tuple[Node | str, ...]
    """What is in it."""


def story(text: str) -> tuple[Chapter, ...]:
    """What exercise.md tells, without its title and its questions."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(text))
    chapters: list[tuple[str, list[SyntaxTreeNode]]] = [("", [])]
    for block in tree.children:
        if block.type == "heading" and block.tag == "h2":
            chapters.append((_words(block), []))
        elif block.type != "heading" or block.tag != "h1":
            chapters[-1][1].append(block)
    return tuple(
        Chapter(heading=heading, parts=(*_parts(blocks),))
        for heading, blocks in chapters
        if heading != _QUESTIONS
    )


def _words(block: SyntaxTreeNode) -> str:
    return visible("".join(each.content for each in block.children))


def _parts(nodes: Iterable[SyntaxTreeNode]) -> Iterator[Node | str]:
    for node in nodes:
        if node.type == "heading":
            yield Node(tag="h4", parts=(*_parts(node.children),))
        elif node.type in _VERBATIM:
            text = visible(node.content, lines=True)
            yield Node(tag=_VERBATIM[node.type], parts=(text,))
        elif node.type in _TAGS and not node.hidden:
            yield Node(tag=_TAGS[node.type], parts=(*_parts(node.children),))
        elif node.children:
            yield from _parts(node.children)
        elif node.type in ("softbreak", "hardbreak"):
            yield " "
        elif node.content:
            yield visible(node.content, lines=True)
