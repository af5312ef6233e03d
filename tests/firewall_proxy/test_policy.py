"""What the firewall decides, as tables."""

from ipaddress import IPv4Address
from typing import Any

import pytest

from firewall_proxy.config import Configuration, Limits
from firewall_proxy.policy import OnwardSource, decide, onward_source, over_limit
from labkit.config import ConfigurationError, parse

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
    assert source.reason


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
    verdict = decide(config.rules, config.services[0], CLIENT)
    assert (verdict.allowed, verdict.rule) == (allowed, rule)


def test_limits() -> None:
    limits = Limits(connections=2, connections_per_client=1)
    assert over_limit(limits, 1, 0) is None
    assert over_limit(limits, 2, 0) == "limits.connections: 2 of 2 are open"
    assert "connections_per_client: 1 of 1" in str(over_limit(limits, 1, 1))


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"onward_interface": "dmz"}, "services.x400.onward_interface: no interface has this name"),
        (
            {"listen": {"interface": "x", "port": 102}},
            "services.x400.listen.interface: no ",
        ),
        (
            {"destination": {"address": "203.0.113.1", "port": 102}},
            "services.x400.destination: service 'x400' listens there",
        ),
        ({"listen": {"interface": "outside", "port": 70000}}, "services.x400.listen.port"),
        ({"transparent": True}, "services.x400.transparent: there is no such field"),
    ],
)
def test_wrong_files_are_named(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        configuration(**change)
    assert complaint in str(error.value)


def test_a_rule_for_no_service_and_repeated_names() -> None:
    rules = [{"name": "a", "action": "allow", "service": "smtp"}, {"name": "a", "action": "deny"}]
    with pytest.raises(ConfigurationError) as error:
        configuration(rules)
    assert "rules.a.service: no service has this name; there are: x400" in str(error.value)
    assert "rules.a.name: rules.0 has this name already" in str(error.value)
