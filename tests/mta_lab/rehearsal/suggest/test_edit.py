"""Operations on plain values and on documents with comments."""

import io
from typing import Any

import pytest
from ruamel.yaml import YAML

from mta_lab.rehearsal.suggest.edit import Add, Copy, Edit, Keys, Operation, Put, Remove, unused

BEFORE = """\
a: {b: 1}  # one
list:
  - name: x
    on: true  # of x

last: 2
"""


def edited(*operations: Operation) -> str:
    yaml = YAML()
    yaml.width = 200
    yaml.indent(mapping=2, sequence=4, offset=2)
    document = yaml.load(BEFORE)
    Edit("", operations).apply(document)
    yaml.dump(document, stream := io.StringIO())
    return stream.getvalue()


@pytest.mark.parametrize(
    ("operation", "old", "new"),
    [
        (Put(("a", "b"), 3), "{b: 1}", "{b: 3}"),
        (Put(("list", 0, "on"), False), "on: true ", "on: false"),
        (Put(("list", 0, "off"), 1), "# of x\n\n", "# of x\n\n    off: 1\n"),
        (Put(("x", "y"), [1, 2]), "last: 2\n", "last: 2\nx:\n  y: [1, 2]\n"),
        (Add(("list",), {"name": "y"}, first=True), "list:\n", "list:\n  - {name: y}\n"),
        (Add(("a", "c"), 1), "{b: 1}  #", "{b: 1, c: [1]} #"),
        (Remove(("last",)), "last: 2\n", ""),
    ],
)
def test_a_document_changes_there_and_keeps_its_comments(
    operation: Operation, old: str, new: str
) -> None:
    assert edited(operation) == BEFORE.replace(old, new)


def test_a_copy_has_other_values_and_the_original_its_own() -> None:
    text = edited(Copy(("list",), 0, (Put(("name",), "y"),)))
    assert text.count("name: ") == 2
    assert YAML(typ="safe").load(text)["list"] == [
        {"name": "x", "on": True},
        {"name": "y", "on": True},
    ]


@pytest.mark.parametrize(
    ("keys", "value"), [(("a", "b"), 3), (("list", 0, "name"), "z"), (("new", "x"), {"y": [1]})]
)
def test_plain_values_change_alike(keys: Keys, value: Any) -> None:
    plain = YAML(typ="safe", pure=True).load(BEFORE)
    Put(keys, value).apply(plain)
    assert plain == YAML(typ="safe", pure=True).load(edited(Put(keys, value)))


def test_an_empty_section_is_filled() -> None:
    document: dict[str, Any] = {"tunnels": None}
    Add(("tunnels",), {"name": "x400"}).apply(document)
    assert document == {"tunnels": [{"name": "x400"}]}


def test_what_is_long_gets_lines_of_its_own() -> None:
    text = edited(Put(("more",), {"name": "x" * 90, "short": {"a": 1}}))
    assert text.endswith(f"more:\n  name: {'x' * 90}\n  short: {{a: 1}}\n")


def test_a_name_that_is_taken_gets_a_number() -> None:
    assert unused("x", []) == "x"
    assert unused("x", ["x", "x-2"]) == "x-3"
