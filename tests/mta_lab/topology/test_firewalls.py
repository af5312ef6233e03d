"""The firewalls of a topology, by name and engine."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from firewall_proxy.config import Configuration
from labkit.config import ConfigurationError, document_of, parse
from mta_lab.topology.files import Topology
from mta_lab.topology.firewalls import ProxyFirewall, Router
from tests.mta_lab.topologies import in_a_row, mta, service

NORTH, SOUTH = IPv4Address("203.0.113.10"), IPv4Address("198.51.100.10")
ROUTER: dict[str, Any] = {"engine": "router", "services": None}


def test_without_an_engine_it_is_a_proxy() -> None:
    firewalls = in_a_row(fw2=ROUTER).firewalls
    assert isinstance(firewalls["FW1"], ProxyFirewall)
    assert isinstance(firewalls["FW2"], Router)
    assert firewalls["FW1"].engine == "proxy"


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        (
            {"engine": "ruter"},
            "haproxy, nginx; did you mean router?",
        ),
        ({"engine": "router"}, "FW1.services: there is no such field"),
        ({"servces": []}, "FW1.servces: there is no such field; did you mean services?"),
        (
            {"sysctls": {"kernel.core_pattern": "x"}},
            "FW1.sysctls.kernel.core_pattern: must be a setting",
        ),
        (
            {"sysctls": {"net/../kernel": 1}},
            "FW1.sysctls.net/../kernel: must be a setting of",
        ),
        ({"routes": [{"to": "10.0.0.1/8", "via": "192.0.2.2"}]}, "10.0.0.1/8 is a host in 10."),
        ({**ROUTER, "rules": "from all"}, "FW1.rules: must be a list"),
    ],
)
def test_what_is_wrong_is_named(fields: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        in_a_row(fw1=fields)
    assert complaint in str(error.value)


def test_what_the_proxy_reads_is_without_the_machine() -> None:
    machine = {
        "sysctls": {"net.ipv4.conf.all.rp_filter": 1},
        "routes": [{"to": "10.0.0.0/8", "via": "192.0.2.2"}],
    }
    read = in_a_row(fw1=machine).proxies()["FW1"].configuration()
    assert type(read) is Configuration
    assert document_of(read) == {**document_of(in_a_row().firewalls["FW1"]), "hosts": {}}
    assert read.services[0].place("destination").path == "firewalls.FW1.services.in.destination"


def test_a_topology_is_written_and_read_again() -> None:
    topology = in_a_row(fw2={**ROUTER, "rules": ["from all lookup main"]})
    again = parse(document_of(topology), Topology, "again")
    assert document_of(again) == document_of(topology)
    assert again.firewalls["FW2"] == topology.firewalls["FW2"]


def test_a_router_forwards_and_a_proxy_only_through_a_tunnel() -> None:
    tunnel = {"name": "t", "between": [str(NORTH), str(SOUTH)], "port": 102}
    topology = in_a_row(fw1={"services": None, "tunnels": [tunnel]}, fw2=ROUTER)
    for name, port, allowed in (("FW1", 102, True), ("FW1", 103, False), ("FW2", 103, True)):
        verdict = topology.firewalls[name].forwards(SOUTH, NORTH, port)
        assert verdict.allowed is allowed, verdict
        assert verdict.reason.place


def test_connectors_lead_through_several_firewalls() -> None:
    assert in_a_row().legs() == [("NORTH", "SOUTH")]
    elsewhere = service("in", "transit", "198.51.100.11", "inside")
    assert in_a_row(fw2={"services": [elsewhere]}).legs() == []


def test_connectors_call_the_port_of_their_stack_page() -> None:
    """And the MTA's own where it has none."""
    listens = {"interface": "outside", "port": 1102}
    other = {**service("in", "outside", "192.0.2.2", "transit"), "listen": listens}
    assert in_a_row(fw1={"services": [other]}).legs() == []
    calling = mta("203.0.113.10", "203.0.113.1", "NORTH")
    calling["connectors"][0]["stack"]["port"] = 1102
    mtas = {"NORTH": calling, "SOUTH": mta("198.51.100.10", "198.51.100.1", "SOUTH")}
    assert in_a_row(fw1={"services": [other]}, mtas=mtas).legs() == [("NORTH", "SOUTH")]
    mtas["SOUTH"]["server"]["transport_stack"]["port"] = 1103
    assert in_a_row(fw1={"services": [other]}, mtas=mtas).legs() == []


def test_a_destination_may_be_a_name_of_the_topology_or_of_the_firewall() -> None:
    named = service("in", "outside", "inner.example", "transit")
    assert in_a_row(fw1={"services": [named]}).legs() == []
    topology = in_a_row(fw1={"services": [named]}, hosts={"Inner.example": "192.0.2.2"})
    assert topology.legs() == [("NORTH", "SOUTH")]
    own = {"services": [named], "hosts": {"inner.example": "192.0.2.2"}}
    assert in_a_row(fw1=own, hosts={"inner.example": "192.0.2.77"}).legs() == [("NORTH", "SOUTH")]
    read = topology.proxies()["FW1"].configuration()
    assert read.passes_on_to(read.services[0]) == (IPv4Address("192.0.2.2"), 102)
    assert read.place("hosts", "Inner.example").path == "hosts.Inner.example"


def test_services_that_pass_to_each_other_end() -> None:
    back = service("in", "transit", "203.0.113.1", "transit")
    assert in_a_row(fw2={"services": [back]}).legs() == []


def test_a_service_name_of_two_firewalls_has_the_firewall_in_front() -> None:
    assert [*in_a_row().services()] == ["FW1.in", "FW2.in"]
    renamed = service("out", "transit", "198.51.100.10", "inside")
    assert [*in_a_row(fw2={"services": [renamed]}).services()] == ["in", "out"]
