"""A Docker engine for tests, and a base image: those of the environment, or our own."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.patience import PATIENCE

ROOT = Path(__file__).parents[1]
BASE_IMAGE = "x400-firewall-lab-base"
#: What takes minutes to make stays here between runs: Debian, and our engine's images.
CACHE = Path("/var/cache/x400-firewall-lab")


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A Docker engine and a base image: those of the environment, or our own."""
    with pytest.MonkeyPatch.context() as environment, ExitStack() as stack:
        if not _engine_answers():
            _skip_unless_an_engine_can_run()
            directory = tmp_path_factory.mktemp("engine")
            environment.setenv("DOCKER_HOST", f"unix://{directory}/docker.sock")
            stack.enter_context(_own_engine(directory))
        if "BASE_IMAGE" not in os.environ:
            environment.setenv("BASE_IMAGE", BASE_IMAGE)
            environment.setenv("X400_CACHE", str(CACHE))
            _run(ROOT / "docker" / "base-image", BASE_IMAGE)
        yield


def _engine_answers() -> bool:
    return (
        bool(shutil.which("docker"))
        and not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode
    )


def _skip_unless_an_engine_can_run() -> None:
    if missing := [each for each in ("dockerd", "docker", "mmdebstrap") if not shutil.which(each)]:
        pytest.skip(f"no Docker engine runs; one of our own needs {', '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("no Docker engine runs; one of our own needs root")
    routes = Path("/proc/net/route").read_text("ascii").splitlines()[1:]
    if all(route.split()[1] != "00000000" for route in routes):
        pytest.skip("this network namespace has no way to the packages that the image is made of")


@contextmanager
def _own_engine(directory: Path) -> Iterator[None]:
    said = directory / "dockerd.log"
    with said.open("wb") as log:
        process = subprocess.Popen(
            [
                *("dockerd", "--bridge", "none", "--host", os.environ["DOCKER_HOST"]),
                *("--data-root", CACHE / "docker", "--exec-root", directory / "run"),
                *("--pidfile", directory / "dockerd.pid"),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + PATIENCE
        while not _engine_answers():
            assert process.poll() is None, f"dockerd ended: {said.read_text()}"
            assert time.monotonic() < deadline, f"dockerd does not answer: {said.read_text()}"
        for left in ("container", "network"):  # by a run of the tests that was killed
            _run("docker", left, "prune", "--force")
        _run("docker", "image", "prune", "--force", "--filter", "until=240h")
        yield
    finally:
        process.terminate()
        process.wait(PATIENCE)
        for mount in Path("/proc/mounts").read_text("utf-8").splitlines():
            if (at := mount.split()[1]).startswith(f"{directory}/"):  # it leaves its namespace
                _run("umount", at)


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def docker(engine: None) -> Callable[..., str]:
    """What `docker ARGUMENTS` says; it must succeed."""
    return lambda *arguments: _run("docker", *arguments)
