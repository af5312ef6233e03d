"""The README, followed word by word in a fresh clone, as root and as an ordinary user."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mta_lab.topology.picture import picture
from mta_lab.topology.reading import load_topology

pytestmark = pytest.mark.timeout(840)  # not PATIENCE: each follows a whole page

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.mark.parametrize("user", [0, NOBODY], ids=["root", "nobody"])
def test_the_readme_can_be_followed(clone: Path, follow: Callable[..., Any], user: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("to become another user takes root")
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    if not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is not installed")
    done = follow("README.md", user)
    assert done.returncode == 0, done.stderr
    followed = done.stdout.splitlines()
    assert followed[0].startswith("make lab")
    assert any("mta-lab fault" in line for line in followed) is (user == 0)
    assert not [*(clone / "home").rglob("lab.yaml")]


def test_the_picture_is_the_seeds() -> None:
    drawn = picture(load_topology(ROOT / "labs" / "q196381.yaml"))
    assert (ROOT / "docs" / "seed.svg").read_text("utf-8") == drawn
