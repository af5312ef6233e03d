"""No module has 400 lines or more: one idea per file."""

from pathlib import Path

import pytest

from tests.house.test_mirrors import MODULES, ROOT

LIMIT = 400


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_is_short(module: Path) -> None:
    lines = (ROOT / module).read_text("utf-8").count("\n")
    assert lines < LIMIT, f"{lines} lines: divide it by what it is about"
