"""The seed, up on both backends, for the commands that look into a lab and change it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mta_lab.cli import app
from mta_lab.lab.directory import labs_directory
from mta_lab.lab.processes import running

SEED = Path(__file__).parents[3] / "labs" / "q196381.yaml"
NAMESPACES = Path("/run/netns")


def lab_cli(*arguments: str) -> Any:
    """Run a command in this process, which spares it the start of another."""
    return CliRunner().invoke(app, arguments)


@pytest.fixture(scope="session")
def cli() -> Callable[..., Any]:
    return lab_cli


def traces_of(name: str) -> list[str]:
    """What is left of a lab: its processes, namespaces, directory."""
    mark = f"MTA_LAB_DIRECTORY={labs_directory() / name}".encode()
    processes = [process.name for process in running() if mark in environment(process).split(b"\0")]
    namespaces = [each.name for each in NAMESPACES.glob(f"x400-{name}*")]
    return processes + namespaces + [str(each) for each in labs_directory().glob(name)]


@pytest.fixture(scope="session")
def traces() -> Callable[[str], list[str]]:
    return traces_of


def environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""


def state_of_the_kernel() -> dict[str, str]:
    """What a lab could leave in the network namespace that it is started in."""
    commands = (
        *("ip -br link", "ip -br addr", "ip rule", "ip route show table all"),
        *("nft --stateless list ruleset", "sysctl net.ipv4.ip_forward"),
    )
    return {
        command: subprocess.run(command.split(), capture_output=True, text=True, check=False).stdout
        for command in commands
    }


@pytest.fixture(scope="session")
def kernel_state() -> Callable[[], dict[str, str]]:
    return state_of_the_kernel


@pytest.fixture(scope="package", params=["loopback", "netns"])
def lab(
    request: pytest.FixtureRequest,
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
) -> Iterator[str]:
    """The seed, up."""
    if request.param == "netns":
        needs_netns()
    name, before = lab_name(request.param), state_of_the_kernel()
    up = lab_cli("up", str(SEED), "--backend", request.param, "--name", name)
    assert up.exit_code == 0, up.output
    yield name
    down = lab_cli("down", name)
    assert down.exit_code == 0, down.output
    assert traces_of(name) == []
    assert state_of_the_kernel() == before


@pytest.fixture
def objects(lab: str) -> Callable[..., list[dict[str, Any]]]:
    """What a command says of the lab, an object a line."""

    def ask(command: str, *arguments: str) -> list[dict[str, Any]]:
        done = lab_cli(command, "--lab", lab, "--json", *arguments)
        assert done.exit_code == 0, done.output
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


@pytest.fixture
def lab_port(objects: Callable[..., list[dict[str, Any]]]) -> int:
    """The port of X.400 in the lab."""
    first = objects("logs", "firewall")[0]
    return int(first["addresses"][0].rpartition(":")[2])
