"""A Python that is too old is told so, whatever is imported first."""

import subprocess
import sys

import pytest

OLD = """
import sys
sys.version_info = (3, 10, 12, "final", 0)
sys.version = "3.10.12 (main)"
import {package}
"""


@pytest.mark.parametrize("package", ["labkit", "mta_emu", "mta_lab", "firewall_proxy"])
def test_python_3_10_says_what_is_needed(package: str) -> None:
    command = [sys.executable, "-c", OLD.format(package=package)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "Python 3.11 or later is needed; this is Python 3.10.12\n"
