"""The compose backend: what its containers may do, and that nothing of them is left."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mta_lab.backends.compose import Compose, compose_file, container
from mta_lab.backends.loopback import move_topology
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import Topology, load_topology

ROOT = Path(__file__).parents[3]


def lab_of(name: str, directory: Path) -> Lab:
    return lab_with(load_topology(ROOT / "labs" / f"{name}.yaml"), directory)


def lab_with(topology: Topology, directory: Path) -> Lab:
    topology = move_topology(topology, {}, 102)
    addresses = {each: each for host in topology.host_addresses().values() for each in host}
    placement = Placement(backend=Compose.name, topology=topology, port=102, addresses=addresses)
    return Lab(
        name="Some.Lab", placement=placement, scale=1, origin=datetime.now(UTC), directory=directory
    )


@pytest.fixture(params=["q196381", "q196381-tunnel"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    return compose_file(lab_of(request.param, tmp_path), tapped=False)


def test_no_container_may_more_than_it_needs(file: dict[str, Any]) -> None:
    services = file["services"]
    assert set(services) == {"EXTERNAL", "INTERNAL", "firewall"}
    for service in services.values():
        assert service["cap_drop"] == ["ALL"]
        assert service["read_only"] is True
        assert service["user"].split(":")[0] not in ("0", "root")
        assert "privileged" not in service
        assert "network_mode" not in service
    assert services["firewall"]["cap_add"] == ["NET_ADMIN"]
    for name in ("EXTERNAL", "INTERNAL"):
        assert "cap_add" not in services[name]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_hosts_have_the_files_addresses(file: dict[str, Any]) -> None:
    addresses = {
        name: {network: at["ipv4_address"] for network, at in service["networks"].items()}
        for name, service in file["services"].items()
    }
    assert addresses == {
        "EXTERNAL": {"outside": "203.0.113.10"},
        "INTERNAL": {"inside": "198.51.100.10"},
        "firewall": {"outside": "203.0.113.1", "inside": "198.51.100.1"},
    }


def test_the_way_out_of_a_network_is_the_firewall_alone(file: dict[str, Any]) -> None:
    for name, way_out in (("outside", "203.0.113.254"), ("inside", "198.51.100.254")):
        network = file["networks"][name]
        assert network["driver_opts"]["com.docker.network.bridge.inhibit_ipv4"] == "true"
        assert network["ipam"]["config"][0]["gateway"] == way_out
        assert way_out in file["services"]["firewall"]["command"]


def two_firewall_addresses(directory: Path) -> Path:
    """The seed, with the firewall's services at a second outside address of its own."""
    first = "    outside: {address: 203.0.113.1}\n"
    text = (ROOT / "labs" / "q196381.yaml").read_text("utf-8")
    for before, after in (
        (first, f"{first}    second: {{address: 203.0.113.2}}\n"),
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


def test_a_host_takes_its_further_addresses_itself(tmp_path: Path) -> None:
    """The engine gives a container one address on each network."""
    topology = load_topology(two_firewall_addresses(tmp_path))
    firewall = compose_file(lab_with(topology, tmp_path), tapped=False)["services"]["firewall"]
    assert firewall["networks"]["outside"] == {"ipv4_address": "203.0.113.1"}
    taken = ("203.0.113.2", "203.0.113.254", "198.51.100.254")
    assert set(taken) <= set(firewall["command"][: firewall["command"].index("--")])
    multihomed = lab_of("q197378-multihomed-caller", tmp_path)
    north = compose_file(multihomed, tapped=True)["services"]["NORTH"]
    (network,) = north["networks"].values()
    assert network == {"ipv4_address": "203.0.113.10"}
    program = ["mta-emu", "serve", "config.yaml", "--data", "data", "--json", "--tap", "tap.jsonl"]
    prepare = ["python-net-admin", "-m", "mta_lab.backends.container", "NORTH", "203.0.113.11"]
    assert north["command"] == [*prepare, "--", *program]
    assert north["cap_add"] == ["NET_ADMIN"]


def test_memory_and_processes_are_limited(file: dict[str, Any]) -> None:
    for service in file["services"].values():
        assert service["mem_limit"] == "512m"
        assert service["pids_limit"] == 64


def test_only_a_tunnel_forwards(tmp_path: Path) -> None:
    forwarding = {
        name: compose_file(lab_of(name, tmp_path), tapped=False)["services"]["firewall"]["sysctls"][
            "net.ipv4.ip_forward"
        ]
        for name in ("q196381", "q196381-tunnel")
    }
    assert forwarding == {"q196381": 0, "q196381-tunnel": 1}


def test_mtas_write_taps_where_the_lab_may_not_capture(tmp_path: Path) -> None:
    services = compose_file(lab_of("q196381", tmp_path), tapped=True)["services"]
    assert services["EXTERNAL"]["command"][-2:] == ["--tap", "tap.jsonl"]


def test_names_are_as_docker_wants_them(tmp_path: Path) -> None:
    assert container(lab_of("q196381", tmp_path), "EXTERNAL") == "mta-lab-some_lab-EXTERNAL"


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
    command = [sys.executable, "-m", "mta_lab", "run", "labs/q196381-transparency-off.yaml"]
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


# docker compose up

SMITH = "C=US;A= ;P=Contoso;O=Inside;S=Smith"
JONES = "C=US;A= ;P=Contoso;O=Outside;S=Jones"
_PATIENCE = 120.0  # seconds that the hosts have to be healthy, or mail to move


#: What succeeded Compose v2 comes with the development tools, docker-compose 1.29 with Debian.
COMPOSE = str(Path(sys.executable).with_name("docker-compose"))
COMPOSE_1_29 = "/usr/bin/docker-compose"


@pytest.fixture
def up(
    request: pytest.FixtureRequest, engine: None, tmp_path: Path
) -> Iterator[Callable[[str], Callable[..., str]]]:
    """Put a lab up as people do; gives a way to run further Compose commands on it."""
    if not Path(request.param).exists():
        pytest.skip(f"{request.param} is not installed")
    captures = tmp_path / "captures"
    captures.mkdir()
    user = f"{os.getuid()}:{os.getgid()}"
    environment = os.environ | {"CAPTURES": str(captures), "CAPTURE_USER": user}

    def compose(*arguments: str) -> str:
        done = subprocess.run(
            [request.param, "--project-name", f"mta-lab-test{os.getpid()}", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def put_up(lab: str) -> Callable[..., str]:
        environment["LAB"] = lab
        compose("up", "--detach", "--build")
        return compose

    yield put_up
    compose("down", "--volumes", "--timeout", "1")


def until(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not ready():
        assert time.monotonic() < deadline


def queued(compose: Callable[..., str], mta: str) -> int:
    lines = compose("exec", "-T", mta, "mta-emu", "queue", "--json").splitlines()
    return sum(json.loads(line)["queued"] for line in lines)


def events(compose: Callable[..., str], mta: str) -> list[int]:
    lines = compose("exec", "-T", mta, "mta-emu", "events", "--json").splitlines()
    return [json.loads(line)["id"] for line in lines]


def send(compose: Callable[..., str], mta: str, sender: str, to: str, count: int) -> None:
    options = ("--from", sender, "--count", str(count))
    compose("exec", "-T", mta, "mta-emu", "send", to, *options)


def healthy(docker: Docker) -> bool:
    shown = docker("ps", "--filter", f"name=mta-lab-test{os.getpid()}", "--format", "{{.Status}}")
    return shown.count("(healthy)") == 3


@pytest.mark.parametrize("up", [COMPOSE], indirect=True, ids=["compose"])
def test_the_seed_is_up(
    up: Callable[[str], Callable[..., str]], docker: Docker, tmp_path: Path, tshark: Any
) -> None:
    compose = up("q196381")
    until(lambda: healthy(docker))
    send(compose, "external", JONES, SMITH, 3)
    until(lambda: 301 in events(compose, "external"))
    assert queued(compose, "external") == 3
    assert events(compose, "external") == [1290, 289, 1294, 301]
    assert events(compose, "internal") == [1293]
    send(compose, "internal", SMITH, JONES, 1)
    until(lambda: queued(compose, "external") == 0)
    compose("stop", "--timeout", "5")
    (capture,) = (tmp_path / "captures").iterdir()
    packets = tshark(capture, "frame.interface_name", "ip.src", where="ses.type == 13")
    seen = {(packet["frame.interface_name"][0], packet["ip.src"][0]) for packet in packets}
    assert seen == {
        ("outside", "203.0.113.10"),  # the external MTA calls, and transparency keeps its address
        ("inside", "203.0.113.10"),
        ("inside", "198.51.100.10"),  # the internal one calls, and its address is rewritten
        ("outside", "203.0.113.1"),
    }


@pytest.mark.parametrize("up", [COMPOSE_1_29], indirect=True, ids=["docker-compose-1.29"])
def test_a_workaround_is_one_line_of_the_environment(
    up: Callable[[str], Callable[..., str]], docker: Docker
) -> None:
    compose = up("q196381-tunnel")
    until(lambda: healthy(docker))
    send(compose, "external", JONES, SMITH, 3)
    until(lambda: queued(compose, "external") == 0)
    assert events(compose, "external") == []


def test_the_compose_file_is_made_as_the_backends_is(tmp_path: Path) -> None:
    by_hand = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))
    made = compose_file(lab_of("q196381", tmp_path), tapped=False)
    for name in ("EXTERNAL", "INTERNAL", "firewall"):
        here, there = by_hand["services"][name.lower()], made["services"][name]
        for key in ("networks", "cap_drop", "read_only", "cap_add"):
            assert here.get(key) == there.get(key), (name, key)
    for name, network in made["networks"].items():
        for key in ("driver", "driver_opts", "ipam"):
            assert by_hand["networks"][name][key] == network[key]
