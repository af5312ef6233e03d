"""A configuration file."""

from pathlib import Path

import pytest

from tests.firewall_proxy.command import CONFIGURATION


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "fw.yaml"
    path.write_text(CONFIGURATION)
    return path
