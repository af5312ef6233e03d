"""A test that needs ../shared says so where that is absent, and there is one way to find it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shared import shared

TESTS = Path(__file__).parent
NEEDS = """
from tests.shared import shared

THERE = shared("{module}")

def test_it():
    shared("{test}")
"""


@pytest.mark.parametrize("names", [("faults", "nowhere"), ("nowhere", "faults")])
@pytest.mark.parametrize(("ci", "status"), [("false", 0), ("true", 1)])
def test_what_is_absent_is_a_skip_with_its_reason_and_in_ci_a_failure(
    tmp_path: Path, names: tuple[str, str], ci: str, status: int
) -> None:
    """Whether a module asks for it or one test."""
    shared("faults")
    module, test = names
    (tmp_path / "test_needs.py").write_text(NEEDS.format(module=module, test=test))
    (tmp_path / "test_other.py").write_text("def test_it():\n    pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-rs", "-q"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", "-c", tmp_path / "pytest.ini", tmp_path],
        cwd=TESTS.parent,
        env=os.environ | {"CI": ci, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "../shared/nowhere is not there" in done.stdout
    assert done.returncode == status, done.stdout


def test_nobody_else_looks_for_it() -> None:
    """By a path of its own, from a file's place or from the directory of the project."""
    way = re.compile(r'/ "shared"|[^"]"\.\./shared')
    own = {TESTS / "shared.py", TESTS / "test_shared.py"}
    found = [each for each in TESTS.rglob("*.py") if way.search(each.read_text("utf-8"))]
    assert set(found) <= own
