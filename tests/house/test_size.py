"""No module has 400 lines or more: one idea per file."""

from pathlib import Path

import pytest

from tests.house.test_mirrors import MODULES, ROOT

LIMIT = 400

#: Modules that are still longer. This table may shrink, and must not grow.
LONGER = {"mta_lab/engines/haproxy.py"}


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_is_short(module: Path) -> None:
    lines = (ROOT / module).read_text("utf-8").count("\n")
    listed = module.as_posix() in LONGER
    assert lines < LIMIT or listed, f"{lines} lines: divide it by what it is about"
    assert lines >= LIMIT or not listed, f"{module} is short now: take it from LONGER"
