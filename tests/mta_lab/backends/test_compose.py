"""The compose backend: what its containers may do, and that nothing of them is left."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.compose import Compose, compose_file, container
from mta_lab.backends.loopback import move_topology
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import Topology, load_topology
from tests.mta_lab.topologies import in_a_row, over_ipv6

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
    prepare = ["python-net-admin", "-m", "mta_lab.backends.container", "mta", "203.0.113.11"]
    assert north["command"] == [*prepare, "--", *program]
    assert north["cap_add"] == ["NET_ADMIN"]


def test_every_firewall_in_a_row_has_its_routes(tmp_path: Path) -> None:
    """The first firewall on a network is its way out; what leads elsewhere is a route."""
    services = compose_file(lab_of("q196381-dmz-relay", tmp_path), tapped=False)["services"]
    prepared = {
        host: service["command"][4 : service["command"].index("--")]
        for host, service in services.items()
        if "--" in service["command"]
    }
    assert prepared == {
        "RELAY": ["198.51.100.0/24@192.0.2.2"],
        "OUTER": ["192.0.2.254", "203.0.113.254", "198.51.100.0/24@192.0.2.2"],
        "INNER": ["198.51.100.254", "203.0.113.0/24@192.0.2.1"],
    }
    assert services["RELAY"]["cap_add"] == ["NET_ADMIN"]


def test_a_container_gets_the_sysctls_of_its_firewall() -> None:
    setting = {"net.ipv4.conf.all.rp_filter": 1}
    lab = lab_with(in_a_row(fw1={"sysctls": setting}), Path("/nowhere"))
    services = compose_file(lab, tapped=False)["services"]
    assert services["FW1"]["sysctls"].items() >= setting.items()
    assert not services["FW2"]["sysctls"].items() & setting.items()


def test_a_router_is_refused_with_the_backend_that_has_it() -> None:
    topology = in_a_row(fw2={"engine": "router", "services": None})
    alone = topology.model_copy(update={"firewalls": {"FW2": topology.firewalls["FW2"]}})
    with pytest.raises(ConfigurationError, match=r"firewalls\.FW2: .* --backend netns shows it"):
        Compose().place(alone)


def test_ipv6_is_refused_with_the_backend_that_has_it() -> None:
    with pytest.raises(ConfigurationError, match=r"\(2001:db8:1::/64\).* --backend netns has one"):
        Compose().place(over_ipv6(in_a_row()))


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
    """And two labs never have the same, though Docker knows fewer letters."""
    lab = lab_of("q196381", tmp_path)
    names = [
        container(lab.model_copy(update={"name": name}), "EXTERNAL")
        for name in ("Some.Lab", "some.lab", "some_lab", "some-lab")
    ]
    assert names[0].startswith("mta-lab-some_lab-")
    assert names[-1] == "mta-lab-some-lab-EXTERNAL"
    assert len(set(names)) == len(names)


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


@pytest.mark.parametrize("engine", ["nftables", "iptables", "haproxy", "nginx"])
def test_a_firewall_of_others_is_refused_with_the_backend_that_runs_it(engine: str) -> None:
    topology = in_a_row({"engine": engine, "services": None, "text": "x"})
    only = topology.model_copy(update={"firewalls": {"FW1": topology.firewalls["FW1"]}})
    with pytest.raises(ConfigurationError, match=r"firewalls\.FW1: .*; --backend netns runs it"):
        Compose().place(only)


PROGRAM = {
    "address": "203.0.113.50",
    "port": 8080,
    "command": ["python3", "-m", "http.server", "{port}", "--bind", "{address}"],
}


def test_a_program_runs_in_a_container_like_an_mta_s(
    seed: dict[str, Any], write: Callable[..., Path], tmp_path: Path
) -> None:
    topology = load_topology(write({**seed, "programs": {"WEB": PROGRAM}}))
    web = compose_file(lab_with(topology, tmp_path), tapped=False)["services"]["WEB"]
    assert web["command"] == ["python3", "-m", "http.server", "8080", "--bind", "203.0.113.50"]
    assert web["networks"] == {"outside": {"ipv4_address": "203.0.113.50"}}
    assert (web["cap_drop"], web["read_only"], "cap_add" in web) == (["ALL"], True, False)


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
