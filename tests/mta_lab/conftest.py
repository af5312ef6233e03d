"""Topologies, played once each."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from labkit.config import UNFOLDED
from mta_lab.cli import app
from tests.engine import docker, engine
from tests.mta_lab.composed import composed

__all__ = ["composed", "docker", "engine"]  # fixtures

ROOT = Path(__file__).parents[2]

_WIDE = {"COLUMNS": "200"}  # nothing that is compared is folded


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


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a run of the seed: a capture, its JSON, and what the hosts kept."""
    directory = tmp_path_factory.mktemp("kept")
    capture = directory / "seed.pcapng"
    options = ("--json", "--capture", capture, "--keep", directory / "keep")
    done = here("run", "labs/q196381.yaml", *options)
    assert done.returncode == 0, done.stderr
    (directory / "seed.json").write_text(done.stdout)
    return directory


@pytest.fixture
def run(kept: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    return Path(shutil.copytree(kept, tmp_path / "run"))


@pytest.fixture
def seed() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(
        (ROOT / "labs" / "q196381.yaml").read_text()
    )
    return document


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write_file(document: dict[str, Any]) -> Path:
        path = tmp_path / "topology.yaml"
        yaml = YAML(typ="safe", pure=True)
        yaml.width = UNFOLDED
        yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
        yaml.dump(document, path)
        return path

    return write_file
