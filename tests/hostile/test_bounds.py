"""The table of bounds in docs/bounds.md is the code's."""

import importlib
from pathlib import Path

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "bounds.md"
ROWS = [
    [cell.strip(" `") for cell in line.strip("|").split("|")]
    for line in DOCUMENT.read_text().splitlines()
    if line.startswith("| ")
]
NAMED = [(row[2], int(row[1])) for row in ROWS if row[2].startswith(("mta_emu.", "labkit."))]


@pytest.mark.parametrize(("name", "bound"), NAMED, ids=[name for name, _ in NAMED])
def test_a_documented_bound_is_the_codes(name: str, bound: int) -> None:
    module, _, constant = name.rpartition(".")
    assert getattr(importlib.import_module(module), constant) == bound


def test_the_table_is_found() -> None:
    assert len(NAMED) > 10
