"""Nothing is put together by adding sequences one by one: that copies all before, each time.

`sum(pairs, ())` held an MTA's thread for 100 s, with the domain-defined attributes of one address.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = [
    path.relative_to(ROOT)
    for package in ("labkit", "mta_emu", "mta_lab", "firewall_proxy", "fuzz")
    for path in sorted((ROOT / package).rglob("*.py"))
]


def added(text: str) -> Iterator[int]:
    """The lines in which `sum` adds tuples or lists."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "sum":
            starts = [*node.args[1:], *(each.value for each in node.keywords)]
            if any(isinstance(each, ast.Tuple | ast.List) for each in starts):
                yield node.lineno


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_sequences_are_not_added_one_by_one(module: Path) -> None:
    lines = list(added((ROOT / module).read_text("utf-8")))
    assert lines == [], f"{module}: use itertools.chain.from_iterable"


def test_it_is_found() -> None:
    assert list(added("a = sum(b, ())\nc = sum(d, start=[])\ne = sum(f)\ng = sum(h, 1)")) == [1, 2]
