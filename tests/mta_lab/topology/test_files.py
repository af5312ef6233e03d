"""Topology files, and where loopback puts them."""

import json
import re
import shutil
from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from ruamel.yaml import YAML

from labkit.config import ConfigurationError
from mta_lab.backends.loopback import Loopback, move
from mta_lab.topology.files import load_topology

LABS = Path(__file__).parents[3] / "labs"
SEED = LABS / "q196381.yaml"

Command = Callable[..., CompletedProcess[str]]


@pytest.fixture
def seed() -> dict[str, Any]:
    document: dict[str, Any] = YAML(typ="safe", pure=True).load(SEED.read_text())
    return document


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write_file(document: dict[str, Any]) -> Path:
        path = tmp_path / "topology.yaml"
        YAML(typ="safe", pure=True).dump(document, path)
        return path

    return write_file


@pytest.mark.parametrize("path", sorted(LABS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_is_named_after_its_article(path: Path) -> None:
    topology = load_topology(path)
    assert topology.name == path.stem
    assert topology.article
    assert path.stem.startswith(topology.article.lower())
    assert topology.description
    assert topology.symptom
    assert topology.expect.flows


def test_flows_follow_the_connectors_through_the_firewall() -> None:
    topology = load_topology(SEED)
    assert topology.flows() == [("EXTERNAL", "INTERNAL"), ("INTERNAL", "EXTERNAL")]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda d: d["play"][0]["send"].update(at="NOBODY"), "play.0.send.at: no MTA 'NOBODY'"),
        (
            lambda d: d["play"][0]["send"].update(to="C=US;A= ;O=X"),
            "play.0.send.to: no MTA has a mail",
        ),
        (lambda d: d["play"][0]["send"].update(to="Smith"), "play.0.send.to: "),
        (
            lambda d: d["play"].append({"set": {"firewall.transparency": "perhaps"}}),
            "play.5.set: firewall.services.x400-inbound.client_side_transparency: ",
        ),
        (
            lambda d: d["play"].append({"set": {"INTERNAL.connectors.X.stack.address": "a"}}),
            "play.5.set: INTERNAL.connectors.X.stack.address: nothing is named 'X'",
        ),
        (
            lambda d: d["play"].append({"restart": "NOBODY"}),
            "play.5.restart: no host 'NOBODY' here; there are: EXTERNAL, INTERNAL, firewall",
        ),
        (
            lambda d: d["play"].append({"wait": 3}),
            "play.5.wait: there is no such field; did",
        ),
        (lambda d: d["expect"]["events"].update(X=[1]), "expect.events.X: no MTA 'X'"),
        (
            lambda d: d["expect"]["events"].update(INTERNAL=[1293, 99999]),
            "expect.events.INTERNAL: no MTA logs an event 99999; there are 37, 48, 51",
        ),
        (
            lambda d: d["play"].append({"await": {"event": 99999, "at": "INTERNAL"}}),
            "play.5.await.event: no MTA logs an event 99999; there are 37, 48, 51",
        ),
        (lambda d: d.update(time_scale=1e12), "time_scale: must be at most 1000000"),
        (
            lambda d: d["mtas"]["INTERNAL"]["server"]["transport_stack"].update(
                address="192.0.2.1"
            ),
            "lies in none of the networks",
        ),
        (
            lambda d: d["mtas"]["INTERNAL"]["server"]["transport_stack"].update(
                address="203.0.113.10"
            ),
            "203.0.113.10 is taken by mtas.EXTERNAL.server.transport_stack.address",
        ),
    ],
)
def test_what_does_not_fit_is_named(
    seed: dict[str, Any],
    write: Callable[[dict[str, Any]], Path],
    change: Callable[[dict[str, Any]], None],
    complaint: str,
) -> None:
    change(seed)
    path = write(seed)
    with pytest.raises(ConfigurationError) as error:
        load_topology(path)
    assert complaint in str(error.value)
    assert str(path) in str(error.value)


def test_loopback_moves_every_address_and_the_port() -> None:
    placement = Loopback().place(load_topology(SEED), 10102)
    mtas = placement.topology.mtas
    assert placement.topology.networks["outside"] == IPv4Network("127.0.113.0/24")
    assert mtas["EXTERNAL"].server.transport_stack.address == IPv4Address("127.0.113.10")
    assert mtas["EXTERNAL"].server.transport_stack.port == 10102
    assert mtas["EXTERNAL"].connectors[0].stack.address == IPv4Address("127.0.113.1")
    assert placement.topology.firewall is not None
    assert placement.topology.firewall.services[0].destination.port == 10102
    assert placement.in_file(IPv4Address("127.0.100.10")) == IPv4Address("198.51.100.10")


def test_only_addresses_in_the_networks_move() -> None:
    networks = {IPv4Network("203.0.113.0/24"): IPv4Network("127.0.113.0/24")}
    moved = move(
        {"a": "203.0.113.7", "b": "192.0.2.1", "203.0.113.8": ["x"], "port": 102}, networks, 9
    )
    assert moved == {"a": "127.0.113.7", "b": "192.0.2.1", "127.0.113.8": ["x"], "port": 9}


def test_loopback_refuses_to_show_what_it_cannot(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    """A call across the firewall where no tunnel leads would succeed on loopback."""
    seed["mtas"]["EXTERNAL"]["connectors"][0]["stack"]["address"] = "198.51.100.10"
    seed["expect"] = {}
    with pytest.raises(ConfigurationError, match="no firewall tunnel joins them"):
        Loopback().place(load_topology(write(seed)), 10102)


def test_loopback_refuses_a_play_whose_tunnels_change(
    seed: dict[str, Any], write: Callable[[dict[str, Any]], Path]
) -> None:
    seed["play"].append({"set": {"firewall.tunnels": []}})
    complaint = r"play\.5\.set\.firewall\.tunnels: on loopback .* --backend netns shows it"
    with pytest.raises(ConfigurationError, match=complaint):
        Loopback().place(load_topology(write(seed)), 10102)


# The command


def test_what_is_not_as_expected_exits_1_and_is_shown(
    seed: dict[str, Any],
    write: Callable[[dict[str, Any]], Path],
    tmp_path: Path,
    lab_command: Command,
) -> None:
    seed["expect"]["flows"][0]["outcome"] = "accepted"
    seed["expect"]["events"]["INTERNAL"] = []
    done = lab_command("run", write(seed), "--capture", tmp_path / "x.pcapng")
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "EXTERNAL -> INTERNAL: outcome: expected accepted, observed refused" in done.stdout
    assert "events of INTERNAL: expected (), observed (1293,)" in done.stdout


def test_without_expectations_it_was_played(
    seed: dict[str, Any],
    write: Callable[[dict[str, Any]], Path],
    tmp_path: Path,
    lab_command: Command,
) -> None:
    seed["expect"] = {}
    done = lab_command("run", write(seed), "--capture", tmp_path / "x.pcapng", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["verdict"] == "played"


@pytest.mark.parametrize(
    "arguments",
    [("run", "/nowhere.yaml"), ("run",), ("show", "/nowhere.yaml"), ("list", "--labs", "/nowhere")],
)
def test_bad_files_exit_2(lab_command: Command, arguments: tuple[str, ...]) -> None:
    done = lab_command(*arguments)
    assert done.returncode == 2
    assert done.stderr
    assert "Traceback" not in done.stderr


def test_list_and_show(lab_command: Command, tmp_path: Path) -> None:
    for name in ("q196381", "q190022-both-remote-initiated"):
        shutil.copy(LABS / f"{name}.yaml", tmp_path)
    listed = lab_command("list", "--labs", tmp_path)
    assert listed.returncode == 0
    assert "mail waits on both" in listed.stdout
    lines = lab_command("list", "--labs", tmp_path, "--json").stdout.splitlines()
    told = [json.loads(line) for line in lines]
    assert [each["file"] for each in told] == [str(path) for path in sorted(tmp_path.iterdir())]
    assert [each["article"] for each in told] == ["Q190022", "Q196381"]
    assert all(each["symptom"] for each in told)
    shown = lab_command("show", SEED)
    assert "symptom: mail from outside waits until somebody inside writes" in shown.stdout
    assert "203.0.113.0/24" in shown.stdout
    assert "EXTERNAL" in shown.stdout


def test_run_all_as_an_ordinary_user_would(lab_process: Command, tmp_path: Path) -> None:
    """On the seed and its workarounds; test_backends.py plays the rest, one by one."""
    labs = tmp_path / "labs"
    labs.mkdir()
    for path in LABS.glob("q196381*.yaml"):
        shutil.copy(path, labs)
    options = ("--all", "--labs", labs, "--capture", tmp_path, "--port", "10102")
    done = lab_process("run", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    for path in labs.iterdir():
        assert f"ok {path.stem}\n" in done.stdout
        assert (tmp_path / f"{path.stem}.pcapng").exists()
    assert "wireshark -d tcp.port==10102,tpkt" in done.stdout
    assert re.search(r"^4 passed, 0 failed, \d+ s$", done.stdout, re.M)
    progress = done.stderr.splitlines()
    assert [line.split()[-1] for line in progress] == sorted(path.stem for path in labs.iterdir())


@pytest.mark.parametrize(
    ("options", "told", "untold"),
    [
        ((), "caller's address 203.0.113.10 is not 198.51.100.1, the address on", "Warning 1293"),
        (("--verbose",), "Warning 1293", "1. send 5 messages"),
        (("--quiet",), "", "203.0.113.10"),
    ],
)
def test_a_run_says_as_much_as_is_asked_for(
    lab_process: Command, tmp_path: Path, options: tuple[str, ...], told: str, untold: str
) -> None:
    """At 80 columns nothing is longer, and in a pipe nothing is padded."""
    done = lab_process("run", SEED, "--capture", tmp_path, *options)
    assert told in " ".join(done.stderr.split())
    assert untold not in done.stderr
    assert "1290 289 1294 301" in done.stdout
    assert all(line == line.rstrip() for line in (done.stdout + done.stderr).splitlines())
    if "--verbose" not in options:
        assert len(done.stderr.splitlines()) <= 25


@pytest.mark.parametrize("options", [("--verbose", "--quiet"), ("--quiet", "--step")])
def test_one_way_to_show_a_run(lab_command: Command, options: tuple[str, ...]) -> None:
    done = lab_command("run", SEED, *options)
    assert done.returncode == 2
    assert "give one of --verbose, --quiet and --step" in done.stderr


def test_the_table_fits_80_columns(lab_command: Command, tmp_path: Path) -> None:
    done = lab_command("run", SEED, "--capture", tmp_path, columns=80)
    lines = done.stdout.splitlines()
    assert max(map(len, lines[:-1])) <= 80  # the last one is a command, to be copied
    assert "EXTERNAL -> INTERNAL refused     203.0.113.10       5      0      5      0" in lines
    assert "  1290 289 1294 301" in lines
