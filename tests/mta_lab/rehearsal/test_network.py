"""The way of a connection: services, tunnels, routers, and where it is lost."""

from ipaddress import IPv4Address
from typing import Any

from mta_lab.rehearsal.network import Arrived, Lost, Network
from mta_lab.rehearsal.prediction import Step
from mta_lab.topology.files import Topology
from tests.mta_lab.topologies import in_a_row

NORTH, SOUTH = IPv4Address("203.0.113.10"), IPv4Address("198.51.100.10")
FW1, FW2 = IPv4Address("203.0.113.1"), IPv4Address("198.51.100.1")
ROUTER = {"engine": "router", "services": None}


def way(topology: Topology, to: IPv4Address = FW1) -> tuple[Arrived | Lost, list[Step]]:
    steps: list[Step] = []
    return Network(topology).way("NORTH", NORTH, (to, 102), steps), steps


def row(fw1: dict[str, Any] | None = None, fw2: dict[str, Any] | None = None) -> Topology:
    return in_a_row(fw1, fw2)


def lost(topology: Topology, to: IPv4Address = FW1) -> tuple[str, bool, Step]:
    end, steps = way(topology, to)
    assert isinstance(end, Lost)
    return end.disposition, end.accepted, steps[-1]


def test_two_services_in_a_row_each_rewrite_the_source() -> None:
    end, steps = way(row())
    assert end == Arrived("SOUTH", FW2, SOUTH, 102, proxied=True)
    assert {step.where for step in steps} == {"NORTH", "FW1", "FW2"}


def test_two_routers_leave_the_source_alone() -> None:
    end, _ = way(row(ROUTER, ROUTER), SOUTH)
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, proxied=False)


def test_a_rule_that_denies_blocks_and_is_named() -> None:
    rules = [{"name": "nobody", "action": "deny"}]
    disposition, accepted, last = lost(row({"rules": rules}))
    assert (disposition, accepted) == ("blocked", True)
    assert "rule nobody" in last.reason.text


def test_a_proxy_forwards_nothing_without_a_tunnel() -> None:
    disposition, accepted, last = lost(row(), SOUTH)
    assert (disposition, accepted, last.where) == ("blocked", False, "FW1")


def test_a_router_without_forwarding_blocks() -> None:
    disposition, *_ = lost(row({**ROUTER, "sysctls": {"net.ipv4.ip_forward": 0}}, ROUTER), SOUTH)
    assert disposition == "blocked"


def test_a_closed_port_of_a_firewall_is_unreachable() -> None:
    disposition, accepted, _ = lost(row({"services": []}))
    assert (disposition, accepted) == ("unreachable", False)


def test_an_address_that_nobody_has_is_unreachable() -> None:
    disposition, _, last = lost(row(), IPv4Address("203.0.113.77"))
    assert (disposition, last.reason.check) == ("unreachable", "host")


def test_a_sysctl_that_nobody_reads_is_not_modelled() -> None:
    disposition, _, last = lost(row({"sysctls": {"net.ipv4.tcp_syncookies": 1}}))
    assert disposition == "not modelled"
    assert "net.ipv4.tcp_syncookies" in last.reason.text


def test_policy_routing_is_not_modelled() -> None:
    disposition, _, last = lost(row({**ROUTER, "rules": ["from all lookup 100"]}, ROUTER), SOUTH)
    assert (disposition, "ip rule" in last.reason.text) == ("not modelled", True)


def test_routes_that_go_round_in_a_circle_are_named() -> None:
    back = [{"to": "198.51.100.0/24", "via": "192.0.2.2"}]
    there = [{"to": "203.0.113.77/32", "via": "192.0.2.1"}]
    to = [{"to": "203.0.113.77/32", "via": "192.0.2.2"}]
    topology = in_a_row(
        {**ROUTER, "routes": [*back, *to]},
        {**ROUTER, "routes": there},
        routes={"NORTH": [{"to": "203.0.113.77/32", "via": "203.0.113.1"}]},
    )
    disposition, _, last = lost(topology, IPv4Address("203.0.113.77"))
    assert (disposition, "circle" in last.reason.text) == ("unreachable", True)


def test_answers_that_do_not_come_back_are_why_it_is_unreachable() -> None:
    """FW1 keeps NORTH's address, and FW2 sends the answers to it elsewhere."""
    services = [
        {
            "name": "in",
            "listen": {"interface": "outside", "port": 102},
            "destination": {"address": "192.0.2.2", "port": 102},
            "onward_interface": "transit",
            "client_side_transparency": True,
        }
    ]
    routes = [{"to": "203.0.113.0/24", "via": "198.51.100.10"}]
    disposition, _, last = lost(row({"services": services}, {"routes": routes}))
    assert disposition == "unreachable"
    assert "answers" in last.question
