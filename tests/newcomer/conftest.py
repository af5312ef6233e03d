"""Clones for newcomers, and what they need."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.engine import docker, engine

__all__ = ["docker", "engine"]  # fixtures

ROOT = Path(__file__).parents[2]

Done = subprocess.CompletedProcess[str]
Follow = Callable[[str, int], Done]


@pytest.fixture
def clone() -> Iterator[Path]:
    """What `git clone` gives, with a virtual environment that `make` finds ready."""
    directory = Path(tempfile.mkdtemp(prefix="newcomer-"))
    directory.chmod(0o755)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    for name in filter(None, names.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("fuzz/", "tests/fixtures")):
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, directory / name)
    environment = directory / ".venv"
    environment.mkdir()
    (environment / "bin").symlink_to(Path(sys.executable).parent)
    (environment / "run").touch()
    yield directory
    while directory.exists():
        with suppress(FileNotFoundError):  # a program takes its own files away when it ends
            shutil.rmtree(directory)


def everybody_may_run(program: Path) -> bool:
    """Whether the way there, and what it leads to, is open to all."""
    return all(
        path.stat().st_mode & stat.S_IXOTH
        for each in (program, program.resolve())
        for path in (each, *each.parents)
    )


def become(user: int) -> list[str]:
    """The command that runs another as a user who may do nothing that is special.

    Where Python lies in a directory that is closed to others (root's home), the user may look
    into closed directories, and nothing else: CAP_DAC_READ_SEARCH.
    """
    if user == os.geteuid():
        return []
    may = "-all" if everybody_may_run(Path(sys.executable)) else "-all,+dac_read_search"
    sets = [f"--{kind}={may}" for kind in ("inh-caps", "ambient-caps", "bounding-set")]
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *sets]


@pytest.fixture
def follow(clone: Path) -> Follow:
    """Follow a README in a clone that belongs to a user, as that user."""

    def walk(readme: str, user: int) -> Done:
        home = clone / "home"
        home.mkdir()
        for path in (clone, *clone.rglob("*")):
            if not path.is_symlink():
                os.chown(path, user, user)
        kept = ("DOCKER_HOST", "BASE_IMAGE", "COMPOSE_PROJECT_NAME")
        own = {
            "HOME": str(home),
            "PATH": f"{clone / 'stubs'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(clone),
            "PYTHONDONTWRITEBYTECODE": "1",
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            [*become(user), sys.executable, "-m", "tests.newcomer.walk", readme],
            cwd=clone,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env={name: os.environ[name] for name in kept if name in os.environ} | own,
        )

    return walk
