"""Hosts with a command of their own, as a topology file has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labkit.config import ConfigurationError
from mta_lab.topology.files import Topology
from mta_lab.topology.programs import Program
from mta_lab.topology.reading import load_topology
from tests.mta_lab.topologies import in_a_row

Write = Callable[[dict[str, Any]], Path]
BARE = {"address": "203.0.113.50"}


def test_address_and_port_stand_in_the_command() -> None:
    command = ["serve", "{address}:{port}", "{", "{}", "{port}{port}"]
    program = Program(address="203.0.113.50", port=[102, 8080], command=command)
    assert program.arguments() == ["serve", "203.0.113.50:102", "{", "{}", "102102"]


def test_one_port_is_written_as_a_number_and_several_as_a_list() -> None:
    one, two = (Program(address="192.0.2.1", port=port) for port in (102, [102, 8080]))
    assert (one.port, two.port) == ((102,), (102, 8080))
    assert [each.model_dump(mode="json")["port"] for each in (one, two)] == [102, [102, 8080]]
    assert (str(one), str(Program(address="192.0.2.1", command=["true"]))) == (
        "no program, port 102",
        "true",
    )


def test_it_is_a_host_with_an_address_and_routes() -> None:
    routes = [{"to": "192.0.2.0/24", "via": "203.0.113.254"}]
    topology = in_a_row(programs={"PROBE": {**BARE, "routes": routes}})
    (interface,) = topology.addressing().of_host("PROBE")
    assert (interface.network, str(interface.addresses[0])) == ("outside", "203.0.113.50")
    vias = {str(each.to): str(each.via) for each in topology.routing().table("PROBE")}
    assert vias["192.0.2.0/24"] == "203.0.113.254"
    assert vias["198.51.100.0/24"] == "203.0.113.1"
    assert topology.commanded() == ()


def test_a_topology_needs_no_mta(write: Write) -> None:
    document = {
        "name": "x",
        "title": "X",
        "networks": {"one": "192.0.2.0/24"},
        "programs": {"A": {"address": "192.0.2.1", "command": ["true"]}},
    }
    topology = load_topology(write(document))
    assert (topology.serving(), topology.commanded(), topology.legs()) == ((), ("A",), [])


@pytest.mark.parametrize(
    ("name", "program", "problem"),
    [
        ("EXTERNAL", BARE, "programs.EXTERNAL: an MTA has this name"),
        ("firewall", BARE, "programs.firewall: one of firewalls has this name"),
        ("P", {"address": "192.0.2.1"}, "P.address: 192.0.2.1 lies in none of the networks"),
        ("P", {"address": "203.0.113.10"}, "P.address: 203.0.113.10 is taken by mtas.EXTERNAL"),
        ("P", {**BARE, "command": ["x", "{port}"]}, "P.command: it has {port} in it: give"),
        ("P", {**BARE, "port": 0}, "port"),
        ("P", {**BARE, "port": 65536}, "port"),
        ("P", {**BARE, "command": [""]}, "command"),
        ("P", {**BARE, "command": "true"}, "command"),
        (
            "P",
            {**BARE, "routes": [{"to": "192.0.2.0/24", "via": "198.51.100.1"}]},
            "P.routes.0.via: 198.51.100.1 is on none of the networks of P",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    seed: dict[str, Any], write: Write, name: str, program: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ConfigurationError) as refused:
        load_topology(write({**seed, "programs": {name: program}}))
    assert problem in str(refused.value)
    assert "topology.yaml:" in str(refused.value)


def test_a_play_may_restart_one_with_a_command_only(seed: dict[str, Any], write: Write) -> None:
    document = {**seed, "play": [{"restart": "P"}]}
    load_topology(write({**document, "programs": {"P": {**BARE, "command": ["true"]}}}))
    with pytest.raises(ConfigurationError, match="no host 'P' here"):
        load_topology(write({**document, "programs": {"P": BARE}}))


def test_what_is_written_down_is_read_again() -> None:
    topology = in_a_row(programs={"P": {**BARE, "port": 102, "command": ["a", "b"]}})
    again = Topology.model_validate(topology.model_dump(mode="json", by_alias=True))
    assert again.programs == topology.programs
