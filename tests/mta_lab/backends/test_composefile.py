"""The Compose file of a lab: what each container is, and what it may do."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labkit.config import ConfigurationError
from mta_lab.backends.compose import Compose
from mta_lab.backends.composefile import as_text, check, compose_file, container
from mta_lab.backends.loopback import move_topology
from mta_lab.backends.swarm import spread_hosts
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology
from tests.mta_lab.backends.test_compose import PROGRAM, two_firewall_addresses
from tests.mta_lab.topologies import in_a_row

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


def test_the_engine_starts_no_host_again(file: dict[str, Any]) -> None:
    """That one has ended is the lab's to see: it is attached to the first run, and no other."""
    assert {service["restart"] for service in file["services"].values()} == {"no"}


def test_a_compose_of_yaml_1_1_reads_what_is_meant(file: dict[str, Any]) -> None:
    """PyYAML is in docker-compose 1.29, and takes a bare `no` for false."""
    reader = YAML(typ="safe", pure=True)
    reader.version = (1, 1)  # type: ignore[assignment]
    bare = as_text(file).replace("%YAML 1.1\n---\n", "")
    assert reader.load(bare) == file
    assert "restart: 'no'" in bare


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


def test_a_program_runs_in_a_container_like_an_mta_s(
    seed: dict[str, Any], write: Callable[..., Path], tmp_path: Path
) -> None:
    topology = load_topology(write({**seed, "programs": {"WEB": PROGRAM}}))
    web = compose_file(lab_with(topology, tmp_path), tapped=False)["services"]["WEB"]
    assert web["command"] == ["python3", "-m", "http.server", "8080", "--bind", "203.0.113.50"]
    assert web["networks"] == {"outside": {"ipv4_address": "203.0.113.50"}}
    assert (web["cap_drop"], web["read_only"], "cap_add" in web) == (["ALL"], True, False)


@pytest.mark.parametrize("engine", ["nftables", "iptables", "haproxy", "nginx"])
def test_a_firewall_of_others_starts_with_the_names_that_its_rules_use(
    engine: str, tmp_path: Path
) -> None:
    service = compose_file(lab_of(f"q196381-{engine}", tmp_path), tapped=False)["services"]
    (firewall,) = (service[each] for each in service if each == engine.upper())
    preparation = firewall["command"][3 : firewall["command"].index("--")]
    assert preparation == [
        "foreign",
        "198.51.100.254",
        "203.0.113.254",
        "203.0.113.1=outside",
        "198.51.100.1=inside",
    ]
    assert firewall["command"][-4:] == ["python3", "-m", "mta_lab.backends.foreign", "config.yaml"]
    assert firewall["cap_add"] == ["NET_ADMIN"]
    assert firewall["user"].split(":")[0] not in ("0", "root")
    assert firewall["sysctls"]["net.ipv4.ip_forward"] == (engine in ("nftables", "iptables"))


@pytest.mark.parametrize(
    ("fields", "port", "said"),
    [
        ({"text": 'include "./more.nft"'}, None, r"files that its rules include; --backend netns"),
        (
            {"sysctls": {"net.ipv4.conf.outside.rp_filter": 1}},
            None,
            r"sysctls\.net\.ipv4\.conf\.outside\.rp_filter: .*; --backend netns sets it",
        ),
        (
            {
                "interfaces": {
                    "outside": {"address": "203.0.113.1"},
                    "second": {"address": "203.0.113.2"},
                    "transit": {"address": "192.0.2.1"},
                }
            },
            None,
            r"interfaces: .* one interface on each network; --backend netns has several",
        ),
        (
            {"interfaces": {"a name of more": {"address": "203.0.113.1"}}},
            None,
            "at most 15 letters",
        ),
        ({}, 10102, "--port 10102: its own file has the port"),
    ],
)
def test_what_a_container_cannot_show_of_it_is_refused(
    fields: dict[str, Any], port: int | None, said: str
) -> None:
    foreign = {"engine": "nftables", "services": None, "text": "table ip site { }"}
    topology = in_a_row(foreign | fields)
    with pytest.raises(ConfigurationError, match=rf"firewalls\.FW1.*{said}"):
        check(topology, port)


@pytest.mark.parametrize("setting", ["net.ipv4.conf.all.rp_filter", "net.ipv4.ip_local_port_range"])
def test_other_sysctls_are_the_containers(setting: str) -> None:
    check(in_a_row(fw1={"sysctls": {setting: 1}}), None)


def on_two(name: str, directory: Path) -> Lab:
    """A lab whose hosts take turns on two engines."""
    topology = load_topology(ROOT / "labs" / f"{name}.yaml")
    engines = spread_hosts(topology, ("north", "south"))
    return lab_with(topology.model_copy(update={"engines": engines}), directory)


def test_each_of_several_engines_has_a_file_of_its_hosts(tmp_path: Path) -> None:
    lab = on_two("q196381", tmp_path)
    north, south = (compose_file(lab, engine, tapped=True) for engine in ("north", "south"))
    assert (set(north["services"]), set(south["services"])) == (
        {"EXTERNAL", "firewall"},
        {"INTERNAL"},
    )
    for file in (north, south):
        assert "networks" not in file  # Compose need not know them
        for service in file["services"].values():
            assert service["network_mode"] == "none"
            assert "networks" not in service
            assert service["volumes"] == [service["working_dir"]]  # nothing of this machine
            assert service["user"] == "10102:10102"
            assert service["cap_add"] == ["NET_ADMIN"]


def test_on_several_engines_every_route_is_set_in_the_host(tmp_path: Path) -> None:
    """An internal overlay has no way out, so that nobody keeps an address for it."""
    lab = on_two("q196381-dmz-relay", tmp_path)
    prepared = {
        host: service["command"][4 : service["command"].index("--")]
        for engine in ("north", "south")
        for host, service in compose_file(lab, engine, tapped=True)["services"].items()
    }
    assert prepared["RELAY"] == [
        "203.0.113.0/24@192.0.2.1",
        "198.51.100.0/24@192.0.2.2",
        "0.0.0.0/0@192.0.2.1",
    ]
    assert prepared["OUTER"] == ["198.51.100.0/24@192.0.2.2"]
    assert "0.0.0.0/0@203.0.113.1" in prepared["EXTERNAL"]
