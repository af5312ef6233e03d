"""The firewall's configuration file: what fits together, and what is said when it does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewall_proxy.config import Configuration, Limits
from firewall_proxy.policy import decide
from labkit.addresses import parse_address
from labkit.config import ConfigurationError, parse
from tests.firewall_proxy.test_policy import configuration


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
        (
            {"destination": {"address": "2001:db8::9", "port": 102}},
            "services.x400.onward_interface: this interface's address is IPv4, and the destination "
            "2001:db8::9 is IPv6",
        ),
        (
            {
                "destination": {"address": "2001:db8::9", "port": 102},
                "client_side_transparency": True,
            },
            "services.x400.client_side_transparency: a client's address is IPv4",
        ),
        ({"transparent": True}, "services.x400.transparent: there is no such field"),
    ],
)
def test_wrong_files_are_named(change: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        configuration(**change)
    assert complaint in str(error.value)


def shared(one: object, other: object) -> str:
    """What is wrong with two services at one place that name these, if anything is."""
    service = {
        "listen": {"interface": "outside", "port": 102},
        "destination": {"address": "198.51.100.10", "port": 102},
        "onward_interface": "inside",
    }
    document = {
        "interfaces": {
            "outside": {"address": "203.0.113.1"},
            "inside": {"address": "198.51.100.1"},
        },
        "services": [
            {"name": name, **service} | ({} if called is None else {"called": called})
            for name, called in (("one", one), ("other", other))
        ],
    }
    try:
        return str(len(parse(document, Configuration, "fw.yaml").services))
    except ConfigurationError as error:
        return str(error)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"selector": "MTA"}, None, "2"),
        ({"selector": "MTA"}, {"selector": "mta"}, "2"),
        ({"selector": ""}, {"absent": True}, "2"),
        (None, None, "service 'one' already listens at 203.0.113.1:102; tell them apart by called"),
        ({"selector": "MTA"}, {"selector": "0x4d5441"}, "service 'one' already takes this at"),
        ({"absent": True}, {"absent": True}, "service 'one' already takes this at 203.0.113.1:102"),
        ({}, None, 'give one: selector: TEXT, "0xHEX" or "" (blank), or absent: true'),
        ({"selector": "X", "absent": True}, None, "give one: selector"),
        ({"selector": "0xf"}, None, "must be ASCII text, or pairs of hex digits after 0x"),
        ({"selector": "x" * 33}, None, "33 octets; at most 32"),
        ({"selector": 1}, None, "must be text; put it into quotation marks"),
    ],
)
def test_services_at_one_place_are_known_by_what_is_called(
    one: object, other: object, said: str
) -> None:
    assert said in shared(one, other)


def test_a_rule_for_no_service_and_repeated_names() -> None:
    rules = [{"name": "a", "action": "allow", "service": "smtp"}, {"name": "a", "action": "deny"}]
    with pytest.raises(ConfigurationError) as error:
        configuration(rules)
    assert "rules.a.service: no service has this name; there are: x400" in str(error.value)
    assert "rules.a.name: rules.0 has this name already" in str(error.value)


def test_a_proxy_may_pass_from_one_version_to_the_other() -> None:
    to = {"address": "2001:db8::9", "port": 102}
    read = configuration(destination=to, source_rewrite=False)
    assert str(read.passes_on_to(read.services[0])) == "[2001:db8::9]:102"
    assert str(read.services[0].destination) == "[2001:db8::9]:102"


def test_a_tunnel_is_within_one_version() -> None:
    tunnels = [{"name": "t", "between": ["192.0.2.1", "2001:db8::1"], "port": 102}]
    document = {"interfaces": {"inside": {"address": "192.0.2.1"}}, "tunnels": tunnels}
    with pytest.raises(ConfigurationError, match="one is IPv4 and the other IPv6"):
        parse(document, Configuration, "fw.yaml")


@pytest.mark.parametrize(
    ("clients", "let_in"),
    [
        ({}, (True, True)),
        ({"from": "0.0.0.0/0"}, (True, False)),
        ({"from": "::/0"}, (False, True)),
        ({"from": "2001:db8::/32"}, (False, True)),
    ],
)
def test_a_rule_is_for_clients_of_one_version_or_for_all(
    clients: dict[str, str], let_in: tuple[bool, bool]
) -> None:
    read = configuration([{"name": "a", "action": "allow", **clients}])
    service = read.services[0]
    for client, allowed in zip(("192.0.2.9", "2001:db8::9"), let_in, strict=True):
        assert decide(read, service, parse_address(client)).allowed is allowed


@given(st.integers(1, 100_000))
def test_no_address_takes_all_connections_unless_it_is_told_so(connections: int) -> None:
    share = Limits(connections=connections).share
    assert share >= 1
    assert share * 4 <= connections or share == 1
    assert Limits(connections=connections, connections_per_client=7).share == 7
