"""The published references are those of the programs as they are."""

from pathlib import Path

import pytest

from tests.references import documents

PAGES = [path for path, _ in documents()]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.name))
def test_a_reference_is_current(path: Path) -> None:
    """`python -m tests.references` writes them."""
    assert path.read_text("utf-8") == dict(documents())[path]
