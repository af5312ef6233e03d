"""What is kept of the .asn files beside them is what they say."""

from pathlib import Path

import pytest

from tests.notation import PACKAGE, documents

KEPT = [path for path, _ in documents()]


@pytest.mark.parametrize("path", KEPT, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_is_kept_is_current(path: Path) -> None:
    """`python -m tests.notation` writes it."""
    assert path.read_text("utf-8") == dict(documents())[path]


def test_each_is_kept() -> None:
    assert {path.stem for path in KEPT} >= {"acse", "ipm", "mts", "presentation", "rtse", "x410"}
