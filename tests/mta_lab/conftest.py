"""Topologies, played once each."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app

ROOT = Path(__file__).parents[2]

BASE_IMAGE = "x400-firewall-lab-base"
#: What takes minutes to make stays here between runs: Debian, and our engine's images.
CACHE = Path("/var/cache/x400-firewall-lab")
_WIDE = {"COLUMNS": "200"}  # nothing that is compared is folded
_ENGINE_PATIENCE = 60.0  # seconds that an engine has to answer, or to end


@dataclass(frozen=True)
class Played:
    """What `mta-lab run` left: exit status, JSON, what it said on the way."""

    status: int
    result: dict[str, Any]
    live: str

    @property
    def capture(self) -> Path:
        return Path(self.result["capture"]["file"])

    @property
    def port(self) -> int:
        rule = self.result["capture"]["decode_as"]
        return int(rule.split("==")[1].split(",")[0]) if rule else 102

    def flow(self, sender: str) -> dict[str, Any]:
        return next(flow for flow in self.result["flows"] if flow["from"] == sender)

    def events(self, mta: str) -> list[int]:
        return [event["id"] for event in self.result["mtas"][mta]["events"]]

    def wire(self, address: str) -> str:
        return self.result["addresses"][address]


Done = subprocess.CompletedProcess[str]


def here(*arguments: str | Path, columns: int = 200) -> Done:
    """What a command of mta-lab does, in this process: to start another takes a second."""
    command = [*map(str, arguments)]
    with contextlib.chdir(ROOT):
        done = CliRunner().invoke(
            app, command, env={"COLUMNS": str(columns)}, catch_exceptions=False
        )
    return Done(command, done.exit_code, done.stdout, done.stderr)


def elsewhere(*arguments: str | Path, typed: str = "") -> Done:
    """The same in a process of its own, which reads what is typed."""
    return subprocess.run(
        [sys.executable, "-m", "mta_lab", *map(str, arguments)],
        cwd=ROOT,
        input=typed,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | _WIDE,
    )


@pytest.fixture(scope="session")
def play(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Played]:
    directory = tmp_path_factory.mktemp("captures")

    @cache
    def run(name: str, backend: str = "loopback") -> Played:
        if backend == "netns":
            skip_without_netns()
        capture = directory / f"{name}-{backend}.pcapng"
        done = here(
            *("run", f"labs/{name}.yaml", "--backend", backend, "--name", own_name(name)),
            *("--json", "--capture", capture),
        )
        assert done.stdout, done.stderr
        return Played(done.returncode, json.loads(done.stdout), done.stderr)

    return run


def own_name(topology: str) -> str:
    """The name of a lab that only this run of the tests has: namespaces are seen by all."""
    return f"test{os.getpid()}-{topology}"


def skip_without_netns() -> None:
    """Namespaces are for root."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("nsenter", "nft"))):
        pytest.skip("network namespaces need root, util-linux and nftables")


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
        deadline = time.monotonic() + _ENGINE_PATIENCE
        while not _engine_answers():
            assert process.poll() is None, f"dockerd ended: {said.read_text()}"
            assert time.monotonic() < deadline, f"dockerd does not answer: {said.read_text()}"
        for left in ("container", "network"):  # by a run of the tests that was killed
            _run("docker", left, "prune", "--force")
        _run("docker", "image", "prune", "--force", "--filter", "until=240h")
        yield
    finally:
        process.terminate()
        process.wait(_ENGINE_PATIENCE)
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


@pytest.fixture(scope="session")
def lab_name() -> Callable[[str], str]:
    return own_name


@pytest.fixture(scope="session")
def needs_netns() -> Callable[[], None]:
    return skip_without_netns


@pytest.fixture(scope="session")
def lab_command() -> Callable[..., Done]:
    return here


@pytest.fixture(scope="session")
def lab_process() -> Callable[..., Done]:
    return elsewhere
