"""What lies beside the project, in ../shared: captures of real stacks, and recorded faults.

A module asks for what it reads before its tests are collected, a test while it runs: where that is
absent, it is skipped, and says what is missing. In CI a skip is a failure (conftest.py).
"""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared"


def shared(name: str) -> Path:
    """A file or directory in ../shared; what needs it is skipped where it is not there."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"../shared/{name} is not there", allow_module_level=True)
    return path
