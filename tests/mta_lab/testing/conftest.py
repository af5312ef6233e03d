"""Topologies and labs as tests of others ask for them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mta_lab.testing.labs import Labs

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"
PROGRAMS = """
programs:
  OTHER: {address: 198.51.100.20, port: 102}
  PROBE: {address: 203.0.113.50, command: [python3, -c, "print('probed')"]}
"""


@pytest.fixture
def labs(tmp_path: Path) -> Iterator[Labs]:
    made = Labs(tmp_path, tmp_path / "captures")
    yield made
    made.end()


@pytest.fixture
def with_programs(tmp_path: Path) -> Callable[[], Path]:
    """The seed with a host that somebody else runs, and one with a command of its own."""

    def write() -> Path:
        path = tmp_path / "programs.yaml"
        path.write_text(SEED.read_text("utf-8") + PROGRAMS, "utf-8")
        return path

    return write
