"""`mta-lab up` and `mta-lab down`: nothing is left, whatever happens."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.patience import PATIENCE

Command = Callable[..., Any]
ROOT = Path(__file__).parents[3]
SEED = ROOT / "labs" / "q196381.yaml"


def test_wrong_names_are_told(lab: str, cli: Command) -> None:
    for arguments, complaint in (
        (("exec", "--lab", lab, "NOBODY", "true"), "no host 'NOBODY'; there are: EXTERNAL, INT"),
        (("logs", "--lab", lab, "NOBODY"), "no host 'NOBODY'"),
        (("restart", "--lab", lab, "NOBODY"), "no host 'NOBODY'"),
        (("fault", "--lab", lab, "outside", "--for", "5"), "outside: what is to happen? --drop"),
        (("fault", "--lab", lab, "outside", "--rate", "0"), "equal to 1000"),
        (("set", "--lab", lab, "NOBODY.x=1"), "a path begins with a host"),
        (("capture", "--lab", lab, "dmz", "-w", "/dev/null"), "no host or segment 'dmz'"),
        (("ps", "--lab", "nobody"), f"no lab 'nobody'; there are: {lab}"),
    ):
        done = cli(*arguments)
        assert done.exit_code == 2, done.output
        assert complaint in done.output


@pytest.mark.parametrize(
    ("backend", "option", "processes"),
    [("loopback", "--verbose", 0), ("loopback", "--step", 3), ("netns", "--verbose", 3)],
)
def test_a_killed_lab_is_cleaned_up_by_the_next(
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
    tmp_path: Path,
    backend: str,
    option: str,
    processes: int,
    cli: Command,
    traces: Callable[[str], list[str]],
    kernel_state: Callable[[], dict[str, str]],
) -> None:
    """kill -9 in the middle of a run leaves all; the next `up` finds it, and `down` removes all.

    Hosts that were tasks of the run end with it; those that were processes go on.
    """
    if backend == "netns":
        needs_netns()
    name, before = lab_name(f"killed-{backend}"), kernel_state()
    arguments = [str(SEED), "--backend", backend, "--name", name]
    running = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "run", option, *arguments, "--capture", tmp_path],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert running.stderr
    assert any(sign in line for line in running.stderr for sign in ("listening", "Enter"))
    running.kill()
    running.wait()
    left = traces(name)
    assert left
    assert len([each for each in left if each.isdecimal()]) == processes
    up = cli("up", *arguments)
    assert up.exit_code == 0, up.output
    assert not set(left) & {each for each in traces(name) if each.isdecimal()}
    assert cli("down", name).exit_code == 0
    assert traces(name) == []
    assert kernel_state() == before


@pytest.mark.parametrize(
    ("backend", "number"), [("loopback", signal.SIGTERM), ("netns", signal.SIGINT)]
)
def test_an_interrupted_run_cleans_up(
    lab_name: Callable[[str], str],
    needs_netns: Callable[[], None],
    tmp_path: Path,
    backend: str,
    number: signal.Signals,
    traces: Callable[[str], list[str]],
) -> None:
    if backend == "netns":
        needs_netns()
    name = lab_name(f"stopped-{backend}")
    arguments = [str(SEED), "--backend", backend, "--name", name]
    running = subprocess.Popen(
        [sys.executable, "-m", "mta_lab", "run", "-v", *arguments, "--capture", tmp_path],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert running.stderr
    assert "listening" in running.stderr.readline()
    running.send_signal(number)
    _, said = running.communicate(timeout=PATIENCE)
    assert running.returncode == 130
    assert "Traceback" not in said
    assert traces(name) == []


@pytest.mark.parametrize("command", ["up", "run"])
@pytest.mark.parametrize("name", ["../zz", "a b/c", "x y", "", "-x", "x" * 65])
def test_a_name_that_cannot_be_a_labs_is_refused(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, name: str
) -> None:
    state = tmp_path / "state" / "labs"
    monkeypatch.setenv("MTA_LAB_STATE", str(state))
    monkeypatch.chdir(tmp_path)
    done = cli(command, str(SEED), f"--name={name}")
    assert done.exit_code == 2
    why = (
        "has 65 characters; at most 64" if len(name) == 65 else "must be letters, digits, '.', '_'"
    )
    assert f"{name!r} cannot be a lab's name: it {why}" in done.output
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize(
    ("option", "value"), [("--time-scale", "1e12"), ("--timeout", "-1"), ("--port", "0")]
)
def test_numbers_are_bounded(cli: Command, option: str, value: str) -> None:
    done = cli("up", str(SEED), option, value)
    assert done.exit_code == 2
    assert option in done.output
    assert "or equal to" in " ".join(done.output.replace("│", " ").split())


def test_a_directory_may_be_deeper_than_a_sockets_address(
    cli: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lab_name: Callable[[str], str]
) -> None:
    monkeypatch.setenv("MTA_LAB_STATE", str(tmp_path / ("x" * 100)))
    name = lab_name("deep")
    up = cli("up", str(SEED), "--name", name, "--port", "10198")
    assert up.exit_code == 0, up.output
    try:
        hosts = [
            json.loads(line) for line in cli("ps", "--lab", name, "--json").stdout.splitlines()
        ]
        assert [bool(each["connectors"]) for each in hosts] == [True, True, False]
    finally:
        assert cli("down", name).exit_code == 0
