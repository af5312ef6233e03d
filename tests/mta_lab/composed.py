"""The lab of docker-compose.yml, put up as people do, for every Compose."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PROJECT = f"mta-lab-test{os.getpid()}"
SOMEBODY = 4711  # a user who is neither us nor anybody in the image

Compose = Callable[..., str]
PutUp = Callable[..., Compose]

#: What succeeded Compose v2 comes with the development tools, docker-compose 1.29 with Debian.
COMPOSE = str(Path(sys.executable).with_name("docker-compose"))
COMPOSE_1_29 = "/usr/bin/docker-compose"
BOTH = pytest.mark.parametrize(
    "composed", [COMPOSE, COMPOSE_1_29], indirect=True, ids=["compose", "1.29"]
)


@pytest.fixture
def composed(request: pytest.FixtureRequest, engine: None, tmp_path: Path) -> Iterator[PutUp]:
    """Put a lab up with the Compose of the parameter; gives a way to run further commands on it."""
    if not Path(request.param).exists():
        pytest.skip(f"{request.param} is not installed")
    captures = tmp_path / "captures"
    captures.mkdir()
    if os.geteuid() == 0:
        os.chown(captures, SOMEBODY, SOMEBODY)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = os.environ | {"CAPTURES": str(captures), "PAGE_PORT": str(port)}

    def compose(*arguments: str, status: int | None = 0) -> str:
        done = subprocess.run(
            [request.param, "--project-name", PROJECT, *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert status in (None, done.returncode), done.stderr
        return done.stdout + done.stderr

    def put_up(lab: str, status: int | None = 0, **variables: str) -> Compose:
        environment.update(variables, LAB=lab)
        compose("up", "--detach", "--build", status=status)
        return compose

    yield put_up
    compose("down", "--volumes", "--timeout", "1")


def until(ready: Callable[[], bool]) -> None:
    """Ask again and again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not ready():
        assert time.monotonic() < deadline
