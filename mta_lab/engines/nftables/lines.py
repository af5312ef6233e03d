"""The lines of rules in a file of the nftables language, by the order of rules in each chain.

nft knows only handles. Here a file is split into statements, and the nth rule of a chain in
the file is the nth rule of the chain in the kernel. That holds where every rule stands in a block
`table ... { chain ... { } }` or follows `add rule`; a chain for which the numbers differ has no
lines.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from labkit.reason import Place
from mta_lab.engines.nftables.ruleset import Key, Ruleset

_TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|\\\n|[{};\n]|[^\s{};"#\\]+|\\|"')
_FAMILIES = ("ip", "ip6", "inet", "arp", "bridge", "netdev")
#: Statements in a chain's block that are no rules.
_OF_THE_CHAIN = ("type", "policy", "comment")
#: With any of these the order of rules in the file is not that of the chain.
_REORDER = ("include", "insert", "replace", "delete", "destroy", "flush")


@dataclass
class _Block:
    """What stands between braces: a table's, a chain's or another's."""

    kind: str
    name: tuple[str, ...] = ()
    words: list[str] = field(default_factory=list)
    line: int = 0


def places(text: str, file: str, ruleset: Ruleset) -> dict[tuple[Key, int], Place]:
    """The place of each rule, by its chain and number; without those that cannot be found."""
    found: dict[Key, list[int]] = {}
    for key, line in _rules(text):
        if key is None:
            return {}
        found.setdefault(key, []).append(line)
    known = {}
    for key, chain in ruleset.chains.items():
        lines = found.get(key, [])
        if len(chain.rules) == len(lines):
            for number, (rule, line) in enumerate(zip(chain.rules, lines, strict=True)):
                known[key, number] = Place(rule.place.path, file, line)
    return known


def _rules(text: str) -> Iterator[tuple[Key | None, int]]:
    """The chain and line of each rule; None for what makes the order of rules uncertain."""
    blocks = [_Block("file")]
    inside = 0  # braces of a set, a map or a list of elements
    line, counted = 1, 0
    for match in _TOKEN.finditer(f"{text}\n"):
        word = match[0]
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        block = blocks[-1]
        if word.startswith("#") or word == "\\\n":
            continue
        if inside:
            inside += {"{": 1, "}": -1}.get(word, 0)
        elif word == "{":
            opened = _opened(block.words)
            if opened:
                block.words.clear()
                blocks.append(opened)
            else:
                inside = 1
        elif word in ("\n", ";", "}"):
            yield from _ended(blocks)
            block.words.clear()
            if word == "}" and len(blocks) > 1:
                blocks.pop()
        else:
            block.line = block.line if block.words else line
            block.words.append(word)


def _opened(words: list[str]) -> _Block | None:
    """The block that a brace after these words opens, of those that hold rules."""
    rest = words[1:] if words[:1] in (["add"], ["create"]) else words
    if rest[:1] in (["table"], ["chain"]):
        return _Block(rest[0], tuple(rest[1:]))
    return None


def _ended(blocks: list[_Block]) -> Iterator[tuple[Key | None, int]]:
    """The rule that a statement is, if it is one."""
    block = blocks[-1]
    words = block.words
    if not words:
        return
    if block.kind == "chain":
        if words[0] not in _OF_THE_CHAIN:
            table = blocks[-2].name if len(blocks) > 2 else ()
            yield _key((*table, *block.name)), block.line
    elif words[0] in _REORDER and words[1:] not in (["ruleset"],):
        if words[:2] not in (["flush", "table"], ["delete", "table"], ["destroy", "table"]):
            yield None, block.line
    elif words[:2] == ["add", "rule"]:
        named = 4 if words[2:3] and words[2] in _FAMILIES else 3
        if words[named + 1 : named + 2] in (["position"], ["index"], ["handle"]):
            yield None, block.line
        else:
            yield _key(tuple(words[2 : named + 1])), block.line


def _key(words: tuple[str, ...]) -> Key | None:
    """A chain's family, table and name; the family is ip where none is given."""
    if len(words) == 2:
        words = ("ip", *words)
    return (words[0], words[1], words[2]) if len(words) == 3 else None
