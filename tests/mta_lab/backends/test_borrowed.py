"""A real box between the networks of a lab: here a namespace of the test's own, which forwards."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.backends import borrowed
from mta_lab.backends.netns import Netns
from mta_lab.commands import attached
from mta_lab.lab.directory import lab_directory
from mta_lab.topology.files import Topology
from mta_lab.topology.reading import load_topology

NAME = f"box{os.getpid() % 100_000}"
OUTSIDE, INSIDE = f"o{NAME}", f"i{NAME}"  # this machine's interfaces
BOX = {OUTSIDE: "203.0.113.1/24", INSIDE: "198.51.100.1/24"}
ATTACH = ("--attach", f"outside={OUTSIDE}", "--attach", f"inside={INSIDE}")

Cli = Callable[..., Any]


def ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True)
    return done.stdout


def link(name: str) -> dict[str, Any]:
    """An interface of this machine as `ip` shows it."""
    found: dict[str, Any] = json.loads(ip("-json", "link", "show", name))[0]
    return {key: found[key] for key in ("ifname", "flags", "address", "operstate", "mtu")}


@pytest.fixture(scope="module")
def box(needs_netns: Callable[[], None]) -> Iterator[None]:
    """A router that no lab has made; the interface to its inside is down before."""
    needs_netns()
    ip("netns", "add", NAME)
    try:
        for name, address in BOX.items():
            ip("link", "add", name, "type", "veth", "peer", "eth0", "netns", NAME)
            own = f"to-{name}"[:15]
            ip("-n", NAME, "link", "set", "eth0", "name", own)
            ip("-n", NAME, "address", "add", address, "dev", own)
            ip("-n", NAME, "link", "set", own, "up")
        ip("link", "set", OUTSIDE, "up")
        ip("netns", "exec", NAME, "sysctl", "-q", "-w", "net.ipv4.ip_forward=1")
        yield
    finally:
        ip("netns", "delete", NAME)


@pytest.fixture
def document(seed: dict[str, Any]) -> dict[str, Any]:
    """The seed's two MTAs, each of which names the other; between them a real box."""
    for name, address in (("EXTERNAL", "198.51.100.10"), ("INTERNAL", "203.0.113.10")):
        for connector in seed["mtas"][name]["connectors"]:
            connector["stack"]["address"] = address
    interfaces = {
        "outside": {"address": "203.0.113.1"},
        "inside": {"address": "198.51.100.1"},
    }
    return {
        **seed,
        "name": NAME,
        "firewalls": {"BOX": {"engine": "external", "interfaces": interfaces}},
        "play": [seed["play"][0], {"await": "settled"}],
        "expect": {
            "flows": [
                {
                    "from": "EXTERNAL",
                    "to": "INTERNAL",
                    "disposition": "delivered",
                    "source_seen": "203.0.113.10",
                }
            ]
        },
    }


def test_mail_goes_through_it_and_the_interfaces_are_where_they_were(
    box: None,
    lab_command: Cli,
    write: Callable[..., Path],
    document: dict[str, Any],
    tmp_path: Path,
) -> None:
    before = [link(each) for each in BOX]
    options = ("--backend", "netns", *ATTACH, "--capture", tmp_path / "run.pcapng", "--quiet")
    done = lab_command("run", write(document), *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [link(each)["ifname"] for each in BOX] == [OUTSIDE, INSIDE]
    assert [link(each)["flags"] for each in BOX] == [each["flags"] for each in before]
    assert [link(each)["address"] for each in BOX] == [each["address"] for each in before]


def test_a_lab_that_was_left_gives_them_back_at_its_end(
    box: None, lab_command: Cli, write: Callable[..., Path], document: dict[str, Any]
) -> None:
    before = [link(each)["flags"] for each in BOX]
    done = lab_command("up", write(document), "--backend", "netns", *ATTACH)
    assert done.returncode == 0, done.stderr
    for each in BOX:
        with pytest.raises(subprocess.CalledProcessError):
            link(each)
    assert lab_command("exec", "--lab", NAME, "BOX", "true").returncode == 2
    # as after a kill -9 that came between two interfaces
    ip("-n", f"x400-{NAME}", "link", "set", "attached0", "down", "name", OUTSIDE)
    ip("-n", f"x400-{NAME}", "link", "set", OUTSIDE, "netns", str(os.getpid()))
    assert lab_command("down", NAME).returncode == 0
    assert [link(each)["flags"] for each in BOX] == before
    assert not lab_directory(NAME).exists()


def test_it_is_not_modelled_and_packets_show_what_it_does(
    box: None,
    lab_command: Cli,
    write: Callable[..., Path],
    document: dict[str, Any],
    tmp_path: Path,
) -> None:
    file = write(document)
    predicted = json.loads(lab_command("predict", file, "--json").stdout)
    dispositions = {each["disposition"] for each in predicted["flows"]}
    assert "not modelled" in dispositions
    assert "engine external" in json.dumps(predicted)
    options = ("--backend", "netns", *ATTACH, "--captures", tmp_path, "--json")
    done = lab_command("prove", file, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    flows = {each["sender"]: each for each in json.loads(done.stdout)["flows"]}
    assert (flows["EXTERNAL"]["predicted"], flows["EXTERNAL"]["observed"]) == (
        "not modelled",
        "delivered",
    )
    call = ("--from", "EXTERNAL", "--to", "198.51.100.10", "--prove", "--timeout", "60", *ATTACH)
    traced = lab_command("trace", file, *call)
    assert traced.returncode == 0, traced.stderr
    assert "-> not modelled: engine external at " in traced.stdout
    assert "on packets: connected: INTERNAL has the connection, from 203.0.113.10" in traced.stdout


@pytest.fixture
def topology(write: Callable[..., Path], document: dict[str, Any]) -> Topology:
    return load_topology(write(document))


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([], "BOX is a real box: --attach outside=INTERFACE says which interface"),
        (
            ["outside=nothing9"],
            "outside=nothing9: no interface has this name; there are: ",
        ),
        (["outside=lo"], "--attach outside=lo: the loopback interface is this machine's own"),
        ([f"outside={OUTSIDE}", f"inside={OUTSIDE}"], "can be attached to one network"),
    ],
)
def test_only_what_the_machine_does_not_use_is_taken(
    box: None, topology: Topology, given: list[str], complaint: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        borrowed.check(attached(topology, given))
    assert complaint in str(refused.value)


def test_an_interface_with_an_address_is_this_machine_s(box: None, topology: Topology) -> None:
    ip("address", "add", "192.0.2.77/32", "dev", OUTSIDE)
    try:
        with pytest.raises(ConfigurationError, match=r"it has the address 192\.0\.2\.77"):
            Netns().place(attached(topology, [f"outside={OUTSIDE}", f"inside={INSIDE}"]))
    finally:
        ip("address", "delete", "192.0.2.77/32", "dev", OUTSIDE)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ("outside", "write NETWORK=INTERFACE, as inside=eth1"),
        ("dmz=eth1", "dmz is no network"),
    ],
)
def test_wrong_options_say_how_to_write_them(
    topology: Topology, given: str, complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        attached(topology, [given])


def test_a_file_cannot_take_an_interface(
    write: Callable[..., Path], document: dict[str, Any]
) -> None:
    with pytest.raises(ConfigurationError, match="interfaces are asked for each time: --attach"):
        load_topology(write({**document, "attached": {"outside": "eth0"}}))


@pytest.mark.parametrize("backend", ["loopback", "compose"])
def test_other_backends_have_no_place_for_it(
    backend: str, lab_command: Cli, write: Callable[..., Path], document: dict[str, Any]
) -> None:
    done = lab_command("up", write(document), "--backend", backend)
    assert done.returncode == 2
    assert "--backend netns" in done.stderr


def test_the_lab_configures_nothing_of_it(
    write: Callable[..., Path], document: dict[str, Any]
) -> None:
    document["firewalls"]["BOX"]["sysctls"] = {"net.ipv4.ip_forward": 1}
    with pytest.raises(ConfigurationError, match="a real box has its sysctls and routes itself"):
        load_topology(write(document))
