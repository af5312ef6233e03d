"""The way of a connection: services, tunnels, routers, and where it is lost."""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any

import pytest

from labkit.config import document_of, parse
from mta_lab.rehearsal.network import Network
from mta_lab.rehearsal.way import Arrived
from mta_lab.topology.files import Topology
from tests.mta_lab.engines.boxes import needs
from tests.mta_lab.rehearsal.ways import FW1, FW2, NORTH, ROUTER, SOUTH, lost, row, way
from tests.mta_lab.topologies import in_a_row


def resets(topology: Topology) -> bool:
    end, _ = way(topology)
    return Network(topology).resets(end)


def test_two_services_in_a_row_each_rewrite_the_source() -> None:
    end, steps = way(row())
    assert end == Arrived("SOUTH", FW2, SOUTH, 102, ("FW1", "FW2"))
    assert {step.where for step in steps} == {"NORTH", "FW1", "FW2"}


def test_two_routers_leave_the_source_alone() -> None:
    end, _ = way(row(ROUTER, ROUTER), SOUTH)
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, ())


def test_a_rule_that_denies_blocks_and_is_named() -> None:
    rules = [{"name": "nobody", "action": "deny"}]
    disposition, accepted, last = lost(row({"rules": rules}))
    assert (disposition, accepted) == ("blocked", True)
    assert "rule nobody" in last.reason.text


def test_ours_resets_whom_it_cannot_pass_on() -> None:
    assert resets(row({"rules": [{"name": "nobody", "action": "deny"}]}))


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


NAT = """
table ip site {
    chain pre {
        type nat hook prerouting priority dstnat;
        tcp dport 102 dnat to 198.51.100.10
    }
    chain post {
        type nat hook postrouting priority srcnat;
        oifname "transit" MASQUERADE
    }
}
"""
ROUTED = {"engine": "nftables", "services": None}


@pytest.fixture
def root(needs_netns: Callable[[], None]) -> None:
    needs_netns()
    needs("nft")


@pytest.mark.usefixtures("root")
def test_answers_to_a_translated_source_come_back_by_the_one_that_translated() -> None:
    rules = NAT.replace("MASQUERADE", "masquerade")
    end, _ = way(row({**ROUTED, "text": rules}, ROUTER))
    assert end == Arrived("SOUTH", IPv4Address("192.0.2.1"), SOUTH, 102, ())


@pytest.mark.usefixtures("root")
def test_a_source_that_is_left_alone_is_seen() -> None:
    rules = NAT.replace("MASQUERADE", "accept")
    end, _ = way(row({**ROUTED, "text": rules}, ROUTER))
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, ())


@pytest.mark.usefixtures("root")
def test_a_source_that_nobody_has_gets_no_answers() -> None:
    rules = NAT.replace("MASQUERADE", "snat to 192.0.2.77")
    disposition, _, last = lost(row({**ROUTED, "text": rules}, ROUTER))
    assert (disposition, last.question) == ("unreachable", "way of the answers to 192.0.2.77")


@pytest.mark.usefixtures("root")
def test_what_a_file_says_and_no_model_reads_is_named_with_its_line() -> None:
    rules = NAT.replace("MASQUERADE", "meta cpu 0 accept")
    disposition, _, last = lost(row({**ROUTED, "text": rules}, ROUTER))
    assert (disposition, last.where) == ("not modelled", "FW1")
    assert "meta cpu" in last.reason.text


def redirected(*, gateway: str = "router", routes: str = "192.0.2.3") -> Topology:
    """FW1 redirects; FW2 sends answers to NORTH by a gateway beside it, or by FW1."""
    text = NAT.replace("MASQUERADE", "accept")
    beside = {
        "engine": gateway,
        "interfaces": {"outside": {"address": "203.0.113.3"}, "transit": {"address": "192.0.2.3"}},
    }
    if gateway != "router":
        beside["text"] = "table ip t { }"
    document = document_of(row({**ROUTED, "text": text}, ROUTER))
    document["firewalls"]["FW2"]["routes"] = [{"to": "203.0.113.0/24", "via": routes}]
    document["firewalls"]["GATEWAY"] = beside
    return parse(document, Topology, "test")


@pytest.mark.usefixtures("root")
def test_answers_past_what_redirected_the_call_have_another_sender() -> None:
    disposition, accepted, last = lost(redirected())
    assert (disposition, accepted) == ("unreachable", False)
    assert (last.reason.expected, last.reason.seen) == (str(FW1), str(SOUTH))
    assert last.reason.place
    assert last.reason.place.path.startswith("firewalls.FW2.routes")


@pytest.mark.usefixtures("root")
def test_answers_back_by_what_redirected_the_call_arrive() -> None:
    end, _ = way(redirected(routes="192.0.2.1"))
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, ())


@pytest.mark.usefixtures("root")
def test_answers_by_another_that_knows_connections_are_not_modelled() -> None:
    disposition, *_ = lost(redirected(gateway="nftables"))
    assert disposition == "not modelled"


HAPROXY = """
listen x400
    mode tcp
    timeout connect 5s
    timeout client 5s
    timeout server 5s
    source 0.0.0.0 usesrc clientip
    bind 203.0.113.1:102
    server south 198.51.100.10:102
"""
WAY_BACK: dict[str, Any] = {
    "netfilter": """
table ip t {
    chain pre {
        type filter hook prerouting priority mangle;
        meta l4proto tcp socket transparent 1 meta mark set 1
    }
}
""",
    "rules": ["fwmark 1 lookup 100"],
    "tables": {100: ["local default dev lo"]},
}
TRANSPARENT = {"engine": "haproxy", "services": None, "text": HAPROXY}


@pytest.mark.usefixtures("root")
def test_a_transparent_proxy_gets_its_answers_by_a_mark() -> None:
    needs("haproxy")
    end, _ = way(row({**TRANSPARENT, **WAY_BACK}, ROUTER))
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, ("FW1",))


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    "without", [{"netfilter": None}, {"rules": None, "tables": None}, {"rules": None}]
)
def test_without_the_way_back_a_transparent_proxy_closes(without: dict[str, Any]) -> None:
    needs("haproxy")
    topology = row({**TRANSPARENT, **WAY_BACK, **without}, ROUTER)
    disposition, accepted, last = lost(topology)
    assert (disposition, accepted) == ("unreachable", True)
    assert not resets(topology)
    assert f"the answers to {NORTH} are not the box's own" in last.reason.text


@pytest.mark.usefixtures("root")
@pytest.mark.parametrize(
    ("option", "header"), [("", ""), ("send-proxy", "v1"), ("send-proxy-v2", "v2")]
)
def test_a_proxys_header_comes_with_the_connection(option: str, header: str) -> None:
    needs("haproxy")
    server = "server south 198.51.100.10:102"
    text = HAPROXY.replace(server, f"{server} {option}")
    end, _ = way(row({**TRANSPARENT, **WAY_BACK, "text": text}, ROUTER))
    assert end == Arrived("SOUTH", NORTH, SOUTH, 102, ("FW1",), header=header)


@pytest.mark.usefixtures("root")
def test_the_rules_of_a_proxys_machine_have_a_say() -> None:
    needs("haproxy")
    rules = "table ip t { chain i { type filter hook input priority 0; tcp dport 102 drop; }; }"
    disposition, accepted, last = lost(row({**TRANSPARENT, "netfilter": rules}, ROUTER))
    assert (disposition, accepted) == ("blocked", False)
    assert "tcp dport 102 drop" in last.reason.text
