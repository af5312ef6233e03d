"""An edit: what a person would change in a topology file, as operations on its document.

The same operations work on plain values, by which a candidate is predicted, and on a document that
keeps comments and layout, which is shown and written (document.py).
"""

import copy
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

#: Where a value is in a document: keys of mappings, and indices of lists.
Keys = tuple[str | int, ...]

_SHORT = 80  # characters that one line of flow style may have


@dataclass(frozen=True)
class Put:
    """A field gets a value."""

    keys: Keys
    value: Any

    def apply(self, document: Any) -> None:
        """Change a document; the sections on the way are made."""
        *way, last = self.keys
        at = _at(document, way, CommentedMap)
        if isinstance(at, CommentedMap):
            _take_blank_lines(at, last)
        at[last] = _node(self.value)


@dataclass(frozen=True)
class Add:
    """A list gets another entry, at its end or, with `first`, at its beginning."""

    keys: Keys
    value: Any
    first: bool = False

    def apply(self, document: Any) -> None:
        """Change a document; the list and the sections on the way are made."""
        entries = _at(document, self.keys, CommentedSeq)
        entries.insert(0 if self.first else len(entries), _node(self.value))


@dataclass(frozen=True)
class Remove:
    """A field or an entry of a list goes."""

    keys: Keys

    def apply(self, document: Any) -> None:
        """Change a document. Raises KeyError or IndexError when there is no such field."""
        *way, last = self.keys
        del _at(document, way, CommentedMap)[last]


@dataclass(frozen=True)
class Copy:
    """A list gets a copy of one of its entries, in which some fields have other values."""

    keys: Keys
    index: int
    puts: tuple[Put, ...]

    def apply(self, document: Any) -> None:
        """Change a document."""
        entries = _at(document, self.keys, CommentedSeq)
        copied = copy.deepcopy(entries[self.index])
        for put in self.puts:
            put.apply(copied)
        entries.append(copied)


Operation = Put | Add | Remove | Copy


@dataclass(frozen=True)
class Edit:
    """What a person would change, in a sentence, and the operations that this takes."""

    text: str
    operations: tuple[Operation, ...]

    def apply(self, document: Any) -> None:
        """Change a document."""
        for operation in self.operations:
            operation.apply(document)


def unused(name: str, taken: Collection[str]) -> str:
    """The name, or with a number after it when there is such an entry already."""
    names = (name if number == 1 else f"{name}-{number}" for number in count(1))
    return next(each for each in names if each not in taken)


def _at(document: Any, keys: Keys | list[str | int], kind: type) -> Any:
    """What is at the keys; what is missing is made: mappings, and at last one of the kind."""
    for number, key in enumerate(keys, 1):
        missing = isinstance(document, dict) and document.get(key) is None
        if missing:
            document[key] = kind() if number == len(keys) else CommentedMap()
        document = document[key]
    return document


def _take_blank_lines(mapping: CommentedMap, key: str | int) -> None:
    """Let blank lines that follow a mapping follow a new last key, too."""
    if key in mapping or not mapping:
        return
    tokens = mapping.ca.items.get(next(reversed(mapping)))
    if tokens and tokens[2] and not tokens[2].value.strip():
        mapping.ca.items[key] = [None, None, tokens[2], None]
        tokens[2] = None


def _node(value: Any, room: int = _SHORT) -> Any:
    """A value as a document has it: what is short enough in one line."""
    node: Any
    if isinstance(value, Mapping):
        node = CommentedMap((key, _node(each)) for key, each in value.items())
    elif isinstance(value, list | tuple):
        node = CommentedSeq(map(_node, value))
    else:
        return value
    if len(json.dumps(value)) <= room:
        node.fa.set_flow_style()
    return node
