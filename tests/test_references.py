"""The published references are those of the programs as they are."""

from pathlib import Path

import pytest

from tests.references import documents


@pytest.mark.parametrize(("path", "text"), [*documents()], ids=str)
def test_a_reference_is_current(path: Path, text: str) -> None:
    """`python -m tests.references` writes them."""
    assert path.read_text("utf-8") == text
