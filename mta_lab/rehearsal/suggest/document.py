"""A topology file as it is edited: comments and layout stay, and no diff shows a password."""

import copy
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import unified_diff
from functools import cached_property
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from labkit import document
from labkit.config import load_text, parse, text_of
from labkit.origin import Origin
from mta_lab.rehearsal.suggest.edit import Edit
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import complete

_WIDE = 4096  # columns: lines stay as long as they are
_CONTEXT = 2  # lines around a change
#: A list below its key: how far the dash is indented.
_LIST = re.compile(r"^(?P<key> *)[^\s#-][^\n]*:[ ]*(?:#[^\n]*)?\n(?P<dash> *)- ", re.MULTILINE)
_HIDDEN = "********"


@dataclass(frozen=True)
class TopologyFile:
    """A topology file: its path, its text, what it says, and its name in a diff."""

    path: Path
    text: str
    values: Any
    origin: Origin
    name: str

    @classmethod
    def read(cls, path: Path, name: str = "") -> "TopologyFile":
        """Read a file; without a `name` a diff has its path.

        Raises ConfigurationError when it cannot be read, or is not YAML.
        """
        text = text_of(path)
        return cls(path, text, *document.read(path, text), name or str(path))

    def topology(self, edits: Sequence[Edit] = ()) -> Topology:
        """The topology with edits. Raises ConfigurationError for one that is wrong."""
        values = copy.deepcopy(self.values)
        for edit in edits:
            edit.apply(values)
        return complete(parse(values, Topology, str(self.path), self.origin))

    def edited(self, edits: Sequence[Edit]) -> str:
        """The text with edits."""
        return self._written(self._commented(edits))

    def read_back(self, edits: Sequence[Edit]) -> Topology:
        """The topology that a file with the edited text would be; its places are those there."""
        return complete(load_text(self.edited(edits), self.path, Topology))

    def diff(self, edits: Sequence[Edit]) -> str:
        """The edits as a unified diff. Passwords are hidden; equal ones are hidden alike."""
        names: dict[str, str] = {}
        # Both from one writer, so that nothing differs but what is edited.
        before, after = self._commented(()), self._commented(edits)
        for values in (before, after):
            _hide_passwords(values, names)
        old, new = (self._written(values).splitlines() for values in (before, after))
        diff = unified_diff(old, new, self.name, self.name, n=_CONTEXT, lineterm="")
        return "\n".join(diff) + "\n"

    @cached_property
    def _loaded(self) -> Any:
        return self._yaml().load(self.text)

    def _commented(self, edits: Sequence[Edit]) -> Any:
        """The document with its comments and layout, and with edits."""
        values = copy.deepcopy(self._loaded)
        for edit in edits:
            edit.apply(values)
        return values

    def _written(self, values: Any) -> str:
        self._yaml().dump(values, stream := io.StringIO())
        return stream.getvalue()

    def _yaml(self) -> YAML:
        """A reader and writer that keeps comments, quotation marks and indentation."""
        yaml = YAML()
        yaml.Representer = _Representer
        yaml.preserve_quotes = True
        yaml.width = _WIDE
        found = _LIST.search(self.text)
        offset = len(found["dash"]) - len(found["key"]) if found else 2
        yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
        return yaml


class _Representer(RoundTripRepresenter):
    """Writes an empty value as the word that people read."""


def _null(representer: RoundTripRepresenter, _: None) -> ScalarNode:
    return representer.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _null)


def _hide_passwords(values: Any, names: dict[str, str]) -> None:
    """Put a word in the place of each password; `names` has those that were met already."""
    for keys, key in _passwords(values):
        first = f"{_HIDDEN} ({len(names) + 1})" if names else _HIDDEN
        keys[key] = names.setdefault(str(keys[key]), first)


def _passwords(values: Any) -> Iterator[tuple[Any, Any]]:
    """Each mapping that has a password, and its key."""
    if isinstance(values, dict):
        for key, value in list(values.items()):
            if str(key).endswith(("password", "token")) and isinstance(value, str | int | float):
                yield values, key
            else:
                yield from _passwords(value)
    elif isinstance(values, list):
        for each in values:
            yield from _passwords(each)
