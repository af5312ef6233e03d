"""docker-compose.yml: what `docker compose up` puts up, for every user and both Composes."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from mta_lab.backends.compose import compose_file
from mta_lab.backends.loopback import move_topology
from mta_lab.lab.directory import Lab
from mta_lab.lab.placement import Placement
from mta_lab.topology.reading import load_topology
from tests.mta_lab.composed import BOTH, COMPOSE, COMPOSE_1_29, PROJECT, Compose, PutUp, until
from tests.mta_lab.conftest import ROOT

SMITH = "C=US;A= ;P=Contoso;O=Inside;S=Smith"
JONES = "C=US;A= ;P=Contoso;O=Outside;S=Jones"


def queued(compose: Compose, mta: str) -> int:
    lines = compose("exec", "-T", mta, "mta-emu", "queue", "--json").splitlines()
    return sum(json.loads(line)["queued"] for line in lines)


def events(compose: Compose, mta: str) -> list[int]:
    lines = compose("exec", "-T", mta, "mta-emu", "events", "--json").splitlines()
    return [json.loads(line)["id"] for line in lines]


def send(compose: Compose, mta: str, sender: str, to: str, count: int) -> None:
    options = ("--from", sender, "--count", str(count))
    compose("exec", "-T", mta, "mta-emu", "send", to, *options)


@pytest.mark.parametrize("composed", [COMPOSE], indirect=True, ids=["compose"])
def test_the_seed_is_up(composed: PutUp, tmp_path: Path, tshark: Any) -> None:
    compose = composed("q196381")
    send(compose, "external", JONES, SMITH, 3)
    until(lambda: 301 in events(compose, "external"))
    assert queued(compose, "external") == 3
    assert events(compose, "external") == [1290, 289, 1294, 301]
    assert events(compose, "internal") == [1293]
    send(compose, "internal", SMITH, JONES, 1)
    until(lambda: queued(compose, "external") == 0)
    compose("stop", "--timeout", "5")
    (capture,) = (tmp_path / "captures").iterdir()
    assert capture.stat().st_uid == capture.parent.stat().st_uid
    packets = tshark(capture, "frame.interface_name", "ip.src", where="ses.type == 13")
    seen = {(packet["frame.interface_name"][0], packet["ip.src"][0]) for packet in packets}
    assert seen == {
        ("outside", "203.0.113.10"),  # the external MTA calls, and transparency keeps its address
        ("inside", "203.0.113.10"),
        ("inside", "198.51.100.10"),  # the internal one calls, and its address is rewritten
        ("outside", "203.0.113.1"),
    }


@pytest.mark.parametrize("composed", [COMPOSE_1_29], indirect=True, ids=["docker-compose-1.29"])
def test_a_workaround_is_one_line_of_the_environment(composed: PutUp) -> None:
    compose = composed("q196381-tunnel")
    send(compose, "external", JONES, SMITH, 3)
    until(lambda: queued(compose, "external") == 0)
    assert events(compose, "external") == []


@pytest.mark.parametrize("composed", [COMPOSE], indirect=True, ids=["compose"])
def test_logs_are_text_and_ps_sees_the_lab(
    composed: PutUp, docker: Callable[..., str], lab_command: Callable[..., Any]
) -> None:
    compose = composed("q196381")
    until(lambda: "Every host does its work" in compose("logs", "--no-log-prefix"))
    logs = compose("logs", "--no-log-prefix")
    assert "listening on 203.0.113.10:102" in logs
    assert "/labs/q196381.yaml: Mail piles up outside the firewall" in logs
    assert '{"' not in logs

    def hosts() -> dict[str, dict[str, Any]]:
        lines = lab_command("ps", "--json").stdout.splitlines()
        return {each["host"]: each for each in map(json.loads, lines) if each["lab"] == PROJECT}

    before = hosts()
    assert list(before) == ["EXTERNAL", "INTERNAL", "firewall"]
    assert {each["backend"] for each in before.values()} == {"docker compose"}
    assert before["EXTERNAL"]["addresses"] == ["203.0.113.10"]
    assert set(before["firewall"]["addresses"]) == {"203.0.113.1", "198.51.100.1"}
    (connector,) = before["INTERNAL"]["connectors"]
    assert (connector["name"], connector["queued"]) == ("FIREWALL", 0)
    compose("kill", "internal")
    until(lambda: hosts()["INTERNAL"]["process"] is None)
    assert "not running" in lab_command("ps").stdout


@BOTH
def test_another_topology_is_refused_before_anything_starts(
    composed: PutUp, docker: Callable[..., str]
) -> None:
    compose = composed("q169716-schedule-never", status=1)
    assert "has NORTH 203.0.113.10, SOUTH 203.0.113.20; this Compose file" in compose("logs")
    running = docker("ps", "--filter", f"name={PROJECT}", "--format", "{{.Names}}")
    assert running.split() == []


@BOTH
def test_a_dead_container_shows(composed: PutUp, request: pytest.FixtureRequest) -> None:
    """Nobody may write there, and so the capture ends.

    docker-compose 1.29 asks for the health of what runs: one that is over by then is none to it, so
    that it depends on the moment whether it says so, or only its list does.
    """
    version_1 = request.node.callspec.id == "1.29"
    compose = composed("q196381", status=None if version_1 else 1, CAPTURES="/proc/sys")
    assert "/captures/q196381-" in compose("logs", "capture")

    def gone() -> bool:
        (line,) = (each for each in compose("ps", "--all").splitlines() if "capture" in each)
        return "Exit" in line or "Restarting" in line

    until(gone)  # it is started again and again, and is up for a moment each time


def seed(directory: Path) -> Lab:
    topology = move_topology(load_topology(ROOT / "labs" / "q196381.yaml"), {}, 102)
    placement = Placement(backend="compose", topology=topology, port=102, addresses={})
    return Lab(
        name="seed", placement=placement, scale=1, origin=datetime.now(UTC), directory=directory
    )


def test_the_compose_file_is_made_as_the_backends_is(tmp_path: Path) -> None:
    limits = ("mem_limit", "pids_limit")
    by_hand = YAML(typ="safe", pure=True).load((ROOT / "docker-compose.yml").read_text("utf-8"))
    made = compose_file(seed(tmp_path), tapped=False)
    for name in ("EXTERNAL", "INTERNAL", "firewall"):
        here, there = by_hand["services"][name.lower()], made["services"][name]
        for key in ("networks", "cap_drop", "read_only", "cap_add", "security_opt", *limits):
            assert here.get(key) == there.get(key), (name, key)
    for name, network in made["networks"].items():
        for key in ("driver", "driver_opts", "ipam"):
            assert by_hand["networks"][name][key] == network[key]
