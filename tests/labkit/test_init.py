"""A Python that is too old is told so, whatever is imported first."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

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


def test_make_says_so_before_it_makes_an_environment(tmp_path: Path) -> None:
    """The README begins with `make lab`. Here `python3` is one that believes to be 3.10.12."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(ROOT / "labkit", tmp_path / "labkit")
    (tmp_path / "sitecustomize.py").write_text(OLD.format(package="os"))
    old = tmp_path / "old-python"
    old.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path} exec {sys.executable} "$@"\n')
    old.chmod(0o755)
    command = ["make", "lab", f"PYTHON={old}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Python 3.11 or later is needed; this is Python 3.10.12\n")
    assert not (tmp_path / ".venv").exists()
