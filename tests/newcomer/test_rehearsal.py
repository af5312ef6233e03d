"""docs/rehearsal.md, followed word by word in a fresh clone, as root."""

import os
import shutil
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(840)  # not PATIENCE: each follows a whole page


def test_the_page_about_rehearsal_can_be_followed(follow: Callable[..., Any]) -> None:
    if os.geteuid() != 0 or not all(map(shutil.which, ("nsenter", "nft"))):
        pytest.skip("network namespaces need root, util-linux and nftables")
    done = follow("docs/rehearsal.md", os.geteuid())
    assert done.returncode == 0, done.stderr
    for said in ("all is delivered", "--dry-run", "mta-lab suggest", "--capture"):
        assert said in done.stdout
