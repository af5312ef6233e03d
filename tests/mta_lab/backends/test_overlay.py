"""Overlay networks between two real engines: the seed is played over them, and nothing is left."""

import json
import os
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends.docker import Docker
from mta_lab.backends.overlay import check, spare_part
from mta_lab.backends.swarm import Swarm, spread_hosts
from mta_lab.topology.files import Topology
from tests.engines import NORTH, SOUTH, Engines
from tests.mta_lab.rehearsal.changed import lab
from tests.mta_lab.results import in_the_files_words

SEED = "labs/q196381.yaml"
BOTH = ("--backend", "compose", "--engines", f"{NORTH},{SOUTH}")


@pytest.fixture
def engines(swarm: Engines, monkeypatch: pytest.MonkeyPatch) -> Engines:
    for name, value in swarm.variables.items():
        monkeypatch.setenv(name, value)
    return swarm


def test_the_seed_on_two_engines_is_that_on_one(
    engines: Engines,
    play: Callable[..., Any],
    lab_command: Callable[..., Any],
    tmp_path: Path,
    tshark: Callable[..., Any],
) -> None:
    """Also what transparency does: the client's own address comes from one engine to the other."""
    capture = tmp_path / "two.pcapng"
    name = f"test{os.getpid()}-two"
    done = lab_command("run", SEED, *BOTH, "--name", name, "--capture", capture, "--json")
    assert f"on {NORTH}: EXTERNAL, firewall\non {SOUTH}: INTERNAL\n" in done.stderr
    result = json.loads(done.stdout)
    assert in_the_files_words(result) == in_the_files_words(play("q196381", "compose").result)
    assert result["verdict"] == "pass"
    there = next(each for each in result["flows"] if each["from"] == "EXTERNAL")
    assert there["source_seen"] == "203.0.113.10"
    assert result["capture"]["method"] == "sockets"
    assert tshark(capture, "frame.number", where="p1")
    assert engines.left() == []


def test_a_lab_on_two_engines_can_be_changed_while_it_is_up(
    engines: Engines, lab_command: Callable[..., Any], lab_process: Callable[..., Any]
) -> None:
    """Its control sockets are here, and a host on either engine reads a configuration again."""
    name = f"test{os.getpid()}-up"
    here = ("--lab", name)
    done = lab_command("up", SEED, *BOTH, "--name", name)
    try:
        assert done.returncode == 0, done.stderr
        changed = lab_command(
            *("set", *here, "firewall.transparency=off"),
            "INTERNAL.connectors.FIREWALL.override.open_interval=300",
        )
        assert changed.returncode == 0, changed.stderr
        pinged = lab_process(
            *("exec", *here, "EXTERNAL", "mta-emu", "ping", "--connector", "FIREWALL")
        )
        assert pinged.returncode == 0, pinged.stdout
        assert "accepted by INTERNAL" in pinged.stdout
        refused = lab_command("capture", *here, "inside", "--write", "-")
        assert "no interface of this machine" in refused.stderr
        lines = lab_command("ps", *here, "--json").stdout.splitlines()
        shown = [json.loads(line) for line in lines]
        assert all(each["process"] for each in shown)
        (connector,) = shown[1]["connectors"]
        assert (connector["name"], connector["queued"]) == ("FIREWALL", 0)
    finally:
        lab_command("down", name)
    assert engines.left() == []


def test_what_the_swarm_has_already_is_refused(
    engines: Engines, lab_command: Callable[..., Any], tmp_path: Path
) -> None:
    options = ("--driver", "overlay", "--subnet", "203.0.113.128/25")
    engines(NORTH, "network", "create", *options, "somebodys")
    try:
        done = lab_command("run", SEED, *BOTH, "--capture", tmp_path)
    finally:
        engines(NORTH, "network", "rm", "somebodys")
    assert done.returncode == 2
    assert "networks.outside (203.0.113.0/24): the swarm has the network somebodys" in done.stderr
    assert engines.left() == []


def test_nothing_is_left_of_a_lab_that_cannot_be_made(
    engines: Engines,
    lab_command: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The manager makes the networks and its containers; the other engine has no such image."""
    only_there = f"{engines.variables['MTA_LAB_IMAGE']}:only-there"
    engines(NORTH, "tag", engines.variables["MTA_LAB_IMAGE"], only_there)
    monkeypatch.setenv("MTA_LAB_IMAGE", only_there)
    done = lab_command("run", SEED, *BOTH, "--capture", tmp_path)
    engines(NORTH, "image", "rm", only_there)
    assert done.returncode == 2
    assert f"--context {SOUTH}" in done.stderr
    assert engines.left() == []


# What an overlay cannot show


def on_two(topology: Topology) -> Topology:
    return topology.model_copy(update={"engines": spread_hosts(topology, (NORTH, SOUTH))})


@pytest.fixture
def the_other_is_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A swarm that nobody runs, by the address of its second engine."""

    def at(address: str) -> None:
        found = {NORTH: ip_address("192.0.2.1"), SOUTH: ip_address(address)}
        swarm = Swarm(Docker(NORTH), found)
        monkeypatch.setattr("mta_lab.backends.overlay.swarm_of", lambda _: swarm)

    return at


def test_the_address_of_an_engine_is_no_hosts(the_other_is_at: Callable[[str], None]) -> None:
    """The swarm keeps both in one table by address and MAC, and packets to the host are lost."""
    the_other_is_at("203.0.113.10")
    with pytest.raises(ConfigurationError, match=r"EXTERNAL has 203\.0\.113\.10, and so has the e"):
        check(on_two(lab("q196381")))


def test_a_second_address_on_a_network_is_refused(the_other_is_at: Callable[[str], None]) -> None:
    the_other_is_at("192.0.2.2")
    with pytest.raises(ConfigurationError, match="NORTH has several addresses on lan: an overlay"):
        check(on_two(lab("q197378-multihomed-caller")))


def test_engines_have_addresses_where_no_host_is(the_other_is_at: Callable[[str], None]) -> None:
    the_other_is_at("192.0.2.2")
    topology = on_two(lab("q196381"))
    assert str(spare_part(topology, "outside")) == "203.0.113.128/25"
    small = topology.model_copy(
        update={"networks": {**topology.networks, "outside": ip_network("203.0.113.8/29")}}
    )
    with pytest.raises(ConfigurationError, match=r"networks\.outside .* each engine takes an addr"):
        check(small)
