"""What the firewall decides, as tables."""

from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest

from firewall_proxy.config import Configuration
from firewall_proxy.policy import (
    Chosen,
    OnwardSource,
    choose,
    decide,
    known_by_what_is_called,
    onward_source,
    over_limit,
    tunnelled,
)
from firewall_proxy.request import NoRequest, Request
from labkit.config import load, parse
from labkit.reason import Reason

CLIENT = IPv4Address("203.0.113.10")
INSIDE = IPv4Address("198.51.100.1")


def document(rules: list[dict[str, Any]] | None = None, **service: Any) -> dict[str, Any]:
    return {
        "interfaces": {
            "outside": {"address": "203.0.113.1"},
            "inside": {"address": str(INSIDE)},
        },
        "services": [
            {
                "name": "x400",
                "listen": {"interface": "outside", "port": 102},
                "destination": {"address": "198.51.100.10", "port": 102},
                "onward_interface": "inside",
                **service,
            }
        ],
        "rules": rules or [],
    }


def configuration(rules: list[dict[str, Any]] | None = None, **service: Any) -> Configuration:
    return parse(document(rules, **service), Configuration, "fw.yaml")


@pytest.mark.parametrize(
    ("service", "client", "address", "foreign"),
    [
        ({}, CLIENT, INSIDE, False),  # the default: rewritten
        ({"client_side_transparency": True}, CLIENT, CLIENT, True),
        ({"client_side_transparency": True, "source_rewrite": False}, CLIENT, CLIENT, True),
        ({"source_rewrite": False}, CLIENT, None, False),
        (
            {"client_side_transparency": True},
            IPv4Address("127.0.113.10"),
            IPv4Address("127.0.113.10"),
            False,  # a 127/8 address is always this machine's
        ),
    ],
)
def test_the_source_that_the_destination_sees(
    service: dict[str, Any], client: IPv4Address, address: IPv4Address | None, foreign: bool
) -> None:
    config = configuration(**service)
    source = onward_source(config, config.services[0], client)
    assert source == OnwardSource(address, foreign, source.reason)
    assert source.reason.seen == str(client)


ALLOW_ALL = {"name": "all", "action": "allow"}
DENY_ALL = {"name": "none", "action": "deny"}
ALLOW_ONE = {"name": "one", "action": "allow", "from": "203.0.113.10/32"}
ALLOW_OTHER_SERVICE = {"name": "named", "action": "allow", "service": "x400"}


@pytest.mark.parametrize(
    ("rules", "allowed", "rule"),
    [
        ([], True, None),
        ([DENY_ALL], False, "none"),
        ([ALLOW_ALL, DENY_ALL], True, "all"),  # the first that fits decides
        ([ALLOW_ONE, DENY_ALL], True, "one"),
        ([{**ALLOW_ONE, "from": "203.0.113.11/32"}], False, None),  # named by no rule
        ([ALLOW_OTHER_SERVICE], True, "named"),
    ],
)
def test_rules(rules: list[dict[str, Any]], allowed: bool, rule: str | None) -> None:
    config = configuration(rules)
    verdict = decide(config, config.services[0], CLIENT)
    assert (verdict.allowed, verdict.rule) == (allowed, rule)


FILE = """\
interfaces:
  outside: {address: 203.0.113.1}
  inside: {address: 198.51.100.1}
services:
  - name: x400
    listen: {interface: outside, port: 102}
    destination: {address: 198.51.100.10, port: 102}
    onward_interface: inside
  - name: transparent
    listen: {interface: outside, port: 103}
    destination: {address: 198.51.100.10, port: 102}
    onward_interface: inside
    client_side_transparency: true
  - name: routed
    listen: {interface: outside, port: 104}
    destination: {address: 198.51.100.10, port: 102}
    onward_interface: inside
    source_rewrite: false
rules:
  - name: partner
    from: 203.0.113.0/28
    action: allow
  - name: others
    from: 203.0.113.0/24
    action: deny
limits:
  connections: 8
"""


@pytest.fixture
def config(tmp_path: Path) -> Configuration:
    file = tmp_path / "fw.yaml"
    file.write_text(FILE)
    return load(file, Configuration)


@pytest.mark.parametrize(
    ("client", "text", "line", "path"),
    [
        ("203.0.113.10", "rule partner lets in 203.0.113.0/28", 20, "rules.partner"),
        ("203.0.113.99", "rule others denies 203.0.113.0/24", 23, "rules.others"),
        ("192.0.2.1", "no rule is for 192.0.2.1 at x400", 19, "rules"),
    ],
)
def test_a_verdict_names_the_rule_and_its_line(
    config: Configuration, client: str, text: str, line: int, path: str
) -> None:
    reason = decide(config, config.services[0], IPv4Address(client)).reason
    assert (reason.check, reason.text, reason.seen) == ("rules", text, client)
    assert reason.place is not None
    assert (reason.place.line, reason.place.path) == (line, path)


@pytest.mark.parametrize(
    ("service", "text", "line", "path"),
    [
        (0, "the client's address is rewritten to 198.51.100.1, the", 5, "x400.source_rewrite"),
        (1, "client-side transparency keeps the", 13, "transparent.client_side_transparency"),
        (2, "the route to 198.51.100.10 chooses among", 18, "routed.source_rewrite"),
    ],
)
def test_a_source_address_says_why_and_where(
    config: Configuration, service: int, text: str, line: int, path: str
) -> None:
    reason = onward_source(config, config.services[service], CLIENT).reason
    assert reason.text.startswith(text)
    assert reason.place is not None
    assert (reason.place.line, reason.place.path) == (line, f"services.{path}")


def test_limits(config: Configuration) -> None:
    limits = config.limits
    assert over_limit(limits, CLIENT, 7, 1) is None
    in_all = over_limit(limits, CLIENT, 8, 0)
    assert in_all is not None
    assert str(in_all).startswith("8 connections are open, and 8 may be (")
    assert str(in_all).endswith("fw.yaml:27 limits.connections)")
    one = over_limit(limits, CLIENT, 7, 2)
    assert one is not None
    assert one.text == "2 connections from 203.0.113.10 are open, and 2 may be"
    assert one.place is not None
    assert (one.place.line, one.place.path) == (26, "limits.connections_per_client")


@pytest.mark.parametrize(
    ("source", "destination", "port", "allowed"),
    [
        ("203.0.113.10", "198.51.100.10", 102, True),
        ("198.51.100.10", "203.0.113.10", 102, True),  # either end may call
        ("203.0.113.10", "198.51.100.10", 103, False),
        ("203.0.113.11", "198.51.100.10", 102, False),
    ],
)
def test_a_tunnel_lets_its_two_ends_call_its_port(
    source: str, destination: str, port: int, allowed: bool
) -> None:
    tunnel = {"name": "t", "between": ["203.0.113.10", "198.51.100.10"], "port": 102}
    config = parse({**document(), "tunnels": [tunnel]}, Configuration, "fw.yaml")
    verdict = tunnelled(config, IPv4Address(source), IPv4Address(destination), port)
    assert (verdict.allowed, verdict.rule) == (allowed, "t" if allowed else None)
    assert verdict.reason.place
    assert verdict.reason.place.path == ("tunnels.t" if allowed else "tunnels")


def shared(*called: dict[str, Any] | None) -> Configuration:
    one = document()["services"][0]
    services = [
        {**one, "name": f"s{number}"} | ({"called": each} if each else {})
        for number, each in enumerate(called)
    ]
    return parse({**document(), "services": services}, Configuration, "fw.yaml")


@pytest.mark.parametrize(
    ("first", "name"),
    [
        (Request(b"MTA"), "s0"),
        (Request(b""), "s1"),
        (Request(None), "s2"),
        (Request(b"OTHER"), None),
        (NoRequest("no TPKT"), None),
    ],
)
def test_a_service_is_chosen_by_what_is_called(
    first: Request | NoRequest, name: str | None
) -> None:
    services = shared({"selector": "MTA"}, {"selector": ""}, {"absent": True}).services
    assert known_by_what_is_called(services)
    found = choose(services, first)
    if name is None:
        assert isinstance(found, Reason)
        assert found.expected.startswith("called T-selector MTA, called T-selector (blank), no ")
    else:
        assert isinstance(found, Chosen)
        assert (found.service.name, found.reason.check) == (name, "called T-selector")
    rest = choose(shared({"selector": "X"}, None).services, first)
    assert isinstance(rest, Chosen)
    assert rest.service.name == "s1"


def test_a_service_alone_that_names_nothing_needs_no_look() -> None:
    assert not known_by_what_is_called(shared(None).services)
