"""Pages about containers, followed word by word: the seed and its fix, and a Dask cluster."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.newcomer.walk import blocks

pytestmark = pytest.mark.timeout(840)  # not PATIENCE: each follows a whole page

PROJECT = f"newcomer{os.getpid()}"
OWNER = 4711  # of the clone: nobody in the image

#: `docker compose`, where Compose v2 is at hand as a program and not as a plugin.
_DOCKER = """\
#!/bin/sh
[ "$1" = compose ] && shift && exec {compose} "$@"
exec {docker} "$@"
"""


@pytest.fixture
def compose(
    engine: None, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., None]]:
    """`docker compose` in the clone; what it has put up is removed."""
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", PROJECT)
    program, docker = Path(sys.executable).with_name("docker-compose"), shutil.which("docker")
    if not program.exists():
        pytest.skip("Docker Compose v2 is not installed")
    stub = clone / "stubs" / "docker"
    stub.parent.mkdir()
    stub.write_text(_DOCKER.format(compose=program, docker=docker))
    stub.chmod(0o755)

    def run(*arguments: str) -> None:
        subprocess.run([program, *arguments], cwd=clone, capture_output=True, check=False)

    yield run
    run("down", "--volumes", "--timeout", "1")


def test_the_tutorial_in_containers_can_be_followed(
    compose: Callable[..., None], clone: Path, follow: Callable[..., Any]
) -> None:
    """As root, with the clone of an ordinary user: the captures are theirs."""
    if os.geteuid() != 0:
        pytest.skip("to give files away takes root")
    shutil.rmtree(clone / "captures", ignore_errors=True)
    (clone / "captures").mkdir()
    os.chown(clone / "captures", OWNER, OWNER)
    done = follow("docs/tutorials/mail-piles-up.md", 0)
    assert done.returncode == 0, done.stderr
    assert sum("docker compose up" in line for line in done.stdout.splitlines()) == 2
    delivered = done.stdout.partition("mta-emu mail list")[2]
    assert "O=Inside;S=Smith" in delivered.partition("docker compose down")[0]
    captures = [*(clone / "captures").glob("*.pcapng")]
    assert {each.name.rpartition("-")[0] for each in captures} == {
        "q196381",
        "q196381-transparency-off",
    }


def test_the_cluster_in_containers_can_be_followed(
    compose: Callable[..., None], clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What its two workers say is what one process here says."""
    page = (clone / "docs" / "how-to" / "cluster.md").read_text("utf-8")
    (block,) = (each for each in blocks(page) if each.not_run)
    monkeypatch.setenv("PATH", f"{clone / 'stubs'}:{os.environ['PATH']}")
    said = []
    try:
        for line in block.lines[1:]:
            done = subprocess.run(
                ["bash", "-c", line], cwd=clone, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            said.append(done.stdout)
    finally:
        compose("--file", "docker/cluster.yml", "down", "--timeout", "1")
    _, what_if, prove, _ = said
    command = ("what-if", "labs/q196381.yaml", "--vary", "firewall.transparency=on,off")
    here = subprocess.run(
        [sys.executable, "-m", "mta_lab", *command],
        cwd=clone,
        env=os.environ | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert words(what_if) == words(here.stdout)
    assert "20 agree with the prediction, 0 differ" in prove


def words(text: str) -> list[str]:
    """The words of tables, however wide these are and wherever their lines are folded."""
    return sorted(text.replace("─", " ").split())
