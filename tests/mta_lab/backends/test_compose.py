"""The compose backend: what its containers may do, and that nothing of them is left."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.compose import Compose
from mta_lab.backends.registry import backend
from mta_lab.rehearsal.proof.prove import Playing, prove_scripts, scripts_of
from tests.mta_lab.rehearsal.changed import NOW, lab
from tests.mta_lab.topologies import in_a_row, over_ipv6

ROOT = Path(__file__).parents[3]


def two_firewall_addresses(directory: Path) -> Path:
    """The seed, with the firewall's services at a second outside address of its own."""
    first = "      outside: {address: 203.0.113.1}\n"
    text = (ROOT / "labs" / "q196381.yaml").read_text("utf-8")
    for before, after in (
        (first, f"{first}      second: {{address: 203.0.113.2}}\n"),
        ("stack: {address: 203.0.113.1}", "stack: {address: 203.0.113.2}"),
        ("listen: {interface: outside", "listen: {interface: second"),
        ("onward_interface: outside", "onward_interface: second"),
        ("source_seen: 203.0.113.1\n", "source_seen: 203.0.113.2\n"),
    ):
        assert before in text
        text = text.replace(before, after)
    file = directory / "two-addresses.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_router_is_refused_with_the_backend_that_has_it() -> None:
    topology = in_a_row(fw2={"engine": "router", "services": None})
    alone = topology.model_copy(update={"firewalls": {"FW2": topology.firewalls["FW2"]}})
    with pytest.raises(ConfigurationError, match=r"firewalls\.FW2: .* --backend netns shows it"):
        Compose().place(alone)


def test_ipv6_is_refused_with_the_backend_that_has_it() -> None:
    with pytest.raises(ConfigurationError, match=r"\(2001:db8:1::/64\).* --backend netns has one"):
        Compose().place(over_ipv6(in_a_row()))


def test_without_docker_it_says_so(
    lab_command: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = lab_command("run", "labs/q196381.yaml", "--backend", "compose")
    assert done.returncode == 2
    assert done.stderr.startswith("the compose backend needs Docker: ")


# With an engine

Docker = Callable[..., str]


def left(docker: Docker) -> list[str]:
    """What is there of the labs of the tests."""
    containers = docker("container", "ls", "--all", "--format", "{{.Names}}")
    networks = docker("network", "ls", "--format", "{{.Name}}")
    return [each for each in (containers + networks).split() if each.startswith("mta-lab-test")]


def test_nothing_is_left(play: Callable[..., Any], docker: Docker) -> None:
    play("q196381", "compose")
    assert left(docker) == []


def test_two_firewall_addresses_on_one_network(
    docker: Docker, lab_command: Callable[..., Any], tmp_path: Path
) -> None:
    name = f"test{os.getpid()}-two"
    arguments = ["--backend", "compose", "--name", name, "--capture", tmp_path]
    done = lab_command("run", two_firewall_addresses(tmp_path), *arguments, "--json")
    assert json.loads(done.stdout)["differences"] == [], done.stderr


def test_a_host_with_two_addresses_on_one_network(play: Callable[..., Any], docker: Docker) -> None:
    assert play("q197378-multihomed-caller", "compose").result["differences"] == []


def test_a_killed_lab_is_in_nobodys_way(docker: Docker, tmp_path: Path) -> None:
    """kill -9 of the lab: its containers run on, and the next lab of that name removes them."""
    command = [sys.executable, "-m", "mta_lab", "run", "-v", "labs/q196381-transparency-off.yaml"]
    command += ["--backend", "compose", "--name", f"test{os.getpid()}-killed"]
    command += ["--capture", str(tmp_path), "--json"]
    with subprocess.Popen(
        command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    ) as lab:
        assert lab.stderr
        lab.stderr.readline()  # a host runs
        lab.kill()
    assert left(docker)
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert json.loads(done.stdout)["verdict"] == "pass", done.stderr
    assert left(docker) == []


@pytest.mark.usefixtures("engine")
def test_without_the_right_to_capture_the_sockets_are_asked(
    lab_command: Callable[..., Any], tmp_path: Path, tshark: Callable[..., Any]
) -> None:
    """setpriv takes CAP_NET_RAW away, as an ordinary user of Docker has it not."""
    if not shutil.which("setpriv"):
        pytest.skip("setpriv (util-linux) is not installed")
    command = ["setpriv", "--bounding-set", "-net_raw", sys.executable, "-m", "mta_lab", "run"]
    command += ["labs/q196381-tunnel.yaml", "--backend", "compose", "--json"]
    command += ["--name", f"test{os.getpid()}-taps", "--capture", str(tmp_path / "taps.pcapng")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    result = json.loads(done.stdout)
    assert (result["verdict"], result["capture"]["method"]) == ("pass", "sockets")
    assert tshark(tmp_path / "taps.pcapng", "frame.number", where="p1")


@pytest.mark.parametrize("name", ["q196381-nftables", "q196381-haproxy"])
def test_a_firewall_of_others_does_in_a_container_what_it_does_elsewhere(
    name: str, play: Callable[..., Any], docker: Docker
) -> None:
    """The internal MTA sees the caller's own address, and each engine says which line decided."""
    played = play(name, "compose")
    assert played.result["differences"] == [], played.stderr
    assert left(docker) == []


PROGRAM = {
    "address": "203.0.113.50",
    "port": 8080,
    "command": ["python3", "-m", "http.server", "{port}", "--bind", "{address}"],
}


def test_up_waits_until_the_program_in_the_container_listens(
    docker: Docker,
    lab_command: Callable[..., Any],
    seed: dict[str, Any],
    write: Callable[..., Path],
) -> None:
    name = f"program-{os.getpid()}"
    file = write({**seed, "programs": {"WEB": PROGRAM}})
    done = lab_command("up", file, "--backend", "compose", "--name", name)
    try:
        assert done.returncode == 0, done.stderr
        shown = lab_command("ps", "--lab", name, "--json").stdout.splitlines()
        (web,) = [each for each in map(json.loads, shown) if each["host"] == "WEB"]
        assert web["process"] is not None
        assert web["ended"] is None
    finally:
        lab_command("down", name)


@pytest.mark.usefixtures("engine")
def test_a_lab_of_containers_does_what_is_predicted(
    tmp_path: Path, lab_name: Callable[[str], str]
) -> None:
    topology = lab("q196381")
    (script,) = (each for each in scripts_of(topology, NOW) if each.prediction.sender == "EXTERNAL")
    (flow,) = prove_scripts(
        topology, [script], Playing(backend("compose"), tmp_path, lab_name("compose"))
    )
    assert [each for each in flow.lines if each.agrees is False] == []
    assert (flow.predicted, flow.observed) == ("collected", "collected")
