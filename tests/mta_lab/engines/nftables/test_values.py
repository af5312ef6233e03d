from ipaddress import ip_address
from typing import Any

import pytest

from mta_lab.engines.nftables.packet import of_syn
from mta_lab.engines.nftables.ruleset import Ruleset
from mta_lab.engines.nftables.values import NoValue, Scene, Unknown, holds, mapped, value, within
from tests.mta_lab.engines.boxes import OUTSIDE, SERVER, box, routes, syn

NONE = Ruleset({}, {("inet", "site", "set"): [102]}, frozenset({("inet", "site", "dynamic")}))
SCENE = Scene(NONE, "inet", "site", box(), routes())
PACKET = of_syn(syn(SERVER))
DPORT = {"payload": {"protocol": "tcp", "field": "dport"}}
SADDR = {"payload": {"protocol": "ip", "field": "saddr"}}
FLAGS = {"payload": {"protocol": "tcp", "field": "flags"}}
STATE = {"ct": {"key": "state"}}


def match(left: object, right: object, op: str = "==") -> bool:
    return holds({"op": op, "left": left, "right": right}, PACKET, SCENE)


@pytest.mark.parametrize(
    ("left", "op", "right", "expected"),
    [
        (DPORT, "==", 102, True),
        (DPORT, "!=", 102, False),
        (DPORT, "==", {"range": [100, 102]}, True),
        (DPORT, "==", {"set": [25, {"range": [100, 101]}]}, False),
        (DPORT, "==", "@set", True),
        (DPORT, ">=", 103, False),
        (SADDR, "==", "203.0.113.50", True),
        (SADDR, "==", {"prefix": {"addr": "203.0.113.0", "len": 24}}, True),
        (SADDR, "!=", {"set": ["203.0.113.49"]}, True),
        ({"&": [SADDR, "0.0.0.1"]}, "==", "0.0.0.0", True),
        ({"meta": {"key": "iifname"}}, "==", "out*", True),
        ({"meta": {"key": "iifname"}}, "==", {"set": ["in*", "lo"]}, False),
        ({"meta": {"key": "nfproto"}}, "==", "ipv4", True),
        ({"concat": [SADDR, DPORT]}, "==", {"set": [{"concat": ["203.0.113.50", 102]}]}, True),
        ({"&": [FLAGS, ["syn", "ack"]]}, "==", "syn", True),
        (FLAGS, "!", "ack", True),
        (FLAGS, "in", ["rst", "ack"], False),
        (STATE, "in", "invalid", True),  # before connection tracking
        ({"fib": {"result": "type", "flags": ["daddr"]}}, "==", "local", False),
        ({"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "==", False, False),
        ({"fib": {"result": "oif", "flags": ["saddr", "iif"]}}, "==", True, True),
    ],
)
def test_matches(left: object, op: str, right: object, expected: bool) -> None:
    assert match(left, right, op) is expected


@pytest.mark.parametrize(
    "expression",
    [
        {"payload": {"protocol": "udp", "field": "dport"}},
        {"payload": {"protocol": "ip6", "field": "saddr"}},
        {"payload": {"protocol": "icmp", "field": "type"}},
        {"ct": {"key": "mark"}},
        {"socket": {"key": "transparent"}},
    ],
)
def test_what_the_packet_does_not_have_matches_nothing(expression: Any) -> None:
    with pytest.raises(NoValue):
        value(expression, PACKET, SCENE)


@pytest.mark.parametrize(
    ("expression", "named"),
    [
        ({"meta": {"key": "skuid"}}, "meta skuid"),
        ({"payload": {"protocol": "ip", "field": "ttl"}}, "ip ttl"),
        ({"numgen": {"mode": "random", "mod": 2}}, "numgen"),
        ({"fib": {"result": "oif", "flags": ["saddr", "mark"]}}, "fib mark . saddr"),
    ],
)
def test_what_is_not_modelled_is_named(expression: Any, named: str) -> None:
    with pytest.raises(Unknown, match=named):
        value(expression, PACKET, SCENE)


def test_a_set_that_packets_change_is_not_modelled() -> None:
    with pytest.raises(Unknown, match="@dynamic"):
        match(DPORT, "@dynamic")


def test_a_map_asks_its_catch_all_last() -> None:
    data = {"set": [["*", "others"], [102, "x400"]]}
    assert mapped({"key": DPORT, "data": data}, PACKET, SCENE) == "x400"
    data = {"set": [["*", "others"], [25, "smtp"]]}
    assert mapped({"key": DPORT, "data": data}, PACKET, SCENE) == "others"
    with pytest.raises(NoValue):
        mapped({"key": DPORT, "data": {"set": []}}, PACKET, SCENE)


def test_the_boxs_own_address_is_local() -> None:
    packet = of_syn(syn(OUTSIDE))
    assert value({"fib": {"result": "type", "flags": "daddr"}}, packet, SCENE) == "local"


def test_an_element_may_carry_a_comment() -> None:
    assert within(ip_address(SERVER), {"elem": {"val": SERVER, "comment": "the core"}})


def test_marks_are_computed() -> None:
    mark = {"^": [{"|": [{"meta": {"key": "mark"}}, 4]}, 1]}
    assert value(mark, PACKET, SCENE) == 5
