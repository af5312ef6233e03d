"""The README, followed word by word in a fresh clone, as root and as an ordinary user."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mta_lab.topology.files import load_topology
from mta_lab.topology.picture import picture

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture
def clone() -> Iterator[Path]:
    """What `git clone` gives, with a virtual environment that `make` finds ready."""
    directory = Path(tempfile.mkdtemp(prefix="newcomer-"))
    directory.chmod(0o755)
    tracked = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("fuzz/", "tests/fixtures")):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    environment = directory / ".venv"
    environment.mkdir()
    (environment / "bin").symlink_to(Path(sys.executable).parent)
    (environment / "run").touch()
    yield directory
    shutil.rmtree(directory)


def follow(readme: str, clone: Path, user: int) -> subprocess.CompletedProcess[str]:
    """Follow a README in a clone that belongs to a user, as that user."""
    home = clone / "home"
    home.mkdir()
    for path in (clone, *clone.rglob("*")):
        if not path.is_symlink():
            os.chown(path, user, user)
    kept = {name: os.environ[name] for name in ("DOCKER_HOST", "BASE_IMAGE") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "tests.newcomer.walk", readme],
        cwd=clone,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=user,
        group=user,
        extra_groups=[],
        env=kept
        | {
            "HOME": str(home),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(clone),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        },
    )


def everybody_may_run(program: Path) -> bool:
    """Whether the way there, and what it leads to, is open to all."""
    return all(
        path.stat().st_mode & stat.S_IXOTH
        for each in (program, program.resolve())
        for path in (each, *each.parents)
    )


@pytest.mark.parametrize("user", [0, NOBODY], ids=["root", "nobody"])
def test_the_readme_can_be_followed(clone: Path, user: int) -> None:
    if os.geteuid() != 0:
        pytest.skip("to become another user takes root")
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    if user != 0 and not everybody_may_run(Path(sys.executable)):
        pytest.skip(f"an ordinary user may not run {sys.executable}")
    done = follow("README.md", clone, user)
    assert done.returncode == 0, done.stderr
    followed = done.stdout.splitlines()
    assert followed[0].startswith("make lab")
    assert any("mta-lab fault" in line for line in followed) is (user == 0)
    assert not [*(clone / "home").rglob("lab.yaml")]


def test_the_picture_is_the_seeds() -> None:
    drawn = picture(load_topology(ROOT / "labs" / "q196381.yaml"))
    assert (ROOT / "docs" / "seed.svg").read_text("utf-8") == drawn
