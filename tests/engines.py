"""Two Docker engines of our own that are one swarm, each in a network namespace of its own."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mta_lab.backends.composefile import IMAGE
from tests.engine import ROOT
from tests.patience import PATIENCE

#: Their contexts. The first manages the swarm.
NORTH, SOUTH = "north", "south"
#: No host of a lab has one of these.
_ADDRESSES = {NORTH: "192.0.2.249", SOUTH: "192.0.2.250"}
_OUR_KIND = "mta-lab-"


@dataclass(frozen=True)
class Engines:
    """The engines, for who has these variables in the environment."""

    variables: dict[str, str]

    def __call__(self, engine: str, *arguments: str) -> str:
        """What `docker ARGUMENTS` says of one; it must succeed."""
        return _run("docker", "--context", engine, *arguments, variables=self.variables)

    def left(self) -> list[str]:
        """The containers, volumes and networks of labs that are on the two."""
        kinds = (("container", "ls", "--all"), ("volume", "ls"), ("network", "ls"))
        lines = (
            line
            for engine in _ADDRESSES
            for kind in kinds
            for line in self(engine, *kind, "--format", "{{json .}}").splitlines()
        )
        return [each for each in lines if _OUR_KIND in each]


@pytest.fixture(scope="session")
def swarm(
    docker: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    """The two engines, with the image that the engine of `docker` makes."""
    _skip_unless_two_can_run()
    directory = tmp_path_factory.mktemp("swarm")
    (directory / "config.json").write_text("{}")  # docker-compose 1.29 finds contexts beside it
    engines = Engines({"DOCKER_CONFIG": str(directory), "MTA_LAB_IMAGE": IMAGE})
    base = f"BASE_IMAGE={os.environ['BASE_IMAGE']}"
    docker("build", "--quiet", "--network", "host", "--build-arg", base, "--tag", IMAGE, str(ROOT))
    docker("save", "--output", str(directory / "image.tar"), IMAGE)
    with ExitStack() as opened:
        spaces = {name: opened.enter_context(_network_namespace()) for name in _ADDRESSES}
        ends = [("name", name, "netns", str(space)) for name, space in spaces.items()]
        _run("ip", "link", "add", *ends[0], "type", "veth", "peer", *ends[1])
        for name, address in _ADDRESSES.items():
            within = ("nsenter", f"--net=/proc/{spaces[name]}/ns/net")
            _run(*within, "ip", "link", "set", "lo", "up")
            _run(*within, "ip", "address", "add", f"{address}/30", "dev", name)
            _run(*within, "ip", "link", "set", name, "up")
            door = f"unix://{directory / name}/docker.sock"
            engines("default", "context", "create", name, "--docker", f"host={door}")
            opened.enter_context(_engine(within, directory / name, door))
        for name in _ADDRESSES:
            _until_it_answers(engines, name)
            engines(name, "load", "--quiet", "--input", str(directory / "image.tar"))
        _join(engines)
        yield engines


def _join(engines: Engines) -> None:
    """Make the engines one swarm, as their people do."""
    first, *others = _ADDRESSES
    at = {
        name: ("--advertise-addr", address, "--listen-addr", address)
        for name, address in _ADDRESSES.items()
    }
    engines(first, "swarm", "init", *at[first])
    token = engines(first, "swarm", "join-token", "--quiet", "worker")
    for name in others:
        engines(name, "swarm", "join", "--token", token, *at[name], _ADDRESSES[first])


def _skip_unless_two_can_run() -> None:
    if os.geteuid() != 0:
        pytest.skip("engines in network namespaces take root")
    if missing := [each for each in ("dockerd", "nsenter", "ip") if not shutil.which(each)]:
        pytest.skip(f"two Docker engines take {', '.join(missing)}")
    vxlan = ("unshare", "--net", "ip", "link", "add", "trial", "type", "vxlan", "id", "42")
    trial = subprocess.run([*vxlan, "dstport", "4789"], capture_output=True, text=True, check=False)
    if trial.returncode:
        said = trial.stderr.strip()
        pytest.skip(f"overlay networks take VXLAN, which this kernel does not have: {said}")


@contextmanager
def _network_namespace() -> Iterator[int]:
    """A process in a network namespace of its own."""
    ours = Path("/proc/self/ns/net").stat().st_ino
    with subprocess.Popen(["unshare", "--net", "sleep", "infinity"]) as process:
        try:
            deadline = time.monotonic() + PATIENCE
            while Path(f"/proc/{process.pid}/ns/net").stat().st_ino == ours:
                assert time.monotonic() < deadline
            yield process.pid
        finally:
            process.kill()


@contextmanager
def _engine(within: Sequence[str], directory: Path, door: str) -> Iterator[None]:
    """An engine with all that it keeps in a directory of its own."""
    directory.mkdir()
    with (
        (directory / "dockerd.log").open("wb") as said,
        subprocess.Popen(
            [
                *(*within, "dockerd", "--bridge", "none", "--host", door),
                *("--data-root", directory / "data", "--exec-root", directory / "run"),
                *("--pidfile", directory / "dockerd.pid"),
            ],
            stdout=said,
            stderr=said,
        ) as process,
    ):
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    for mount in mounts:
        if mount.startswith(f"{directory}/"):  # it leaves its namespaces
            _run("umount", mount)


def _until_it_answers(engines: Engines, name: str) -> None:
    command = ["docker", "--context", name, "version"]
    deadline = time.monotonic() + PATIENCE
    while subprocess.run(
        command, env=os.environ | engines.variables, capture_output=True, check=False
    ).returncode:
        assert time.monotonic() < deadline, f"the engine {name} does not answer"


def _run(*command: str, variables: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command, env=os.environ | (variables or {}), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
