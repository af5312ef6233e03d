"""Where the parts of a configuration document were written, as a tree beside the document.

A `Section` (config.py) keeps the origin of its part, so that a decision can name the line that a
person edited. What a lab generates for a host takes its origins along in a file of its own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from labkit.reason import Place

_NOWHERE = Place("")


@dataclass(frozen=True, slots=True)
class Origin:
    """The place of a part of a document, and the origins of the parts below it.

    Those are found by key, or by index (as text) in a list. Two origins are always equal: where a
    value was written is not part of the value.
    """

    place: Place = field(default=_NOWHERE, compare=False)
    below: Mapping[str, "Origin"] = field(default_factory=dict, compare=False)
    _under: dict[str, "Origin"] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )  # what was asked for before

    def under(self, key: str) -> "Origin":
        """The origin of the part at `key`; one that was not written has the line of this part."""
        if key not in self._under:
            found = self.below.get(key, Origin())
            if found.place == _NOWHERE:
                around = self.place
                path = _joined(around.path, key)
                found = Origin(Place(path, around.file, around.line, around.since), found.below)
            self._under[key] = found
        return self._under[key]

    def at(self, *keys: str) -> "Origin":
        """The origin of the part that several keys lead to, one after another."""
        found = self
        for key in keys:
            found = found.under(key)
        return found

    def set_at(self, keys: tuple[str, ...], since: str) -> "Origin":
        """The same tree after a live change of the part at `keys`, at the lab time `since`."""
        if not keys:
            return Origin(Place(self.place.path, since=since))
        first, *rest = keys
        changed = self.under(first).set_at(tuple(rest), since)
        return replace(self, below={**self.below, first: changed})

    def over(self, other: "Origin") -> "Origin":
        """This tree where it has places, and elsewhere the other one."""
        below = dict(other.below)
        for key, each in self.below.items():
            below[key] = each.over(other.below[key]) if key in other.below else each
        return Origin(self.place if self.place != _NOWHERE else other.place, below)

    def as_json(self) -> dict[str, Any]:
        """The tree as a JSON object, with the places that have a file or a time."""
        below = {key: written for key, each in self.below.items() if (written := each.as_json())}
        place = vars(self.place) if self.place.file or self.place.since else {}
        return {key: value for key, value in {**place, "below": below}.items() if value}


def from_json(document: Mapping[str, Any]) -> Origin:
    """The tree that `as_json` wrote."""
    place = {"path": "", **document}
    below = place.pop("below", {})
    return Origin(Place(**place), {key: from_json(each) for key, each in below.items()})


def from_yaml(node: Node | None, document: object, file: str) -> Origin:
    """The origins of a document that was constructed from a YAML node of `file`."""
    line = node.start_mark.line + 1 if node else 0
    return _tree(document, node, Place("", file, line), ())


def from_document(document: object) -> Origin:
    """The origins of a document that stands in no file: the paths of its parts."""
    return _tree(document, None, _NOWHERE, ())


def entry_name(entry: object) -> str | None:
    """The name of an entry of a list; that of a connector is on its General page."""
    if not isinstance(entry, Mapping):
        return None
    page = entry.get("general", entry)
    if not isinstance(page, Mapping):
        return None
    name = page.get("name", page.get("directory_name"))
    return name if isinstance(name, str) else None


def _tree(document: object, node: Node | None, place: Place, around: tuple[object, ...]) -> Origin:
    if any(document is each for each in around):  # an alias may lead to a part that it is in
        return Origin(place)
    below = {}
    for key, name, value, (line, value_node) in _parts(document, node):
        there = Place(_joined(place.path, name), place.file, line)
        below[key] = _tree(value, value_node, there, (*around, document))
    return Origin(place, below)


_Line = tuple[int, Node | None]  # where a part stands, and its node


def _parts(document: object, node: Node | None) -> Iterator[tuple[str, str, object, _Line]]:
    """The parts of a document: key, name, value, line."""
    if isinstance(document, Mapping):
        lines: dict[str, _Line] = {}
        if isinstance(node, MappingNode):
            lines = {str(key.value): (key.start_mark.line + 1, below) for key, below in node.value}
        for key, value in document.items():
            yield str(key), str(key), value, lines.get(str(key), (0, None))
    elif isinstance(document, list):
        entries: list[_Line] = [(0, None)] * len(document)
        if isinstance(node, SequenceNode):
            entries = [(entry.start_mark.line + 1, entry) for entry in node.value]
        for index, (value, at) in enumerate(zip(document, entries, strict=True)):
            yield str(index), entry_name(value) or str(index), value, at


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
