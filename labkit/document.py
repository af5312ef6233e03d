"""YAML 1.2 files as plain values, each with the line that it stands on.

YAML 1.2 (ruamel.yaml) rather than 1.1, because an X.400 address may name the country ``NO``,
which YAML 1.1 reads as false.
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from labkit.errors import ConfigurationError
from labkit.origin import Origin, from_yaml

#: How many values more a file may have because of its aliases; ten lines can make it billions.
_MOST_REPEATED = 100_000

_TEXT = "tag:yaml.org,2002:str"
#: What a value without quotes may be taken for.
_NOT_TEXT = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null", "timestamp")}


def read(path: Path, text: str, *, as_written: bool = False) -> tuple[object, Origin]:
    """The value that the `text` of a file is, and its origins.

    With `as_written` a value without quotes is text, as it was written, and no number, date or
    truth; what is empty stays None. Raises ConfigurationError, with a line per problem, when it is
    not YAML.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
        if node is None:
            return None, from_yaml(None, None, str(path))
        if twice := [*_duplicates(node)]:
            raise ConfigurationError("\n".join(f"{path}:{each}" for each in twice))
        _refuse_repeated(str(path), node)
        if as_written:
            _keep_as_written(node)
        document = yaml.constructor.construct_document(node)
    except YAMLError as error:
        raise ConfigurationError(f"{path}{_problem(error, text)}") from error
    except RecursionError as error:
        raise _too_deep(str(path)) from error
    return document, from_yaml(node, document, str(path))


def value(name: str, text: str) -> Any:
    """The value that a `text` from elsewhere is, which is called `name`.

    Raises YAMLError when it is none, and ConfigurationError when it is too much.
    """
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(text)
        if node is None:
            return None
        _refuse_repeated(name, node)
        return yaml.constructor.construct_document(node)
    except RecursionError as error:
        raise _too_deep(name) from error


def _refuse_repeated(where: str, node: Node) -> None:
    sizes: dict[int, int] = {}
    if _size(node, sizes) - len(sizes) > _MOST_REPEATED:
        raise ConfigurationError(f"{where}: its aliases repeat more than {_MOST_REPEATED} values")


def _too_deep(where: str) -> ConfigurationError:
    return ConfigurationError(f"{where}: its lists and mappings are nested too deeply")


def _problem(error: YAMLError, text: str) -> str:
    """Where the text is not YAML, and why."""
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return f":{line}: not YAML: the character U+{error.character:04X} must not be in a file"
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return f": not YAML: {error}"
    mark = error.problem_mark
    what = _TABS if "'\\t'" in str(error.problem) else error.problem
    context = f", {error.context}" if error.context else ""
    return f":{mark.line + 1}: not YAML: {what}{context} (column {mark.column + 1})"


def _keep_as_written(node: Node) -> None:
    """Make text of every plain value."""
    for each in _every(node):
        if isinstance(each, ScalarNode) and each.value and each.tag in _NOT_TEXT:
            each.tag = _TEXT


_TABS = "a line is indented with a tab; use spaces"


def _size(node: Node, sizes: dict[int, int]) -> int:
    """How many values a node is, with those that aliases repeat; `sizes` has what is counted."""
    if id(node) not in sizes:
        sizes[id(node)] = 1  # an alias may lead to a part that it is in
        sizes[id(node)] += sum(_size(each, sizes) for each in _parts(node))
    return sizes[id(node)]


def _every(node: Node) -> Iterator[Node]:
    """A node and all below it, each once: an alias may lead to any of them."""
    waiting, seen = [node], set()
    while waiting:
        node = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node
            waiting += _parts(node)


def _parts(node: Node) -> Iterator[Node]:
    """The nodes of which a list or a mapping is made."""
    if isinstance(node, MappingNode):
        yield from chain.from_iterable(node.value)
    elif isinstance(node, SequenceNode):
        yield from node.value


def _duplicates(node: Node) -> Iterator[str]:
    """Names that a mapping has twice, with both lines."""
    for mapping in (each for each in _every(node) if isinstance(each, MappingNode)):
        lines: dict[tuple[str, str], int] = {}
        for key, _ in mapping.value:
            line = key.start_mark.line + 1
            name = key.tag, str(key.value)
            if name in lines:
                yield f"{line}: {key.value}: is given twice, first in line {lines[name]}"
            lines.setdefault(name, line)
